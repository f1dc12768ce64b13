import type { RiskObservation } from './risk.ts';

/**
 * Programs that fetch for a browser, with its cookies and under a name of their own: players, icon fetchers, download
 * managers. One that belongs to a system fits the browsers of that system alone.
 */
const agents: readonly { readonly name: RegExp; readonly browsers: RegExp | 'any' }[] = [
  {
    name: /^(?:AppleCoreMedia|QuickTime|com\.apple\.WebKit|(?:Mobile)?Safari\/[\d.]+ CFNetwork)\b/,
    browsers: /Mac OS X/,
  },
  { name: /^(?:stagefright|AndroidDownloadManager|AndroidXMedia3)\b/, browsers: /Android/ },
  { name: /^(?:NSPlayer|WMFSDK|Windows-Media-Player)\b/, browsers: /Windows/ },
  { name: /^(?:GStreamer|VLC|LibVLC|Lavf|libmpv|mpv)\b/, browsers: 'any' },
];

/**
 * True for a fetch that one of them made for a browser that the session is known by: no change of program. Nobody reads a
 * page that way, so one that asks for a page under such a name is another program. A player that runs everywhere must ask
 * for media.
 * @param known families of user agents, version numbers apart.
 */
export function isOfTheBrowser(known: readonly string[], { userAgent, fetch }: RiskObservation): boolean {
  // Every browser calls itself so, and nearly every request is of one.
  if (userAgent === undefined || fetch === undefined || fetch === 'page' || userAgent.startsWith('Mozilla/'))
    return false;
  const agent = agents.find(({ name }) => name.test(userAgent));
  if (agent === undefined) return false;
  const { browsers } = agent;
  return browsers === 'any' ? fetch === 'media' && known.length > 0 : known.some((family) => browsers.test(family));
}

/** What a user agent says that it is; both can be forged, and newer ones say less. */
export interface NamedUserAgent {
  readonly browser: string | undefined;
  readonly system: string | undefined;
}

/** The first that is found: browsers name those that they are like as well, so the like come last. */
const browsers: readonly (readonly [mark: string, name: string])[] = [
  ['Edg/', 'Edge'],
  ['EdgA/', 'Edge'],
  ['EdgiOS/', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Firefox/', 'Firefox'],
  ['FxiOS/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chromium/', 'Chromium'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
];

const systems: readonly (readonly [mark: string, name: string])[] = [
  ['Windows', 'Windows'],
  ['Android', 'Android'],
  ['iPhone', 'iOS'],
  ['iPad', 'iPadOS'],
  ['CrOS', 'ChromeOS'],
  ['Macintosh', 'macOS'],
  ['Linux', 'Linux'],
];

const longestRead = 512;

/** Names browser and system by a short list of our own words, so that nothing of the header itself is ever shown. */
export function nameUserAgent(userAgent: string | undefined): NamedUserAgent {
  if (userAgent?.startsWith('Mozilla/5.0 (') !== true) return { browser: undefined, system: undefined };
  const text = userAgent.slice(0, longestRead);
  const find = (names: typeof browsers) => names.find(([mark]) => text.includes(mark))?.[1];
  return { browser: find(browsers), system: find(systems) };
}

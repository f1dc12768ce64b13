import type { Signal } from '../signal.ts';

const longestUserAgent = 256;

/** A user agent without its version numbers, so that a browser's update is not a change; bounded. */
export function userAgentFamily(userAgent: string | undefined): string {
  if (userAgent === undefined || userAgent === '') return 'none';
  return userAgent.slice(0, longestUserAgent).replace(/\d[\d._]*/g, '#');
}

/**
 * The session's cookie is shown by another program than the one it was proved with.
 *
 * Formula: `weight` while the last request had an unknown user agent (version numbers apart), then
 * `weight × 2^-(time since a known one was back ÷ half_life)`; 0 once a proof with it has answered it.
 */
export const userAgentChanged: Signal = {
  name: 'user_agent_changed',
  read: ({ userAgent }) => {
    const { known, episode } = userAgent;
    if (episode === undefined) return undefined;
    return {
      strength: 1,
      sinceMs: episode.sinceMs,
      endedAtMs: episode.endedAtMs,
      detail: () =>
        `user agent "${episode.what}"; known for this session: "${known.join('", "')}" (# stands for version numbers)`,
    };
  },
};

import { readingOf, type Signal } from '../signal.ts';

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
  family: 'program',
  answeredBy: 'step_up',
  read: ({ history }) => {
    const { known, episode } = history.traits.userAgent;
    return readingOf(
      episode,
      (what) => `user agent "${what}"; known for this session: "${known.join('", "')}" (# stands for version numbers)`,
    );
  },
};

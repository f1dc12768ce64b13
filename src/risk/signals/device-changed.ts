import { readingOf, type Signal } from '../signal.ts';

/** The device of a connection without a certificate. */
export const noDevice = 'none';

/**
 * The session is used on another device (certificate) than before, or without one where it had one. A session that is
 * bound to a device ends at once; this is for those that are not. A certificate that comes where there was none is no
 * change. Formula as that of `user_agent_changed`.
 */
export const deviceChanged: Signal = {
  name: 'device_changed',
  family: 'device',
  answeredBy: 'step_up',
  read: ({ history }) => {
    const { known, episode } = history.traits.device;
    return readingOf(episode, (what) => `device ${what}; known for this session: ${known.join(', ')}`);
  },
};

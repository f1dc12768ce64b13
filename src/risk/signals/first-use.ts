import { readingOf, type Signal } from '../signal.ts';

/**
 * The person uses this device (certificate) for the first time, and others are known of them.
 *
 * Formula: `weight` while it lasts; it is over when a step-up on the device has made it known, then halving with each
 * `half_life` for proofs older than its beginning.
 */
export const newDevice: Signal = {
  name: 'new_device',
  family: 'device',
  answeredBy: 'step_up',
  read: ({ history, baseline }) =>
    readingOf(
      history.conditions.newDevice,
      (what) => `device ${what} for the first time; ${baseline.familiar.device.length} known for this person`,
    ),
};

/**
 * The person uses this app for the first time, and others are known of them. Over once a session that stepped up has
 * used it, or the person is back at an app that they know. Of one family with denials: both tell of somebody who tries doors. Formula as that of `new_device`.
 */
export const newApp: Signal = {
  name: 'new_app',
  family: 'doors',
  answeredBy: 'step_up',
  read: ({ history, baseline }) =>
    readingOf(
      history.conditions.newApp,
      (what) => `app ${what} for the first time; ${baseline.familiar.app.length} known for this person`,
    ),
};

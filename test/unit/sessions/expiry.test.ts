import { describe, expect, test } from '@jest/globals';
import { endCauseOf, isByTime, isRevocation, lastSessionIdAt } from '../../../src/sessions/expiry.ts';
import type { EndCause } from '../../../src/sessions/session.ts';

describe('the cause of an end', () => {
  test.each<[EndCause, boolean, boolean]>([
    ['logout', false, false],
    ['idle', true, false],
    ['absolute', true, false],
    ['admin', false, true],
    ['user', false, true],
    ['idp_logout', false, false],
    ['risk', false, true],
    ['policy', false, true],
  ])('%s: by time %s, a revocation %s', (cause, byTime, revocation) => {
    expect([endCauseOf(cause), isByTime(cause), isRevocation(cause)]).toEqual([cause, byTime, revocation]);
  });

  test.each(['quarantine', 'toString', ''])('that a newer program wrote (%j) counts as an administrator’s', (text) => {
    expect(endCauseOf(text)).toBe('admin');
  });
});

test('the last id of an instant is behind all ids of that instant, and before those of the next', () => {
  const last = lastSessionIdAt(1_750_000_000_000.5);
  expect(last).toHaveLength('ses_01JX3V8K0000000000000000AA'.length);
  expect(last > lastSessionIdAt(1_750_000_000_000)).toBe(true);
  expect(last).toBe(lastSessionIdAt(1_750_000_000_001));
  expect(lastSessionIdAt(0)).toBe('ses_0000000000ZZZZZZZZZZZZZZZZ');
});

import { expect, test } from '@jest/globals';
import { minute, stageSession, subjectOf } from '../support/judgement-risk.ts';

test('an app whose pages request what is denied, a thousand times a minute, raises nobody’s risk', () => {
  const { ask, wait, worker, clock } = stageSession();
  ask();
  for (let passed = 0; passed < 3; passed += 1) {
    for (let count = 0; count < 1000; count += 1) worker.risk.countDenial(subjectOf('ses_1'), 'wiki', clock.nowMs);
    wait(minute);
  }
  expect(ask().score).toBe(0);
});

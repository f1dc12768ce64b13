import { describe, expect, test } from '@jest/globals';
import { cafe, createWorker, hour, minute, settingsWith, stageSession, subjectOf } from '../support/judgement-risk.ts';

const year = 365 * 24 * hour;
const settings = settingsWith({
  new_network: { weight: 40 },
  denials: { weight: 50, halfLifeMs: hour },
  request_rate: { weight: 60, halfLifeMs: hour },
});

/** A session with signals that last, and a clock that can be turned. */
function stageRisky() {
  const stage = stageSession({ settings });
  const { ask, wait, worker, clock } = stage;
  ask();
  wait(minute);
  ask({ address: cafe });
  for (const route of ['a', 'b', 'c', 'd', 'e']) worker.risk.countDenial(subjectOf('ses_1'), route, clock.nowMs);
  return stage;
}

describe('a clock that jumps', () => {
  test.each([-year, -hour, year, 30 * year])('by %d ms and back washes no signal away', async (jump) => {
    const { ask, clock, worker, store } = stageRisky();
    expect(ask({ address: cafe }).score).toBe(65);
    clock.nowMs += jump;
    ask({ address: cafe });
    await worker.risk.close();
    clock.nowMs -= jump;
    expect(ask({ address: cafe }).points).toMatchObject([{ signal: 'new_network', points: 40 }, { signal: 'denials' }]);
    const next = createWorker(store, () => clock.nowMs);
    await next.risk.load(subjectOf('ses_1'));
    expect(ask({ address: cafe }, next.risk).score).toBe(65);
  });

  test('ahead and back leaves signals that a step-up can answer, and rates that are counted', () => {
    const { ask, clock, wait, stepUp } = stageSession({ settings });
    ask();
    clock.nowMs += year;
    ask({ address: cafe });
    clock.nowMs -= year;
    expect(ask({ address: cafe }).score).toBe(40);
    wait(minute);
    stepUp();
    expect(ask({ address: cafe }).score).toBe(0);
    for (let count = 0; count < 1300; count += 1) ask({ address: cafe });
    expect(ask({ address: cafe }).score).toBe(60);
  });

  test('ahead and back takes no proof of that time for an answer', () => {
    const { ask, clock } = stageRisky();
    clock.nowMs += year;
    const proofOfTheFuture = clock.nowMs;
    ask({ address: cafe, lastProofAtMs: proofOfTheFuture });
    clock.nowMs -= year;
    expect(ask({ address: cafe }).points).toMatchObject([{ signal: 'denials', points: 25 }]);
  });
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ada, createWorker, hour, minute, settingsWith, subjectOf } from '../../support/judgement-risk.ts';
import { berlin, mapSources, sydney } from '../../support/risk-map.ts';
import { createStateFolder, noKey, type StateFolder } from '../../support/state-folder.ts';

const settings = settingsWith({ new_country: { weight: 40 }, new_app: { weight: 10 }, outside_score: { weight: 100 } });
const clock = { nowMs: 0 };
const now = () => clock.nowMs;
let folder: StateFolder;
beforeEach(() => {
  clock.nowMs = Date.UTC(2026, 0, 5, 9);
  folder = createStateFolder(now, noKey);
});
afterEach(() => folder.dispose());

/** Risk as another process on the same file has it. */
async function startProcess() {
  const store = await folder.open();
  const { risk, faults, passSecond } = createWorker(store, now, mapSources());
  return {
    risk,
    faults,
    passSecond,
    ask: async (sessionId: string, from: { address?: string; route?: string; steppedUpAtMs?: number } = {}) => {
      await store.freshen();
      await risk.load(subjectOf(sessionId));
      const observation = { address: berlin, userAgent: 'a', nowMs: clock.nowMs, lastProofAtMs: 1, ...from };
      return risk.assess({ ...subjectOf(sessionId), ...observation }, settings).score;
    },
  };
}

describe('what is usual for a person, on SQLite', () => {
  test('is there again after a restart', async () => {
    const first = await startProcess();
    await first.ask('ses_1', { steppedUpAtMs: clock.nowMs, route: 'wiki' });
    await first.risk.close();
    clock.nowMs += 48 * hour;
    const next = await startProcess();
    expect(await next.ask('ses_2', { route: 'wiki' })).toBe(0);
    expect(await next.ask('ses_3', { route: 'payroll', address: sydney })).toBe(50);
  });

  test('that two processes learn at the same time is what both learned', async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    await one.ask('ses_1', { steppedUpAtMs: clock.nowMs, route: 'wiki' });
    await other.ask('ses_2', { steppedUpAtMs: clock.nowMs, route: 'payroll', address: sydney });
    await Promise.all([one.risk.close(), other.risk.close()]);
    clock.nowMs += minute;
    const next = await startProcess();
    for (const route of ['wiki', 'payroll']) expect(await next.ask('ses_3', { route })).toBe(0);
    for (const address of [berlin, sydney]) expect(await next.ask(`ses_${address}`, { address })).toBe(0);
    expect([one.faults, other.faults]).toEqual([[], []]);
  });

  test('and a score from outside: set in one process it acts in the other on the next request, also after a restart', async () => {
    const [one, other] = [await startProcess(), await startProcess()];
    expect(await other.ask('ses_1')).toBe(0);
    const score = {
      score: 70,
      setAtMs: clock.nowMs,
      expiresAtMs: clock.nowMs + hour,
      source: 'edr',
      reason: 'malware',
    };
    await one.risk.setOutsideScore(ada, score);
    expect(await other.ask('ses_1')).toBe(70);
    expect(await (await startProcess()).ask('ses_1')).toBe(70);
    await one.risk.clearOutsideScore(ada);
    expect(await other.ask('ses_1')).toBe(0);
  });
});

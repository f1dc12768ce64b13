import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  cafe,
  createWorker,
  hour,
  minute,
  office,
  settings,
  stageSession,
  subjectOf,
} from '../../support/judgement-risk.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what risk learned', () => {
  test('is there again after a restart', async () => {
    const { ask, wait, worker, store, clock } = stageSession();
    ask();
    wait(minute);
    ask({ address: cafe });
    await worker.risk.close();
    const next = createWorker(store, () => clock.nowMs);
    await next.risk.load(subjectOf('ses_1'));
    expect(ask({ address: cafe }, next.risk)).toMatchObject({ score: 40, points: [{ sinceMs: clock.nowMs }] });
    expect(ask({}, next.risk).score).toBe(40);
  });

  test('is written within a second, without close', async () => {
    const { ask, worker, store, clock } = stageSession();
    ask();
    worker.passSecond();
    await settle();
    const next = createWorker(store, () => clock.nowMs);
    await next.risk.load(subjectOf('ses_1'));
    expect(ask({ address: cafe }, next.risk).score).toBe(40);
  });

  test('is not in the change log, and dies with its session', async () => {
    const { ask, worker, store } = stageSession();
    let changes = 0;
    store.onChange(() => {
      changes += 1;
    });
    ask();
    await worker.risk.close();
    expect(changes).toBe(0);
    await store.bury('session', 'ses_1', 'logout', Number.MAX_SAFE_INTEGER);
    expect(await store.read('risk_baseline', 'ses_1')).toEqual({ found: 'nothing' });
  });

  test('is asked for once, and then answered without a promise', async () => {
    const { worker, store } = stageSession();
    const first = worker.risk.load(subjectOf('ses_1'));
    expect(worker.risk.load(subjectOf('ses_1'))).toBe(first);
    await first;
    expect(worker.risk.load(subjectOf('ses_1'))).toBeUndefined();
    // The session, its person, and what others say of the person.
    expect(store.reads).toBe(3);
  });

  test('is not taken for nothing when the store is away or the record is damaged', async () => {
    const { worker, store } = stageSession();
    store.isAway = true;
    await expect(worker.risk.load(subjectOf('ses_1'))).rejects.toMatchObject({ code: 'state_unavailable' });
    store.isAway = false;
    await store.write({ kind: 'risk_baseline', key: 'ses_1', value: '{"network":{}}', expectedVersion: 0 });
    await expect(worker.risk.load(subjectOf('ses_1'))).rejects.toMatchObject({ code: 'state_corrupt' });
  });

  test('waits in memory while the store is away', async () => {
    const { ask, worker, store, clock } = stageSession();
    ask();
    store.isAway = true;
    worker.passSecond();
    await settle();
    expect(worker.faults).toMatchObject([{ code: 'state_unavailable' }]);
    store.isAway = false;
    worker.passSecond();
    await settle();
    const next = createWorker(store, () => clock.nowMs);
    await next.risk.load(subjectOf('ses_1'));
    expect(ask({ address: cafe }, next.risk).score).toBe(40);
  });

  test('of a session that ended is forgotten', async () => {
    const { ask, worker, store } = stageSession();
    ask();
    worker.risk.forget('ses_1');
    await worker.risk.close();
    expect(await store.read('risk_baseline', 'ses_1')).toEqual({ found: 'nothing' });
  });
});

describe('two workers', () => {
  test('add up their counts', async () => {
    const { ask, worker, store, clock } = stageSession();
    const second = createWorker(store, () => clock.nowMs);
    for (let count = 0; count < 400; count += 1) ask();
    for (let count = 0; count < 400; count += 1) ask({}, second.risk);
    expect(ask().score).toBe(0);
    for (const one of [worker, second, worker, second]) {
      one.passSecond();
      await settle();
      await settle();
    }
    // 801 requests so far, and one in each look below.
    expect(ask({}, second.risk).points[0]?.detail).toContain('802 requests');
  });

  test('that write at the same instant lose nothing', async () => {
    const { ask, worker, store, clock } = stageSession();
    const second = createWorker(store, () => clock.nowMs);
    for (let count = 0; count < 400; count += 1) ask();
    for (let count = 0; count < 400; count += 1) ask({}, second.risk);
    for (let round = 0; round < 4; round += 1) {
      worker.passSecond();
      second.passSecond();
      await settle();
      await settle();
    }
    const third = createWorker(store, () => clock.nowMs);
    await third.risk.load(subjectOf('ses_1'));
    expect(ask({}, third.risk).points[0]?.detail).toContain('801 requests');
  });

  test('share the networks that a proof made known', async () => {
    const { ask, wait, worker, store, clock, stepUp } = stageSession();
    ask();
    await worker.risk.close();
    const second = createWorker(store, () => clock.nowMs);
    await second.risk.load(subjectOf('ses_1'));
    wait(minute);
    ask({ address: cafe }, second.risk);
    wait(minute);
    stepUp();
    expect(ask({ address: cafe }, second.risk).score).toBe(0);
    second.passSecond();
    await settle();
    const third = createWorker(store, () => clock.nowMs);
    await third.risk.load(subjectOf('ses_1'));
    expect(ask({ address: cafe, lastProofAtMs: 0 }, third.risk).score).toBe(0);
    expect(ask({ address: office, lastProofAtMs: 0 }, third.risk).score).toBe(0);
  });
});

test('the score is 0-100 and the sum of its points, whatever happens', () => {
  const event = fc.record({
    address: fc.constantFrom(office, cafe, '2001:db8::1', 'nonsense'),
    userAgent: fc.constantFrom('a', 'b', undefined),
    waitMs: fc.nat(3 * hour),
    denied: fc.boolean(),
    isProved: fc.boolean(),
    repeat: fc.constantFrom(1, 1, 1, 700),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const { ask, wait, worker, clock, stepUp, peek } = stageSession();
      for (const { address, userAgent, waitMs, denied, isProved, repeat } of events) {
        wait(waitMs);
        if (isProved) stepUp();
        if (denied) worker.risk.countDenial(subjectOf('ses_1'), address, clock.nowMs);
        for (let count = 0; count < repeat; count += 1) ask({ address, userAgent });
        const { score, points } = peek(0);
        expect(score).toBe(
          Math.min(
            100,
            points.reduce((sum, one) => sum + one.points, 0),
          ),
        );
        expect(score).toBeGreaterThanOrEqual(0);
        for (const one of points) {
          expect(one.sinceMs).toBeLessThanOrEqual(clock.nowMs);
          expect(one.points).toBeLessThanOrEqual(settings.signals[one.signal as keyof typeof settings.signals].weight);
        }
      }
    }),
    { numRuns: 60 },
  );
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Fault } from '../../../src/decision/fault.ts';
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

  test('is in the change log where it changes answers, and dies with its session', async () => {
    const { ask, wait, worker, store } = stageSession();
    let changes = 0;
    store.onChange(() => {
      changes += 1;
    });
    ask();
    worker.passSecond();
    await settle();
    expect(changes).toBe(1);
    wait(minute);
    ask();
    worker.passSecond();
    await settle();
    ask();
    await worker.risk.close();
    expect(changes).toBe(1);
    await store.bury('session', 'ses_1', 'logout', Number.MAX_SAFE_INTEGER);
    expect(await store.read('risk_baseline', 'ses_1')).toEqual({ found: 'nothing' });
  });

  test('is written once a minute while nothing new is learned', async () => {
    const { ask, wait, worker, store } = stageSession();
    const versionNow = async () => {
      const stored = await store.read('risk_baseline', 'ses_1');
      return stored.found === 'record' ? stored.record.version : 0;
    };
    ask();
    worker.passSecond();
    await settle();
    const first = await versionNow();
    for (let second = 0; second < 180; second += 1) {
      wait(1_000);
      if (second % 3 === 0) ask();
      worker.passSecond();
      await settle();
    }
    expect(await versionNow()).toBe(first + 3);
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

  test('that cannot be read keeps no other from being written, and is not written over', async () => {
    const { ask, wait, worker, store, clock } = stageSession();
    const read = store.read;
    let isBroken = false;
    store.read = async (kind, key) => {
      if (isBroken && key === 'ses_1') throw new Fault('state_corrupt', 'altered or damaged');
      return read(kind, key);
    };
    for (const sessionId of ['ses_1', 'ses_2']) ask({ sessionId });
    worker.passSecond();
    await settle();
    isBroken = true;
    // Another process wrote it, and then it was damaged.
    await store.write({ kind: 'risk_baseline', key: 'ses_1', value: 'theirs', expectedVersion: 'any' });
    for (let minutes = 0; minutes < 2; minutes += 1) {
      wait(minute);
      for (const sessionId of ['ses_1', 'ses_2']) ask({ sessionId, address: cafe });
      worker.passSecond();
      await settle();
    }
    isBroken = false;
    expect(await read('risk_baseline', 'ses_1')).toMatchObject({ record: { value: 'theirs' } });
    const next = createWorker(store, () => clock.nowMs);
    await next.risk.load(subjectOf('ses_2'));
    expect(ask({ sessionId: 'ses_2', address: office }, next.risk).score).toBe(40);
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
  test('know within a second what the other one learned, without having anything to write', async () => {
    const { ask, wait, worker, store, clock, proof } = stageSession();
    ask();
    worker.passSecond();
    await settle();
    const second = createWorker(store, () => clock.nowMs);
    await second.risk.load(subjectOf('ses_1'));
    ask({}, second.risk);
    wait(1_000);
    for (let count = 0; count < 5; count += 1) {
      wait(minute);
      worker.risk.countDenial(subjectOf('ses_1'), `route-${count}`, clock.nowMs);
      worker.passSecond();
      await settle();
      second.passSecond();
      await settle();
    }
    const there = second.risk.peek(subjectOf('ses_1'), proof.atMs, settings, clock.nowMs);
    const here = worker.risk.peek(subjectOf('ses_1'), proof.atMs, settings, clock.nowMs);
    expect(here.score).toBeGreaterThan(0);
    expect(there).toEqual(here);
  });

  test('tell each other of what was learned while the last of it was being written', async () => {
    const { ask, wait, worker, store, clock } = stageSession();
    const second = createWorker(store, () => clock.nowMs);
    ask();
    worker.passSecond();
    await settle();
    await second.risk.load(subjectOf('ses_1'));
    ask({}, second.risk);
    wait(1_000);
    ask({ userAgent: 'another' });
    worker.passSecond();
    // The write is on its way.
    ask({ address: cafe, userAgent: 'another' });
    for (let times = 0; times < 3; times += 1) {
      wait(1_000);
      await settle();
      worker.passSecond();
      await settle();
      second.passSecond();
    }
    await settle();
    const signals = second.risk.peek(subjectOf('ses_1'), 0, settings, clock.nowMs).points.map(({ signal }) => signal);
    expect(signals).toEqual(expect.arrayContaining(['new_network', 'user_agent_changed']));
  });

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

test('thousands of histories that are due at once are written in turns, and requests come between', async () => {
  const { store, clock } = stageSession();
  const worker = createWorker(store, () => clock.nowMs);
  const sessions = 500;
  for (let number = 0; number < sessions; number += 1)
    worker.risk.assess(
      {
        ...subjectOf(`ses_${number}`),
        address: office,
        userAgent: 'a',
        nowMs: clock.nowMs,
        lastProofAtMs: clock.nowMs - 1,
      },
      settings,
    );
  let isWritten = false;
  let turns = 0;
  const watch = (): void => {
    if (isWritten) return;
    turns += 1;
    setImmediate(watch);
  };
  watch();
  worker.passSecond();
  while (!isWritten) {
    await settle();
    isWritten = (await store.read('risk_baseline', `ses_${sessions - 1}`)).found === 'record';
  }
  expect(turns).toBeGreaterThan(5);
});

import { describe, expect, test } from '@jest/globals';
import { personKey } from '../../../src/state/person-key.ts';
import {
  ada,
  cafe,
  createWorker,
  hour,
  minute,
  office,
  settingsWith,
  stageSession,
  subjectOf,
} from '../../support/judgement-risk.ts';

const outside = settingsWith({ new_network: { weight: 40 }, outside_score: { weight: 100 } });
const ofAda = personKey(ada);

/** A session whose history and person are in memory, and a score that another system may set. */
async function stageLoaded() {
  const stage = stageSession({ settings: outside });
  const { risk } = stage.worker;
  await risk.load(subjectOf('ses_1'));
  const set = (score: number) =>
    risk.setOutsideScore(ada, {
      score,
      setAtMs: stage.clock.nowMs,
      expiresAtMs: stage.clock.nowMs + hour,
      source: 'edr',
      reason: 'malware',
    });
  return { ...stage, risk, set };
}

describe('what is in memory', () => {
  test('is read again after a change of the person’s score, and after no other change', async () => {
    const { risk, store } = await stageLoaded();
    const change = { type: 'record', owner: undefined, wasBuried: false } as const;
    store.fireChange({ ...change, kind: 'person', key: ofAda });
    store.fireChange({ ...change, kind: 'risk_score', key: personKey({ ...ada, subject: 'bob' }) });
    expect(risk.load(subjectOf('ses_1'))).toBeUndefined();
    store.fireChange({ ...change, kind: 'risk_score', key: ofAda });
    expect(risk.load(subjectOf('ses_1'))).toBeInstanceOf(Promise);
  });

  test('is read again where it is not known what changed: the score alone, which alone others can change', async () => {
    const { risk, store } = await stageLoaded();
    const before = store.reads;
    store.fireChange({ type: 'everything' });
    await risk.load(subjectOf('ses_1'));
    expect(store.reads).toBe(before + 1);
    expect(risk.load(subjectOf('ses_1'))).toBeUndefined();
  });

  test('is not taken for current where a score was set while it was read', async () => {
    const { ask, risk, set, store } = await stageLoaded();
    store.fireChange({ type: 'everything' });
    const reading = risk.load(subjectOf('ses_1'));
    const setting = set(80);
    await Promise.all([reading, setting]);
    await risk.load(subjectOf('ses_1'));
    expect(ask().score).toBe(80);
  });

  test('is of the person for each of their sessions: another session needs its own history alone', async () => {
    const { risk, store } = await stageLoaded();
    const before = store.reads;
    await risk.load(subjectOf('ses_2'));
    expect(store.reads).toBe(before + 1);
  });

  test('is what a request showed while it was read, and not what was read', async () => {
    const { ask, wait, worker } = stageSession();
    const reading = worker.risk.load(subjectOf('ses_1'));
    ask({ address: office });
    await reading;
    wait(minute);
    expect(ask({ address: cafe }).score).toBe(40);
  });

  test('is read for a session that ended and comes again', async () => {
    const { risk } = await stageLoaded();
    risk.forget('ses_1');
    expect(risk.load(subjectOf('ses_1'))).toBeInstanceOf(Promise);
  });
});

describe('a look without a request', () => {
  test('at a session that nobody has seen is nothing, and what others say of its person all the same', async () => {
    const { risk, set, peek, clock } = await stageLoaded();
    const elsewhere = createWorker(stageSession().store, () => clock.nowMs).risk;
    expect(elsewhere.peek(subjectOf('ses_9'), 0, outside, clock.nowMs).score).toBe(0);
    await set(70);
    await risk.load(subjectOf('ses_1'));
    expect(peek().score).toBe(70);
    expect(risk.peek(subjectOf('ses_9'), 0, outside, clock.nowMs).score).toBe(70);
  });
});

describe('what was counted', () => {
  test('is counted once a host and minute, and says whether it was', () => {
    const { worker, clock, wait } = stageSession();
    const count = (host: string) => worker.risk.countForeignHost(subjectOf('ses_1'), host, clock.nowMs);
    expect([count('wiki'), count('wiki'), count('payroll')]).toEqual([true, false, true]);
    wait(minute);
    expect(count('wiki')).toBe(true);
  });

  test('is kept without any request of the session', async () => {
    const settings = settingsWith({ foreign_host: { weight: 60 } });
    const { ask, worker, store, clock } = stageSession({ settings });
    worker.risk.countForeignHost(subjectOf('ses_1'), 'wiki', clock.nowMs);
    await worker.risk.close();
    const next = createWorker(store, () => clock.nowMs);
    await next.risk.load(subjectOf('ses_1'));
    expect(ask({}, next.risk).score).toBe(60);
  });

  test('of a session that the person disowned acts on their others for an hour, then fades, until a proof', () => {
    const settings = settingsWith({ disowned_session: { weight: 60, halfLifeMs: hour } });
    const { ask, worker, clock, wait, stepUp } = stageSession({ settings });
    ask();
    worker.risk.countDisownedSession(subjectOf('ses_1'), 'ses_2', clock.nowMs);
    expect(ask().points).toMatchObject([{ signal: 'disowned_session', points: 60 }]);
    wait(2 * hour);
    expect(ask().score).toBe(30);
    stepUp();
    expect(ask().score).toBe(0);
  });
});

describe('a second', () => {
  test('in which nothing was learned asks the store nothing', async () => {
    const { store, worker } = await stageLoaded();
    const before = store.reads;
    worker.passSecond();
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.reads).toBe(before);
  });

  test('passes no more once risk is closed', async () => {
    const { ask, store, worker } = await stageLoaded();
    await worker.risk.close();
    ask();
    worker.passSecond();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await store.read('risk_baseline', 'ses_1')).toEqual({ found: 'nothing' });
  });
});

test('closing comes to an end where others always write first', async () => {
  const { ask, store, clock } = stageSession();
  let tries = 0;
  const contested = {
    ...store,
    writeEach: async (writes: readonly unknown[]) => {
      tries += 1;
      return writes.map(() => ({ outcome: 'conflict' }) as const);
    },
  };
  const { risk } = createWorker(contested, () => clock.nowMs);
  ask({}, risk);
  await risk.close();
  expect(tries).toBe(10);
});

test('a score from outside holds also where the disk takes nothing', async () => {
  const { store, clock } = stageSession();
  const writes: unknown[] = [];
  const full = {
    ...store,
    write: async (write: Parameters<typeof store.write>[0]) => {
      writes.push(write);
      return { outcome: 'written', version: 1 } as const;
    },
  };
  const { risk } = createWorker(full, () => clock.nowMs);
  await risk.setOutsideScore(ada, { score: 9, setAtMs: 1, expiresAtMs: 7, source: 'edr', reason: 'r' });
  expect(writes).toMatchObject([{ kind: 'risk_score', key: ofAda, expiresAtMs: 7, isClosing: true }]);
});

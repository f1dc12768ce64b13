import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Question } from '../../src/access/judge.ts';
import type { Posture, Snapshot } from '../../src/config/snapshot.ts';
import { adasLaptop, managed, sessionOf, stageJudge } from '../support/judgement-judge.ts';
import { denial, grant } from '../support/judgement-policy.ts';

const day = 86_400_000;
const warning: Posture = { ...managed, maxAgeMs: 30 * day, warnForMs: 7 * day };
const rules = { postures: ['managed'], grants: [grant({ device: 'managed' })] };

let stage: ReturnType<typeof stageJudge>;
beforeEach(() => {
  stage = stageJudge();
});

const set = (facts: object, device = 'ada-laptop') => stage.devices.setFacts(device, { ...facts }, 'admin');
const ask = (keys: Partial<Question> = {}, policy: object = rules) => {
  const snapshot = { ...stage.question({}).snapshot, postures: new Map([['managed', warning]]) } as Snapshot;
  return stage.ask(policy, { device: adasLaptop, snapshot, ...keys });
};
const outcome = async (...args: Parameters<typeof ask>) => (await ask(...args)).decision.outcome;

/** Until when the next request would be let in. */
async function graceEnds(keys: Partial<Question> = {}): Promise<number | undefined> {
  return (await ask(keys)).facts.device?.postures['managed']?.warnedUntilMs;
}

describe('a grace cannot be stretched', () => {
  test('by mending and breaking the device, by another device, or by waiting', async () => {
    await set({ disk_encrypted: false });
    const ends = await graceEnds();
    expect(ends).toBe(stage.clock.nowMs + 7 * day);
    stage.clock.nowMs += 6 * day;
    await set({ disk_encrypted: true });
    expect(await outcome()).toBe('allow');
    await set({ disk_encrypted: false });
    await set({ disk_encrypted: false }, 'other-laptop');
    expect(await graceEnds()).toBe(ends);
    expect(await graceEnds({ device: { ...adasLaptop, deviceId: 'other-laptop' } })).toBe(ends);
    stage.clock.nowMs += day;
    expect(await outcome()).toBe('deny');
    expect(await outcome({ device: { ...adasLaptop, deviceId: 'other-laptop' } })).toBe('deny');
  });

  test('by two first requests at once: one time stands', async () => {
    await set({ disk_encrypted: false });
    await Promise.all(Array.from({ length: 20 }, () => ask()));
    stage.clock.nowMs += 1_000;
    expect(await graceEnds()).toBe(stage.clock.nowMs - 1_000 + 7 * day);
  });

  test('by staying on what is open already: that notes the first warning as a request does', async () => {
    await set({ disk_encrypted: false });
    expect(await outcome({ purpose: 'preview', isOpen: true })).toBe('allow');
    stage.clock.nowMs += 7 * day;
    expect(await outcome({ purpose: 'preview', isOpen: true })).toBe('deny');
  });

  test('by a store that cannot note it: then there is none', async () => {
    await set({ disk_encrypted: false });
    const broken = {
      firstWarnings: { of: stage.devices.firstWarnings.of, begin: () => Promise.reject(new Error('away')) },
    };
    const other = stageJudge({ devices: { ...stage.devices, ...broken } });
    const snapshot = { ...stage.question({}).snapshot, postures: new Map([['managed', warning]]) } as Snapshot;
    expect((await other.ask(rules, { device: adasLaptop, snapshot })).decision).toMatchObject({
      outcome: 'deny',
      reason: 'policy_error',
    });
  });

  test('by looking at the portal first: that begins nothing', async () => {
    await set({ disk_encrypted: false });
    expect(await outcome({ purpose: 'preview' })).toBe('allow');
    stage.clock.nowMs += 3 * day;
    expect(await graceEnds()).toBe(stage.clock.nowMs + 7 * day);
  });

  test('by a request that is refused anyway: that begins nothing either', async () => {
    await set({ disk_encrypted: false });
    expect(await outcome({}, { ...rules, grants: [grant({ device: 'managed', groups: new Set(['nobody']) })] })).toBe(
      'deny',
    );
    stage.clock.nowMs += 3 * day;
    expect(await graceEnds()).toBe(stage.clock.nowMs + 7 * day);
  });
});

describe('nobody else has a grace', () => {
  test.each<[string, () => Promise<unknown>, Partial<Question>]>([
    ['a device without a fact', async () => undefined, {}],
    ['no device', () => set({ disk_encrypted: false }), { device: undefined }],
    [
      'a device whose certificate ended',
      () => set({ disk_encrypted: false }),
      { device: { ...adasLaptop, notAfterMs: 0 } },
    ],
    [
      'a session of another device',
      () => set({ disk_encrypted: false }),
      { session: sessionOf({ deviceFingerprint: 'bb'.repeat(32) }) },
    ],
    [
      'a service',
      () => set({ disk_encrypted: false }),
      { session: undefined, service: { id: 'exporter', provedBy: 'token' } },
    ],
  ])('%s', async (_, prepare, keys) => {
    await prepare();
    expect(await outcome(keys)).not.toBe('allow');
  });

  test('facts that are too old', async () => {
    await set({ disk_encrypted: false });
    expect(await outcome()).toBe('allow');
    stage.clock.nowMs += 31 * day;
    const device = { ...adasLaptop, notAfterMs: stage.clock.nowMs + day };
    expect((await ask({ device })).decision).toMatchObject({ outcome: 'deny', reason: 'posture_stale' });
  });
});

test('in a grace a denial of failing devices waits, too; afterwards it closes', async () => {
  const policy = { postures: ['managed'], grants: [grant()], denials: [denial({ deviceFails: 'managed' })] };
  await set({ disk_encrypted: false });
  expect(await outcome({}, policy)).toBe('allow');
  stage.clock.nowMs += 7 * day;
  expect(await outcome({}, policy)).toBe('deny');
});

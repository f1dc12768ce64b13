import { describe, expect, test } from '@jest/globals';
import type { DecisionId } from '../../../src/decision/decision-id.ts';
import { Fault } from '../../../src/decision/fault.ts';
import { adasLaptop, sessionOf, stageJudge } from '../../support/judgement-judge.ts';
import { grant, nowMs } from '../../support/judgement-policy.ts';
import { cafe } from '../../support/judgement-risk.ts';

const onManaged = { grants: [grant({ device: 'managed' })], postures: ['managed'] };
const everybody = { grants: [grant()] };
const awayStore = new Fault('state_unavailable', 'The store does not answer.');

describe('the judge', () => {
  test('answers without a promise once the session and the device are remembered', async () => {
    const { judge, question, devices } = stageJudge();
    await devices.setFacts('ada-laptop', { disk_encrypted: true }, 'admin');
    expect(judge.decide(question(onManaged, { device: adasLaptop }))).toBeInstanceOf(Promise);
    await judge.decide(question(onManaged, { device: adasLaptop }));
    expect(judge.decide(question(onManaged, { device: adasLaptop }))).toMatchObject({ decision: { outcome: 'allow' } });
  });

  test('hands over every fact that the decision read', async () => {
    const { ask, devices } = stageJudge();
    await devices.setFacts('ada-laptop', { disk_encrypted: true }, 'admin');
    const { facts } = await ask(onManaged, { device: adasLaptop });
    expect(facts).toMatchObject({
      request: { method: 'GET', path: '/', address: '203.0.113.7', nowMs },
      person: { subject: 'ada', sessionId: 'ses_1', source: 'idp:corp' },
      authentication: { provedAtMs: { password: nowMs - 1000 } },
      device: { deviceId: 'ada-laptop', source: 'connection', postures: { managed: { result: 'pass' } } },
      risk: { score: 0 },
    });
  });

  test('follows the facts of the device from request to request', async () => {
    const { ask, devices } = stageJudge();
    const answers: string[] = [];
    for (const value of [true, false, true, null]) {
      await devices.setFacts('ada-laptop', { disk_encrypted: value }, 'admin');
      answers.push((await ask(onManaged, { device: adasLaptop })).decision.reason);
    }
    expect(answers).toEqual(['granted', 'device_not_compliant', 'granted', 'posture_stale']);
  });

  test('judges only postures that the route names', async () => {
    const { ask } = stageJudge({
      devices: {
        judgePosture: () => {
          throw awayStore;
        },
      },
    });
    expect((await ask(everybody, { device: adasLaptop })).decision.outcome).toBe('allow');
  });

  test('knows no device without a connection’s certificate, or after it ran out', async () => {
    const { ask } = stageJudge();
    expect((await ask(onManaged)).decision.reason).toBe('device_unknown');
    const ranOut = { ...adasLaptop, notAfterMs: nowMs - 1 };
    expect((await ask(onManaged, { device: ranOut })).decision.reason).toBe('device_unknown');
  });

  test.each([
    ['idle', 'session_expired'],
    ['absolute', 'session_expired'],
    ['revoked', 'session_revoked'],
    [undefined, 'login_required'],
  ] as const)('says of a session that ended by %s: %s', async (endedBecause, reason) => {
    const { ask } = stageJudge();
    const { decision } = await ask(everybody, { session: undefined, endedBecause });
    expect(decision).toMatchObject({ outcome: 'sign_in', reason });
  });

  test('learns from requests and not from previews', async () => {
    const { ask } = stageJudge();
    await ask(everybody);
    expect((await ask(everybody, { address: cafe, purpose: 'preview' })).facts.risk?.score).toBe(0);
    expect((await ask(everybody)).facts.risk?.score).toBe(0);
    expect((await ask(everybody, { address: cafe })).facts.risk?.score).toBe(40);
    expect((await ask(everybody, { purpose: 'preview' })).facts.risk?.score).toBe(40);
  });

  test('asks for a step-up when a session moves, and is content when it was answered', async () => {
    const { ask, clock } = stageJudge();
    await ask(everybody);
    clock.nowMs += 60_000;
    const moved = await ask(everybody, { address: cafe });
    expect(moved.decision).toMatchObject({ outcome: 'step_up', need: { notBeforeMs: clock.nowMs } });
    clock.nowMs += 60_000;
    const proved = { provedAtMs: { password: nowMs - 1000, otp: clock.nowMs - 1 } };
    expect((await ask(everybody, { address: cafe, ...proved })).decision.outcome).toBe('allow');
  });

  test('ends the session at high risk where the configuration says so', async () => {
    const { ask } = stageJudge();
    const riskResponse = { mediumFrom: 20, highFrom: 40, medium: 'step_up', high: 'end_session' } as const;
    await ask({ ...everybody, riskResponse });
    expect(await ask({ ...everybody, riskResponse }, { address: cafe })).toMatchObject({
      decision: { outcome: 'deny', reason: 'risk_too_high' },
      endsSession: true,
    });
  });
});

describe('when something breaks, the judge', () => {
  const decisionId = 'dec_01KE6P4YM0AJ57JZWXAZTEG940' as DecisionId;

  test('closes the routes that need the facts of the device, and tells which part it was', async () => {
    const { ask, store, faults, risk, locks } = stageJudge();
    await risk.load({ sessionId: 'ses_1', person: { issuer: 'https://idp.corp.example', subject: 'ada' } });
    await locks.load();
    store.isAway = true;
    const { decision } = await ask(onManaged, { device: adasLaptop, decisionId });
    expect(decision).toMatchObject({ outcome: 'deny', reason: 'posture_unavailable' });
    expect((await ask(everybody, { device: adasLaptop })).decision.outcome).toBe('allow');
    expect(faults).toMatchObject([{ part: 'posture', fault: { code: 'state_unavailable' }, decisionId }]);
  });

  test('says that the store is away, and not that nobody is signed in', async () => {
    const { ask, store, faults } = stageJudge();
    store.isAway = true;
    expect(await ask(everybody, { decisionId })).toMatchObject({
      decision: { outcome: 'deny', reason: 'state_unavailable' },
      endsSession: false,
    });
    expect(faults).toMatchObject([{ part: 'state', decisionId }]);
  });

  test.each([
    [
      'loading risk throws',
      {
        load: () => {
          throw new TypeError('broken');
        },
      },
    ],
    ['loading risk fails', { load: () => Promise.reject(new TypeError('broken')) }],
    [
      'scoring throws',
      {
        assess: () => {
          throw new TypeError('broken');
        },
      },
    ],
  ])('answers policy_error when %s', async (_title, risk) => {
    const { ask, faults } = stageJudge({ risk });
    expect((await ask(everybody)).decision).toMatchObject({ outcome: 'deny', reason: 'policy_error' });
    expect(faults).toMatchObject([{ part: 'policy', fault: { code: 'internal' } }]);
  });

  test('names a posture that the snapshot does not have as unavailable', async () => {
    const { ask } = stageJudge();
    const rules = { grants: [grant({ device: 'lost' })], postures: ['lost'] };
    expect((await ask(rules, { device: adasLaptop })).decision.reason).toBe('posture_unavailable');
  });
});

test('a session that is bound to this connection’s device passes', async () => {
  const { ask } = stageJudge();
  const session = sessionOf({ deviceFingerprint: adasLaptop.fingerprint });
  expect(await ask(everybody, { session, device: adasLaptop })).toMatchObject({
    decision: { outcome: 'allow' },
    endsSession: false,
  });
});

describe('a lock', () => {
  const lock = { reason: 'INC-1', setBy: 'admin', setAtMs: 0 } as const;

  test.each([
    ['person', { kind: 'person', issuer: 'https://idp.corp.example', subject: 'ada' }],
    ['route', { kind: 'route', route: 'payroll' }],
    ['device', { kind: 'device', deviceId: adasLaptop.deviceId }],
  ] as const)('of a %s is a no before any rule is asked, also where everybody may', async (kind, target) => {
    const { ask, locks } = stageJudge();
    expect((await ask({ isPublic: true }, { device: adasLaptop })).decision.outcome).toBe('allow');
    await locks.set({ ...lock, target, message: 'Call 123.' });
    const { decision, facts, endsSession } = await ask({ isPublic: true }, { device: adasLaptop });
    expect(decision).toEqual({
      outcome: 'deny',
      reason: 'account_locked',
      lock: { on: kind, untilMs: undefined, message: 'Call 123.' },
      trace: [],
    });
    expect(facts.risk).toBeUndefined();
    expect(endsSession).toBe(false);
  });

  test('that cannot be read is a 503, never no lock', async () => {
    const { ask, store } = stageJudge();
    store.isAway = true;
    expect((await ask(everybody)).decision).toMatchObject({ outcome: 'deny', reason: 'state_unavailable' });
  });
});

import { randomBytes } from 'node:crypto';
import { createJudge } from '../../src/access/create-judge.ts';
import type { Judgement, Question } from '../../src/access/judge.ts';
import type { Route } from '../../src/config/route.ts';
import type { Posture, Snapshot } from '../../src/config/snapshot.ts';
import type { DecisionId } from '../../src/decision/decision-id.ts';
import type { Fault } from '../../src/decision/fault.ts';
import { createDevices } from '../../src/devices/create-devices.ts';
import type { ConnectionDevice, Devices } from '../../src/devices/device.ts';
import { createLocks } from '../../src/locks/create-locks.ts';
import type { RoutePolicy } from '../../src/policy/rule.ts';
import type { Risk } from '../../src/risk/risk.ts';
import type { Session, SessionId } from '../../src/sessions/session.ts';
import { createMemoryStore } from './judgement-memory-store.ts';
import { ada, nowMs, policy } from './judgement-policy.ts';
import { chrome, createWorker, settings } from './judgement-risk.ts';

const { sessionId: _sessionId, ...person } = ada;

export const adasLaptop: ConnectionDevice = {
  deviceId: 'ada-laptop',
  fingerprint: 'aa'.repeat(32),
  notAfterMs: nowMs + 1e9,
};

export function sessionOf(keys: Partial<Session> = {}): Session {
  return {
    id: 'ses_1' as SessionId,
    version: 1,
    person,
    provedAtMs: { password: nowMs - 1000 },
    acr: undefined,
    amr: ['pwd'],
    signedInAtMs: nowMs - 1000,
    expiresAtMs: nowMs + 1e8,
    deviceFingerprint: undefined,
    signedInFrom: { address: '203.0.113.7', userAgent: chrome },
    idToken: 'token',
    ...keys,
  };
}

export const managed: Posture = {
  name: 'managed',
  at: { file: 'postern.yaml', line: 1, column: 1 },
  require: [{ check: 'disk_encrypted', operator: 'is_true', value: undefined, source: 'disk_encrypted' }],
  maxAgeMs: 86_400_000,
  sources: undefined,
  help: {},
};

/** The judge on real devices and real risk, over a store in memory; parts can be replaced by broken ones. */
export function stageJudge(broken: { devices?: Partial<Devices>; risk?: Partial<Risk> } = {}) {
  const clock = { nowMs };
  const store = createMemoryStore(() => clock.nowMs);
  const { risk } = createWorker(store, () => clock.nowMs);
  const devices = createDevices({ store, now: () => clock.nowMs, randomBytes });
  const locks = createLocks({ store, now: () => clock.nowMs });
  const faults: { part: string; fault: Fault; decisionId: DecisionId | undefined }[] = [];
  const judge = createJudge({
    devices: { ...devices, ...broken.devices },
    risk: { ...risk, ...broken.risk },
    locks,
    onFault: (part, fault, decisionId) => faults.push({ part, fault, decisionId }),
  });
  const snapshot = { postures: new Map([['managed', managed]]), risk: settings } as unknown as Snapshot;

  function question(rules: Partial<RoutePolicy>, keys: Partial<Question> = {}): Question {
    const session = 'session' in keys ? keys.session : sessionOf();
    return {
      snapshot,
      route: { index: 0, name: 'payroll', policy: policy(rules) } as unknown as Route,
      method: 'GET',
      path: '/',
      address: '203.0.113.7',
      userAgent: chrome,
      nowMs: clock.nowMs,
      provedAtMs: session?.provedAtMs ?? {},
      credential: undefined,
      device: undefined,
      endedBecause: undefined,
      purpose: 'request',
      ...keys,
      session,
    };
  }

  return {
    clock,
    store,
    devices,
    risk,
    locks,
    faults,
    question,
    judge,
    ask: (rules: Partial<RoutePolicy>, keys: Partial<Question> = {}): Promise<Judgement> =>
      Promise.resolve(judge.decide(question(rules, keys))),
  };
}

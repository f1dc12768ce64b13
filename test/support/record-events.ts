import { randomBytes } from 'node:crypto';
import type { ActivityEvent, DecisionEvent } from '../../src/audit/audit-event.ts';
import { createDecisionIdGenerator } from '../../src/decision/decision-id.ts';

export const nextDecisionId = createDecisionIdGenerator(() => randomBytes(4).readUInt32BE() / 2 ** 32);

/** A plain allow with every fact that a decision can read. */
export function makeAllow(atMs: number, changes: Partial<DecisionEvent> = {}): DecisionEvent {
  const rule = {
    rule: 'finance',
    effect: 'allow',
    at: { file: 'postern.yaml', line: 34, column: 9 },
    verdict: 'hit',
    conditions: [
      { key: 'groups', verdict: 'hit' },
      { key: 'device', verdict: 'hit' },
    ],
  } as const;
  return {
    type: 'decision',
    atMs,
    decisionId: nextDecisionId(atMs),
    config: '9f2c81d0a4be',
    route: 'payroll',
    host: 'payroll.corp.example',
    method: 'GET',
    path: '/reports/2026',
    client: 'document',
    status: 200,
    decision: { outcome: 'allow', reason: 'granted', grant: rule, trace: [rule] },
    facts: {
      request: { method: 'GET', path: '/reports/2026', address: '203.0.113.7', nowMs: atMs },
      person: {
        source: 'idp:corp',
        asOfMs: atMs - 60_000,
        sessionId: 'ses_01JX3V8K0000000000000000AB',
        providerId: 'corp',
        issuer: 'https://idp.corp.example',
        subject: 'ada',
        name: 'Ada',
        email: 'ada@corp.example',
        isEmailVerified: true,
        groups: ['finance'],
      },
      authentication: { provedAtMs: { password: atMs - 60_000, otp: atMs - 30_000 } },
      device: {
        source: 'connection',
        asOfMs: atMs,
        deviceId: 'ada-laptop',
        postures: {
          'managed-laptop': {
            posture: 'managed-laptop',
            result: 'pass',
            checks: [{ check: 'disk_encrypted', result: 'pass', value: true, source: 'self', asOfMs: atMs - 240_000 }],
          },
        },
      },
      risk: {
        source: 'session',
        asOfMs: atMs,
        score: 15,
        points: [
          { signal: 'new_network', points: 15, sinceMs: atMs - 1000, detail: 'first request from 203.0.113.0/24' },
        ],
      },
    },
    ...changes,
  };
}

/** A security event. */
export function makeSignIn(atMs: number, changes: Partial<ActivityEvent> = {}): ActivityEvent {
  return {
    type: 'sign_in',
    atMs,
    decisionId: nextDecisionId(atMs),
    config: '9f2c81d0a4be',
    result: 'success',
    reason: undefined,
    sessionId: 'ses_01JX3V8K0000000000000000AB',
    subject: { issuer: 'https://idp.corp.example', subject: 'ada', email: 'ada@corp.example' },
    address: '203.0.113.7',
    detail: { methods: ['password'] },
    ...changes,
  };
}

import { describe, expect, test } from '@jest/globals';
import { factsBehind } from '../../../src/cli/explain/facts-behind.ts';
import type { ConditionKey } from '../../../src/decision/decision.ts';
import type { Facts } from '../../../src/decision/facts.ts';
import { knownPerson, peopleNowMs } from '../../support/people-snapshots.ts';

const person = { ...knownPerson('ada', ['finance']).person, sessionId: 's', claims: { department: 'sales' } };
const facts: Facts = {
  request: { method: 'DELETE', path: '/reports', address: '203.0.113.7', nowMs: peopleNowMs },
  person,
  authentication: { provedAtMs: { otp: peopleNowMs - 3 * 3_600_000 } },
  device: {
    source: 'connection',
    asOfMs: peopleNowMs,
    deviceId: 'ada-laptop',
    postures: {
      managed: {
        posture: 'managed',
        result: 'stale',
        checks: [
          { check: 'disk_encrypted', result: 'pass', value: true, source: 'agent', asOfMs: peopleNowMs - 60_000 },
          {
            check: 'os_version >= 14.0',
            result: 'stale',
            value: '13.2',
            source: 'agent',
            asOfMs: peopleNowMs - 3 * 86_400_000,
          },
          { check: 'firewall', result: 'unknown' },
        ],
      },
    },
  },
  risk: {
    source: 'session',
    asOfMs: peopleNowMs,
    score: 55,
    points: [{ signal: 'denials', points: 55, sinceMs: peopleNowMs - 60_000, detail: '6 denials in an hour' }],
  },
};
const nobody: Facts = { ...facts, person: undefined, authentication: undefined, device: undefined, risk: undefined };

function behind(key: ConditionKey, of = facts, isMet = false): string {
  return factsBehind(key, of, isMet, undefined)
    .join('\n')
    .replace(/\d\d:\d\d(?=[,)])/g, 'HH:MM');
}

describe('the facts behind a condition', () => {
  test.each<[ConditionKey, string]>([
    ['provider', 'signed in with corp'],
    ['groups', 'groups finance (idp:corp, HH:MM, 1 min before)'],
    ['emails', 'ada@corp.example (idp:corp, HH:MM, 1 min before)'],
    ['claims', 'claims department = "sales" (idp:corp, HH:MM, 1 min before)'],
    ['methods', 'method DELETE'],
    ['paths', 'path /reports'],
    ['networks', 'address 203.0.113.7'],
    ['hours', 'asked at 2026-01-05T09:00:00.000Z'],
    ['auth', 'proved: otp HH:MM, 3 h before'],
    ['risk', 'risk 55 (session, HH:MM)\n  55 denials: 6 denials in an hour (since HH:MM)'],
    [
      'device',
      'posture managed: os_version >= 14.0 = 13.2, stale (agent, reported HH:MM, 3 days before), firewall = unknown (never reported)',
    ],
  ])('%s', (key, text) => {
    expect(behind(key)).toBe(text);
  });

  test.each<[ConditionKey, string]>([
    ['groups', 'nobody was signed in'],
    ['device', 'no device certificate'],
    ['auth', 'nothing was proved'],
    ['risk', 'risk not known'],
    ['services', 'no service'],
  ])('%s, where there are none', (key, text) => {
    expect(behind(key, nobody)).toBe(text);
  });

  test('of an address that the provider does not vouch for, that is told', () => {
    expect(behind('domains', { ...facts, person: { ...person, isEmailVerified: false } })).toMatch(
      /^ada@corp\.example, not verified \(/,
    );
  });
});

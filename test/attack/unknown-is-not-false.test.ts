import { describe, expect, test } from '@jest/globals';
import { evaluate } from '../../src/policy/evaluate.ts';
import { ada, denial, type FactKeys, facts, grant, policy, posture } from '../support/judgement-policy.ts';

const contractors = new Set(['contractors']);

describe('a denial is not got round by', () => {
  test.each<[string, Parameters<typeof denial>[0], FactKeys]>([
    ['a group claim that is left out', { groups: contractors }, { person: { ...ada, groups: undefined } }],
    [
      'an address that is left out',
      { emails: new Set(['eve@corp.example']) },
      { person: { ...ada, email: undefined } },
    ],
    [
      'an address that is not verified',
      { domains: new Set(['evil.example']) },
      { person: { ...ada, isEmailVerified: false } },
    ],
    ['a connection without the certificate', { deviceFails: 'managed' }, { posture: 'no_device' }],
    ['a device that stopped reporting', { deviceFails: 'managed' }, { posture: posture('stale') }],
    ['a device that never reported', { deviceFails: 'managed' }, { posture: posture('unknown') }],
    ['facts that cannot be read', { deviceFails: 'managed' }, { posture: posture('unavailable') }],
    ['a score that is missing', { risk: { above: 80 } }, { risk: undefined }],
    [
      'another case of the path',
      {
        paths: [
          {
            source: '/admin',
            matches: (path) => path === '/admin',
            matchesAnyCase: (path) => path.toLowerCase() === '/admin',
          },
        ],
      },
      { path: '/ADMIN' },
    ],
  ])('%s', (_title, keys, given) => {
    const rules = policy({ grants: [grant({ risk: { below: 101 } })], denials: [denial(keys)] });
    expect(evaluate(rules, facts({ path: '/', ...given })).outcome).toBe('deny');
  });

  test('nothing, where it does not apply: the ground of the others', () => {
    const rules = policy({ grants: [grant()], denials: [denial({ groups: contractors })] });
    expect(evaluate(rules, facts()).outcome).toBe('allow');
  });
});

import { expect, test } from '@jest/globals';
import { evaluate } from '../../src/policy/evaluate.ts';
import type { RoutePolicy } from '../../src/policy/rule.ts';
import {
  ada,
  denial,
  type FactKeys,
  facts,
  grant,
  network,
  pathPrefix,
  policy,
  posture,
  riskOf,
} from '../support/judgement-policy.ts';

const auth = { methods: ['passkey'], maxAgeMs: 900_000 } as const;
const elsewhere = new Set(['operations']);

/** Each would still be a no after the best proof: asking for one would only teach people to hand out factors. */
const hopeless: readonly (readonly [string, Partial<RoutePolicy>, FactKeys?])[] = [
  ['the person is in no group of the grant', { grants: [grant({ auth, groups: elsewhere })] }],
  [
    'the group claim is absent',
    { grants: [grant({ auth, groups: elsewhere })] },
    { person: { ...ada, groups: undefined } },
  ],
  ['the device fails', { grants: [grant({ auth, device: 'managed' })] }, { posture: posture('fail') }],
  ['the device is unknown', { grants: [grant({ auth, device: 'managed' })] }, { posture: 'no_device' }],
  [
    'the facts of the device cannot be read',
    { grants: [grant({ auth, device: 'managed' })] },
    { posture: posture('unavailable') },
  ],
  ['the network is wrong', { grants: [grant({ auth, networks: network('10.0.0.1') })] }],
  ['the method is not granted', { grants: [grant({ auth, methods: new Set(['GET']) })] }, { method: 'DELETE' }],
  ['the path is not granted', { grants: [grant({ auth, paths: [pathPrefix('/public/')] })] }],
  ['the provider is another', { grants: [grant({ auth, provider: 'partner' })] }],
  ['a denial holds', { grants: [grant({ auth })], denials: [denial({ groups: new Set(['finance']) })] }],
  [
    'a denial cannot be told',
    { grants: [grant({ auth })], denials: [denial({ groups: elsewhere })] },
    { person: { ...ada, groups: undefined } },
  ],
  ['risk denies', { grants: [grant({ auth })] }, { risk: riskOf(75) }],
  [
    'a denial by risk holds',
    { grants: [grant({ auth, risk: { below: 100 } })], denials: [denial({ risk: { above: 30 } })] },
    { risk: riskOf(31) },
  ],
  ['risk is unknown', { grants: [grant({ auth })] }, { risk: undefined }],
];

test.each(hopeless.map(([when, rules, given]) => ({ when, rules, given })))(
  'no factor is asked for when $when',
  ({ rules, given }) => {
    expect(evaluate(policy(rules), facts(given)).outcome).toBe('deny');
  },
);

test('a factor is asked for where it opens the route: the ground of the others', () => {
  expect(evaluate(policy({ grants: [grant({ auth })] }), facts()).outcome).toBe('step_up');
});

import { describe, expect, test } from '@jest/globals';
import { evaluate } from '../../../src/policy/evaluate.ts';
import type { RoutePolicy } from '../../../src/policy/rule.ts';
import {
  ada,
  denial,
  type FactKeys,
  facts,
  grant,
  minute,
  network,
  nowMs,
  pathPrefix,
  policy,
  posture,
  riskOf,
} from '../../support/judgement-policy.ts';

const finance = new Set(['finance']);
const operations = new Set(['operations']);
const freshPasskey = { methods: ['passkey'], maxAgeMs: 15 * minute } as const;

interface Row {
  readonly says: string;
  readonly given?: FactKeys;
  readonly rules: Partial<RoutePolicy>;
  readonly answer: string;
  readonly rule?: string;
}

const rows: readonly Row[] = [
  { says: 'no rule at all is a no', rules: {}, answer: 'deny not_in_required_group' },
  {
    says: 'a grant that is met in full opens',
    rules: { grants: [grant({ groups: finance, device: 'managed', risk: { below: 40 } })] },
    answer: 'allow granted',
  },
  {
    says: 'nobody signed in is asked to sign in',
    given: { person: undefined },
    rules: { grants: [grant({ groups: finance })] },
    answer: 'sign_in login_required',
  },
  {
    says: 'a grant that names no person still needs one',
    given: { person: undefined },
    rules: { grants: [grant({ networks: network('203.0.113.7') })] },
    answer: 'sign_in login_required',
  },
  {
    says: 'a denial of groups does not turn away who has not signed in yet',
    given: { person: undefined },
    rules: { grants: [grant()], denials: [denial({ groups: finance })] },
    answer: 'sign_in login_required',
  },
  {
    says: 'a denial that holds whoever signs in is told before anybody signs in',
    given: { person: undefined, method: 'DELETE' },
    rules: { grants: [grant()], denials: [denial({ methods: new Set(['DELETE']) })] },
    answer: 'deny explicit_deny',
  },
  {
    says: 'a public route opens for nobody',
    given: { person: undefined },
    rules: { isPublic: true },
    answer: 'allow public_route',
  },
  {
    says: 'a denial closes a public route too',
    given: { person: undefined, path: '/Internal/x' },
    rules: { isPublic: true, denials: [denial({ paths: [pathPrefix('/internal/')] })] },
    answer: 'deny explicit_deny',
  },
  {
    says: 'a denial wins over a grant',
    rules: { grants: [grant({ groups: finance })], denials: [denial({ groups: new Set(['staff']) })] },
    answer: 'deny explicit_deny',
    rule: 'denial',
  },
  {
    says: 'an absent group claim closes by a denial',
    given: { person: { ...ada, groups: undefined } },
    rules: { grants: [grant()], denials: [denial({ groups: new Set(['contractors']) })] },
    answer: 'deny explicit_deny',
  },
  {
    says: 'what is known to miss is settled first in a denial',
    given: { person: { ...ada, groups: undefined } },
    rules: {
      grants: [grant()],
      denials: [denial({ groups: new Set(['contractors']), methods: new Set(['DELETE']) })],
    },
    answer: 'allow granted',
  },
  {
    says: 'a denial by device says what is wrong with the device',
    given: { posture: posture('fail') },
    rules: { grants: [grant()], denials: [denial({ deviceFails: 'managed' })] },
    answer: 'deny device_not_compliant',
  },
  {
    says: 'a denial by device closes on a device that nobody knows',
    given: { posture: 'no_device' },
    rules: { grants: [grant()], denials: [denial({ deviceFails: 'managed' })] },
    answer: 'deny device_unknown',
  },
  {
    says: 'a denial by risk names the risk',
    given: { risk: riskOf(81) },
    rules: { grants: [grant({ risk: { below: 100 } })], denials: [denial({ risk: { above: 80 } })] },
    answer: 'deny risk_too_high',
  },
  {
    says: 'a denial by risk lets the limit itself pass',
    given: { risk: riskOf(80) },
    rules: { grants: [grant({ risk: { below: 100 } })], denials: [denial({ risk: { above: 80 } })] },
    answer: 'allow granted',
  },
  {
    says: 'a method that was never proved is asked for',
    rules: { grants: [grant({ groups: finance, auth: freshPasskey })] },
    answer: 'step_up step_up_required',
  },
  {
    says: 'a proof that is too old is asked for anew',
    given: { provedAtMs: { passkey: nowMs - 16 * minute } },
    rules: { grants: [grant({ groups: finance, auth: freshPasskey })] },
    answer: 'step_up reauth_required',
  },
  {
    says: 'a proof of exactly the greatest age will do',
    given: { provedAtMs: { passkey: nowMs - 15 * minute } },
    rules: { grants: [grant({ groups: finance, auth: freshPasskey })] },
    answer: 'allow granted',
  },
  {
    says: 'a proof in the future counts as none',
    given: { provedAtMs: { passkey: nowMs + 1 } },
    rules: { grants: [grant({ auth: freshPasskey })] },
    answer: 'step_up step_up_required',
  },
  {
    says: 'medium risk asks for a step-up where the grant says nothing',
    given: { risk: riskOf(40) },
    rules: { grants: [grant({ groups: finance })] },
    answer: 'step_up step_up_required',
  },
  {
    says: 'high risk denies where it is configured to',
    given: { risk: riskOf(70) },
    rules: { grants: [grant({ groups: finance })] },
    answer: 'deny risk_too_high',
  },
  {
    says: "a grant's own limit goes before the levels",
    given: { risk: riskOf(75) },
    rules: { grants: [grant({ groups: finance, risk: { below: 90 } })] },
    answer: 'allow granted',
  },
  {
    says: "over a grant's own limit and under every level, a step-up may answer",
    given: { risk: riskOf(20) },
    rules: { grants: [grant({ risk: { below: 10 } })] },
    answer: 'step_up step_up_required',
  },
  {
    says: 'risk that a proof has answered already is not asked about again',
    given: { risk: riskOf(50, nowMs - 90 * minute) },
    rules: { grants: [grant()] },
    answer: 'deny risk_too_high',
  },
  {
    says: 'risk cannot be answered where no method can be proved',
    given: { risk: riskOf(50) },
    rules: { grants: [grant()], stepUpMethods: [] },
    answer: 'deny risk_too_high',
  },
  {
    says: 'unknown risk is not low risk',
    given: { risk: undefined },
    rules: { grants: [grant()] },
    answer: 'deny risk_too_high',
  },
  {
    says: 'a failing device is named',
    given: { posture: posture('fail') },
    rules: { grants: [grant({ device: 'managed' })] },
    answer: 'deny device_not_compliant',
  },
  {
    says: 'old facts of a device are named',
    given: { posture: posture('stale') },
    rules: { grants: [grant({ device: 'managed' })] },
    answer: 'deny posture_stale',
  },
  {
    says: 'a device that never reported is answered like one that has to report again',
    given: { posture: { posture: 'managed', result: 'unknown', checks: [{ check: 'firewall', result: 'unknown' }] } },
    rules: { grants: [grant({ device: 'managed' })] },
    answer: 'deny posture_stale',
  },
  {
    says: 'facts that cannot be read are named as our trouble',
    given: { posture: posture('unavailable') },
    rules: { grants: [grant({ device: 'managed' })] },
    answer: 'deny posture_unavailable',
  },
  {
    says: 'a connection without a device is named',
    given: { posture: 'no_device' },
    rules: { grants: [grant({ device: 'managed' })] },
    answer: 'deny device_unknown',
  },
  {
    says: 'a wrong network is named',
    rules: { grants: [grant({ networks: network('10.0.0.1') })] },
    answer: 'deny network_not_allowed',
  },
  {
    says: 'an address that nobody vouches for is a wrong account',
    given: { person: { ...ada, isEmailVerified: false } },
    rules: { grants: [grant({ domains: new Set(['corp.example']) })] },
    answer: 'deny wrong_account',
  },
  {
    says: 'a denial of an address holds however it is written',
    rules: { grants: [grant()], denials: [denial({ emails: new Set(['Ada@Corp.Example']) })] },
    answer: 'deny explicit_deny',
  },
  {
    says: 'another provider is a wrong account',
    rules: { grants: [grant({ provider: 'partner' })] },
    answer: 'deny wrong_account',
  },
  {
    says: 'a method that is not granted is named',
    given: { method: 'POST' },
    rules: { grants: [grant({ methods: new Set(['GET']) })] },
    answer: 'deny method_not_granted',
  },
  {
    says: 'a path that is not granted is named',
    rules: { grants: [grant({ paths: [pathPrefix('/payslips/')] })] },
    answer: 'deny path_not_granted',
  },
  {
    says: 'a missing group is named',
    rules: { grants: [grant({ groups: operations })] },
    answer: 'deny not_in_required_group',
  },
  {
    says: 'the hardest obstacle of a grant is named, since mending the others opens nothing',
    given: { posture: posture('fail') },
    rules: { grants: [grant({ groups: operations, device: 'managed' })] },
    answer: 'deny not_in_required_group',
  },
  {
    says: 'of several grants the one that the person can come nearest to is named',
    given: { posture: posture('fail') },
    rules: {
      grants: [grant({ id: 'far', groups: operations }), grant({ id: 'near', groups: finance, device: 'managed' })],
    },
    answer: 'deny device_not_compliant',
    rule: 'near',
  },
];

describe('a route', () => {
  test.each(rows)('$says', ({ given, rules, answer, rule }) => {
    const decision = evaluate(policy(rules), facts(given));
    expect(`${decision.outcome} ${decision.reason}`).toBe(answer);
    if (rule !== undefined) expect(decision).toMatchObject({ rule: { rule } });
  });

  test('names each rule in file order, each with what every key came to', () => {
    const first = denial({ id: 'no-contractors', groups: new Set(['contractors']), networks: network('203.0.113.7') });
    const second = grant({ id: 'ops', groups: operations, methods: new Set(['GET']) });
    const third = grant({ id: 'finance', groups: finance, device: 'managed' });
    const decision = evaluate(
      policy({ denials: [first], grants: [third, second] }),
      facts({ posture: posture('stale') }),
    );
    expect(decision.trace).toEqual([
      {
        rule: 'no-contractors',
        effect: 'deny',
        at: first.at,
        verdict: 'miss',
        conditions: [
          { key: 'groups', verdict: 'miss' },
          { key: 'networks', verdict: 'hit' },
        ],
      },
      {
        rule: 'ops',
        effect: 'allow',
        at: second.at,
        verdict: 'miss',
        conditions: [
          { key: 'groups', verdict: 'miss' },
          { key: 'methods', verdict: 'hit' },
          { key: 'risk', verdict: 'hit' },
        ],
      },
      {
        rule: 'finance',
        effect: 'allow',
        at: third.at,
        verdict: 'unknown',
        conditions: [
          { key: 'groups', verdict: 'hit' },
          { key: 'device', verdict: 'unknown' },
          { key: 'risk', verdict: 'hit' },
        ],
      },
    ]);
  });

  test("passes on the author's message and the device's checks", () => {
    const userMessage = { en: 'Contractors use the vendor portal instead.' };
    const rules = policy({ grants: [grant()], denials: [denial({ groups: finance, userMessage })] });
    expect(evaluate(rules, facts())).toMatchObject({ reason: 'explicit_deny', userMessage });
    const failing = posture('fail');
    const decision = evaluate(policy({ grants: [grant({ device: 'managed' })] }), facts({ posture: failing }));
    expect(decision).toMatchObject({ checks: failing.checks });
  });

  test('gives the opening grant to who records it', () => {
    const decision = evaluate(policy({ grants: [grant({ id: 'finance', groups: finance })] }), facts());
    expect(decision).toMatchObject({ outcome: 'allow', grant: { rule: 'finance', verdict: 'hit' } });
  });
});

describe('a step-up', () => {
  test('asks for what the grant wants, no older than it says', () => {
    const decision = evaluate(policy({ grants: [grant({ auth: freshPasskey })] }), facts());
    expect(decision).toMatchObject({
      need: { methods: ['passkey'], maxAgeMs: 15 * minute, notBeforeMs: undefined },
    });
  });

  test('offers the methods of every grant that it would open on the same terms', () => {
    const grants = [
      grant({ auth: freshPasskey }),
      grant({ auth: { methods: ['otp'], maxAgeMs: 15 * minute } }),
      grant({ auth: { methods: ['password'], maxAgeMs: 1 } }),
    ];
    expect(evaluate(policy({ grants }), facts())).toMatchObject({ need: { methods: ['passkey', 'otp'] } });
  });

  test('for risk must be younger than the newest signal', () => {
    const decision = evaluate(policy({ grants: [grant()] }), facts({ risk: riskOf(50, nowMs - 3 * minute) }));
    expect(decision).toMatchObject({
      need: { methods: ['otp', 'passkey'], maxAgeMs: undefined, notBeforeMs: nowMs - 3 * minute },
    });
  });

  test('for risk uses the methods of a grant that names some', () => {
    const decision = evaluate(policy({ grants: [grant({ auth: freshPasskey })] }), facts({ risk: riskOf(50) }));
    expect(decision).toMatchObject({ need: { methods: ['passkey'], maxAgeMs: 15 * minute } });
  });
});

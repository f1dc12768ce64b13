import fc from 'fast-check';
import { compileHours } from '../../src/config/compile/opening-hours.ts';
import { type AuthenticationMethod, authenticationMethods } from '../../src/decision/decision.ts';
import type { ClaimFacts, Facts, PostureFacts } from '../../src/decision/facts.ts';
import { checkExpression } from '../../src/policy/expression/compile-expression.ts';
import type { Denial, Grant, RoutePolicy } from '../../src/policy/rule.ts';
import {
  ada,
  denial,
  facts,
  grant,
  minute,
  network,
  nowMs,
  pathPrefix,
  policy,
  posture,
  riskOf,
} from './judgement-policy.ts';

const groups = fc.subarray(['finance', 'staff', 'operations'], { minLength: 1 }).map((names) => new Set(names));
const methods = fc.subarray(['GET', 'POST', 'DELETE'], { minLength: 1 }).map((names) => new Set(names));
const paths = fc.constantFrom('/', '/reports/', '/Admin/').map((prefix) => [pathPrefix(prefix)]);
const networks = fc.constantFrom('203.0.113.7', '198.51.100.1').map((address) => network(address));
const emails = fc.constantFrom('ada@corp.example', 'kim@corp.example').map((email) => new Set([email]));
const domains = fc.constantFrom('corp.example', 'partner.example').map((domain) => new Set([domain]));
const factors = fc.subarray<AuthenticationMethod>([...authenticationMethods], { minLength: 1 });
const requirement = fc.record({
  methods: factors,
  maxAgeMs: fc.option(fc.constantFrom(minute, 60 * minute), { nil: undefined }),
});
const score = fc.integer({ min: 0, max: 100 });

/** There as often as not: a frequency of 1 would be never. */
function perhaps<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.option(value, { nil: undefined, freq: 2 });
}

const claims = fc
  .constantFrom<(readonly [string, string | number])[]>(
    ['department', 'payroll'],
    ['level', 3],
    ['address.country', 'DE'],
  )
  .map(([claim, value]) => [{ claim, values: new Set([value]) }]);
const hours = fc
  .constantFrom({ from: 8 * 60, to: 18 * 60 }, { from: 20 * 60, to: 6 * 60 })
  .map((times) => compileHours({ ...times, zone: 'Europe/Berlin' }));
/** Some hold, some do not, some fail for want of a claim, some depend on what is not known. */
const texts = [
  'claims.department == "payroll"',
  'claims.level >= 3',
  'has(claims.department) && request.method != "DELETE"',
  '!("contractors" in user.groups)',
  'claims.department < 3',
  'now > timestamp("2026-01-01T00:00:00Z")',
] as const;
/** What a proof or less risk makes true: in a denial, it would close by that (security-rules.md 15). */
const openingTexts = [
  'risk.score < 40.0 || request.path.startsWith("/reports")',
  'auth.passkey < duration("15m")',
] as const;
const conditionOf = (sources: readonly string[]) =>
  fc.constantFrom(...sources).map((source) => {
    const checked = checkExpression(source);
    if (checked.outcome === 'refused') throw new Error(checked.says);
    return checked.compile({ file: 'postern.yaml', line: 1, column: 1 });
  });

const sharedKeys = {
  provider: perhaps(fc.constantFrom('corp', 'partner')),
  groups: perhaps(groups),
  emails: perhaps(emails),
  domains: perhaps(domains),
  methods: perhaps(methods),
  paths: perhaps(paths),
  networks: perhaps(networks),
  claims: perhaps(claims),
  hours: perhaps(hours),
};

export const anyGrant: fc.Arbitrary<Grant> = fc
  .record({
    ...sharedKeys,
    when: perhaps(conditionOf([...texts, ...openingTexts])),
    device: perhaps(fc.constant('managed')),
    auth: perhaps(requirement),
    risk: perhaps(score.map((below) => ({ below }))),
  })
  .map((keys) => grant(keys));

export const anyDenial: fc.Arbitrary<Denial> = fc
  .record({
    ...sharedKeys,
    when: perhaps(conditionOf(texts)),
    deviceFails: perhaps(fc.constant('managed')),
    risk: perhaps(score.map((above) => ({ above }))),
  })
  .map((keys) => denial(keys));

export const anyPolicy: fc.Arbitrary<RoutePolicy> = fc
  .record({
    isPublic: fc.boolean(),
    grants: fc.array(anyGrant, { maxLength: 4 }),
    denials: fc.array(anyDenial, { maxLength: 3 }),
    riskResponse: fc.record({
      mediumFrom: fc.constant(40),
      highFrom: fc.constant(70),
      medium: fc.constantFrom('allow' as const, 'step_up' as const, 'deny' as const),
      high: fc.constantFrom('step_up' as const, 'deny' as const, 'end_session' as const),
    }),
    stepUpMethods: factors,
  })
  .map((keys) => policy(keys));

const results: readonly PostureFacts['result'][] = ['pass', 'fail', 'stale', 'unknown', 'unavailable'];
const provedAtMs = fc.record(
  {
    password: fc.constantFrom(nowMs - minute, nowMs - 3 * 60 * minute, nowMs + minute),
    otp: fc.constantFrom(nowMs - minute, nowMs - 3 * 60 * minute),
    passkey: fc.constantFrom(nowMs, nowMs - 30 * minute),
    registered_browser: fc.constantFrom(nowMs - minute, nowMs - 60 * minute),
  } satisfies Record<AuthenticationMethod, fc.Arbitrary<number>>,
  { requiredKeys: [] },
);

export const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'DELETE'),
    path: fc.constantFrom('/', '/reports/2026', '/Admin/users', '/admin/users'),
    address: fc.constantFrom('203.0.113.7', '198.51.100.1', '192.0.2.9'),
    person: fc.option(
      fc.record({
        groups: fc.option(fc.subarray(['finance', 'staff', 'operations']), { nil: undefined }),
        isEmailVerified: fc.boolean(),
        email: fc.constantFrom('ada@corp.example', 'Ada@Corp.Example', 'kim@partner.example', undefined),
        providerId: fc.constantFrom('corp', 'partner'),
        claims: fc.constantFrom<(ClaimFacts | undefined)[]>(
          undefined,
          {},
          { department: 'payroll', level: 3 },
          { department: ['sales'], level: 1, address: { country: 'DE' } },
        ),
      }),
      { nil: undefined },
    ),
    provedAtMs,
    posture: fc.oneof(
      fc.constant('no_device' as const),
      fc.constantFrom(...results).map((result) => posture(result)),
    ),
    risk: fc.option(
      score.map((points) => riskOf(points)),
      { nil: undefined },
    ),
  })
  .map((keys) => facts({ ...keys, person: keys.person && { ...ada, ...keys.person } }));

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addsNothing, alwaysCloses, type CoverContext } from '../../../src/config/check/lint/grant-cover.ts';
import {
  isPatternWithin,
  isTakenBy,
  mayReach,
  patternOfScope,
  type RouteScope,
  scopeOf,
} from '../../../src/config/check/lint/path-reach.ts';
import type { DenialSettings, GrantSettings, RouteSettings } from '../../../src/config/check/lint/rule-keys.ts';
import { findUnreachable } from '../../../src/config/check/lint/unreachable-rules.ts';
import { compileDenial, compileGrant } from '../../../src/config/compile/compile-rules.ts';
import { createNamedNetworks } from '../../../src/config/compile/network-set.ts';
import { createSharedHours } from '../../../src/config/compile/opening-hours.ts';
import { compilePathPattern } from '../../../src/config/compile/path-pattern.ts';
import { createSharedPaths, createSharedSets } from '../../../src/config/compile/shared-sets.ts';
import { parseNetwork } from '../../../src/config/values/network.ts';
import type { AuthenticationMethod, Decision } from '../../../src/decision/decision.ts';
import type { Facts } from '../../../src/decision/facts.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import type { RiskResponse, RoutePolicy } from '../../../src/policy/rule.ts';
import { ada, facts, minute, nowMs, posture, riskOf } from '../../support/judgement-policy.ts';

const segment = fc.constantFrom('app', 'a', 'b', 'App', 'x.pdf', 'b;c', 'a.');
const path = fc.array(segment, { maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
const anyPath = fc.tuple(path, fc.boolean()).map(([one, slash]) => (slash && one !== '/' ? `${one}/` : one));
const pattern = fc
  .array(fc.oneof({ weight: 3, arbitrary: segment }, fc.constantFrom('*', '**', 'a*', '*.pdf')), { maxLength: 3 })
  .map((parts) => `/${parts.join('/')}`);
const perhaps = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 2 });
/** Keys that the lint does not compare: rules that have one are hardly ever spoken of. */
const seldom = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const claimValues = fc.constantFrom<(string | string[])[]>('payroll', ['payroll', 'legal']);
const someOf = (...words: readonly string[]) => perhaps(fc.subarray([...words], { minLength: 1 }));

const shared = {
  id: fc.constant('rule'),
  provider: perhaps(fc.constantFrom('corp', 'partner')),
  groups: someOf('finance', 'staff'),
  emails: someOf('ada@corp.example', 'kim@partner.example'),
  domains: someOf('corp.example', 'partner.example'),
  methods: someOf('GET', 'POST'),
  paths: perhaps(fc.array(pattern, { minLength: 1, maxLength: 2 })),
  networks: someOf('office', 'home'),
  claims: seldom(claimValues.map((department) => ({ department }))),
  hours: seldom(fc.constant({ from: 9 * 60, to: 17 * 60, zone: 'Europe/Berlin' })),
  mode: fc.oneof({ weight: 9, arbitrary: fc.constant('enforce' as const) }, fc.constant('report_only' as const)),
  when: seldom(fc.constantFrom('claims.department == "payroll"', 'request.method == "GET"')),
};
const methods = fc.subarray<AuthenticationMethod>(['password', 'otp', 'passkey'], { minLength: 1 });
const grants: fc.Arbitrary<GrantSettings> = fc.record({
  ...shared,
  device: perhaps(fc.constant('managed')),
  auth: perhaps(fc.record({ methods, max_age: perhaps(fc.constantFrom(minute, 60 * minute)) })),
  risk: perhaps(fc.record({ below: fc.constantFrom(20, 40, 70, 90) })),
});
const denials: fc.Arbitrary<DenialSettings> = fc.record({
  ...shared,
  device_fails: perhaps(fc.constant('managed')),
  risk: perhaps(fc.record({ above: fc.constantFrom(0, 50, 90) })),
  user_message: fc.constant(undefined),
});
/** Mostly a narrower one of the other, so that most comparisons come to a yes. */
const pairOfGrants = fc
  .tuple(grants, grants, fc.subarray(Object.keys(shared).concat('device', 'auth', 'risk')))
  .map(([earlier, other, dropped]): readonly [GrantSettings, GrantSettings] => {
    const wide = Object.fromEntries(Object.entries(earlier).filter(([key]) => key === 'id' || !dropped.includes(key)));
    return [wide as GrantSettings, { ...other, ...earlier, id: 'later' }];
  });
const grantAndDenial = fc
  .tuple(grants, denials, fc.boolean())
  .map(([grant, denial, isNarrowed]): readonly [GrantSettings, DenialSettings] => {
    const { id: _id, user_message: _message, device_fails: _fails, risk: _risk, ...conditions } = denial;
    const wanted = Object.fromEntries(Object.entries(conditions).filter(([, value]) => value !== undefined));
    return isNarrowed
      ? [
          { ...grant, ...wanted },
          { ...denial, device_fails: undefined, risk: undefined },
        ]
      : [grant, denial];
  });
const scopes: fc.Arbitrary<RouteScope> = fc
  .record({ kind: fc.constantFrom('path' as const, 'prefix' as const), path })
  .map(({ kind, path: text }) => scopeOf(kind === 'path' ? { path: text } : { prefix: text }));
const responses: fc.Arbitrary<RiskResponse> = fc.record({
  mediumFrom: fc.constant(40),
  highFrom: fc.constant(70),
  medium: fc.constantFrom('allow' as const, 'step_up' as const, 'deny' as const),
  high: fc.constantFrom('step_up' as const, 'deny' as const, 'end_session' as const),
});

const networks = Object.fromEntries(
  Object.entries({ office: '203.0.113.0/24', home: '198.51.100.0/24' }).map(([name, text]) => {
    const parsed = parseNetwork(text);
    if (!parsed.ok) throw new Error(parsed.says);
    return [name, [parsed.value]];
  }),
);
let line = 0;
const context = () => {
  line += 1;
  const at = { file: 'postern.yaml', line, column: 1 };
  return {
    namedNetworks: createNamedNetworks(networks),
    setOf: createSharedSets(),
    positionOf: () => at,
    pathsOf: createSharedPaths(),
    hoursOf: createSharedHours(),
  };
};

const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'DELETE'),
    path: anyPath,
    address: fc.constantFrom('203.0.113.7', '198.51.100.1', '192.0.2.9'),
    person: perhaps(
      fc.record({
        groups: perhaps(fc.subarray(['finance', 'staff', 'operations'])),
        isEmailVerified: fc.constantFrom(true, true, false),
        email: fc.constantFrom('ada@corp.example', 'kim@partner.example', undefined),
        providerId: fc.constantFrom('corp', 'partner'),
        claims: perhaps(fc.constantFrom({}, { department: 'payroll' }, { department: 'sales' })),
      }),
    ),
    provedAtMs: fc.record(
      {
        password: fc.constantFrom(nowMs - minute / 2, nowMs - 3 * minute, nowMs - 300 * minute),
        otp: fc.constantFrom(nowMs - minute / 2, nowMs - 300 * minute),
        passkey: fc.constantFrom(nowMs, nowMs - 30 * minute),
      },
      { requiredKeys: [] },
    ),
    posture: fc.constantFrom(posture('pass'), posture('fail'), posture('stale'), 'no_device' as const),
    risk: perhaps(fc.constantFrom(0, 30, 50, 80, 100).map((points) => riskOf(points))),
  })
  .map((keys) => facts({ ...keys, person: keys.person && { ...ada, ...keys.person } }));

function policyOf(
  allow: readonly GrantSettings[],
  deny: readonly DenialSettings[],
  more: Partial<RoutePolicy>,
): RoutePolicy {
  return {
    route: 'app',
    isPublic: false,
    grants: allow.map((grant) => compileGrant(grant, [], context())),
    denials: deny.map((denial) => compileDenial(denial, [], context())),
    postures: ['managed'],
    riskResponse: { mediumFrom: 40, highFrom: 70, medium: 'step_up', high: 'deny' },
    stepUpMethods: ['otp', 'passkey'],
    ...more,
  };
}

/** What a person gets: without the trace, and without the rule that is named for it. */
function effectOf(decision: Decision) {
  const { trace: _trace, ...rest } = decision;
  return { ...rest, rule: undefined, grant: undefined, reported: undefined };
}

function isIn(scope: RouteScope, text: string): boolean {
  return scope.kind === 'exact' ? text === scope.path : compilePathPattern(patternOfScope(scope)).matches(text);
}

describe('what the lint says of rules is certain', () => {
  test('a grant that is said to be always closed never decides an allow or a step-up', () => {
    let said = 0;
    fc.assert(
      fc.property(
        grantAndDenial,
        fc.array(grants, { maxLength: 1 }),
        anyFacts,
        scopes,
        responses,
        (pair, others, given, scope, risk) => {
          const [grant, denial] = pair;
          const cover: CoverContext = { scope: patternOfScope(scope), risk, stepUpMethods: ['otp'] };
          if (!alwaysCloses(denial, grant, cover)) return;
          if (!isIn(scope, given.request.path)) return;
          said += 1;
          const decision = evaluate(
            policyOf([{ ...grant, id: 'closed' }, ...others], [denial], { riskResponse: risk }),
            given,
          );
          if (decision.outcome === 'allow') expect(decision.grant?.rule).not.toBe('closed');
          const alone = evaluate(policyOf([grant], [denial], { riskResponse: risk }), given);
          expect(alone.outcome).not.toBe('allow');
        },
      ),
      { numRuns: 4_000 },
    );
    expect(said).toBeGreaterThan(100);
  });

  test('a grant that is said to add nothing changes no decision', () => {
    let said = 0;
    const stepUps = fc.constantFrom<readonly AuthenticationMethod[]>(['otp', 'passkey'], ['password'], []);
    fc.assert(
      fc.property(
        pairOfGrants,
        grants,
        denials,
        anyFacts,
        scopes,
        responses,
        stepUps,
        (pair, third, denial, given, scope, risk, stepUpMethods) => {
          const [earlier, later] = pair;
          const cover: CoverContext = { scope: patternOfScope(scope), risk, stepUpMethods };
          if (!addsNothing(later, earlier, cover) || !isIn(scope, given.request.path)) return;
          said += 1;
          const more = { riskResponse: risk, stepUpMethods };
          for (const [before, after] of [
            [[], []],
            [[third], []],
            [[], [third]],
          ] as const) {
            const whole = evaluate(policyOf([...before, earlier, ...after, later], [denial], more), given);
            const without = evaluate(policyOf([...before, earlier, ...after], [denial], more), given);
            expect(effectOf(whole)).toEqual(effectOf(without));
          }
        },
      ),
      { numRuns: 4_000 },
    );
    expect(said).toBeGreaterThan(100);
  });

  test('a rule that is said to never match is a miss for every request of its route', () => {
    let said = 0;
    fc.assert(
      fc.property(
        grants,
        denials,
        scopes,
        fc.array(scopes, { maxLength: 1 }),
        anyFacts,
        (grant, denial, scope, neighbours, given) => {
          const text = given.request.path;
          const reach = { scope, neighbours, highestScore: 100 };
          const isElsewhere = neighbours.some((one) => one.path.length > scope.path.length && isIn(one, text));
          if (!isIn(scope, text)) return;
          const decision = evaluate(policyOf([{ ...grant, id: 'grant' }], [{ ...denial, id: 'denial' }], {}), given);
          for (const [rule, effect, id] of [
            [grant, 'allow', 'grant'],
            [denial, 'deny', 'denial'],
          ] as const) {
            if (
              effect === 'allow' &&
              (isElsewhere || neighbours.some((one) => one.kind === 'exact' && one.path === text))
            )
              continue;
            if (!findUnreachable(rule, effect, reach).some(({ isWhole }) => isWhole)) continue;
            said += 1;
            expect(decision.trace.find((one) => one.rule === id)?.verdict).not.toBe('hit');
          }
        },
      ),
      { numRuns: 4_000 },
    );
    expect(said).toBeGreaterThan(100);
  });
});

describe('comparing path patterns', () => {
  test('a pattern within another fits nothing that the other does not', () => {
    fc.assert(
      fc.property(pattern, pattern, anyPath, (inner, outer, text) => {
        if (isPatternWithin(inner, outer) && compilePathPattern(inner).matches(text))
          expect(compilePathPattern(outer).matches(text)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    expect(isPatternWithin('/reports/2026', '/reports/**')).toBe(true);
    expect(isPatternWithin('/reports-old', '/reports/**')).toBe(false);
  });

  test('a pattern that cannot reach a route fits none of its paths, in either comparison', () => {
    fc.assert(
      fc.property(pattern, scopes, anyPath, (text, scope, asked) => {
        if (!isIn(scope, asked)) return;
        const compiled = compilePathPattern(text);
        if (!mayReach(text, scope, 'exact')) expect(compiled.matches(asked)).toBe(false);
        if (!mayReach(text, scope, 'loose')) expect(compiled.matchesAnyCase(asked)).toBe(false);
      }),
      { numRuns: 10_000 },
    );
  });

  test('what a longer prefix of the host takes is known', () => {
    const prefix = (text: string): RouteScope => scopeOf({ prefix: text } as RouteSettings);
    expect(isTakenBy('/admin/users', prefix('/'), prefix('/admin'))).toBe(true);
    expect(isTakenBy('/admin*', prefix('/'), prefix('/admin'))).toBe(false);
    expect(isTakenBy('/admin/users', prefix('/admin'), prefix('/'))).toBe(false);
  });
});

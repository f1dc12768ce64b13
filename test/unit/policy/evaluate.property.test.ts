import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ConditionKey } from '../../../src/decision/decision.ts';
import type { Facts } from '../../../src/decision/facts.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import type { Grant, RoutePolicy } from '../../../src/policy/rule.ts';
import { isStepUpSatisfied } from '../../../src/policy/step-up-satisfied.ts';
import { anyDenial, anyFacts, anyGrant, anyPolicy } from '../../support/judgement-arbitraries.ts';
import { nowMs } from '../../support/judgement-policy.ts';

const runs = { numRuns: 500 };

function isOpen(rules: RoutePolicy, given: Facts): boolean {
  return evaluate(rules, given).outcome === 'allow';
}

/** How far open an answer is: allow, one factor away, closed. */
function openness(rules: RoutePolicy, given: Facts): number {
  const { outcome } = evaluate(rules, given);
  return outcome === 'allow' ? 2 : outcome === 'step_up' || outcome === 'sign_in' ? 1 : 0;
}

/** The same facts with one part taken away. */
const losses: readonly ((given: Facts) => Facts)[] = [
  (given) => ({ ...given, person: undefined }),
  (given) => ({ ...given, person: given.person && { ...given.person, groups: undefined } }),
  (given) => ({ ...given, person: given.person && { ...given.person, email: undefined } }),
  (given) => ({ ...given, person: given.person && { ...given.person, isEmailVerified: false } }),
  (given) => ({ ...given, authentication: undefined }),
  (given) => ({ ...given, authentication: given.authentication && { provedAtMs: {} } }),
  (given) => ({ ...given, device: undefined }),
  (given) => ({ ...given, device: given.device && { ...given.device, postures: {} } }),
  (given) => ({ ...given, risk: undefined }),
];

describe('whatever the rules and the facts', () => {
  test('no request passes that a denial might speak of', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (rules, given) => {
        const decision = evaluate(rules, given);
        if (decision.outcome !== 'allow') return;
        for (const one of decision.trace) if (one.effect === 'deny') expect(one.verdict).toBe('miss');
      }),
      runs,
    );
  });

  test('nothing passes without a grant that is met in full, but for public routes', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (rules, given) => {
        const decision = evaluate(rules, given);
        if (decision.outcome !== 'allow' || rules.isPublic) return;
        expect(given.person).toBeDefined();
        expect(decision.grant?.conditions.every(({ verdict }) => verdict === 'hit')).toBe(true);
      }),
      runs,
    );
  });

  test('one more denial never opens', () => {
    fc.assert(
      fc.property(anyPolicy, anyDenial, anyFacts, (rules, extra, given) => {
        expect(openness({ ...rules, denials: [...rules.denials, extra] }, given)).toBeLessThanOrEqual(
          openness(rules, given),
        );
      }),
      runs,
    );
  });

  test('one more requirement in a grant never opens', () => {
    const keys: readonly (keyof Grant & ConditionKey)[] = [
      'provider',
      'groups',
      'emails',
      'domains',
      'methods',
      'paths',
      'networks',
      'device',
      'auth',
    ];
    fc.assert(
      fc.property(anyPolicy, anyGrant, anyFacts, fc.constantFrom(...keys), (rules, donor, given, key) => {
        const stricter = rules.grants.map((one) => (one[key] === undefined ? { ...one, [key]: donor[key] } : one));
        if (isOpen({ ...rules, grants: stricter }, given)) expect(isOpen(rules, given)).toBe(true);
      }),
      runs,
    );
  });

  test('one more grant never closes', () => {
    fc.assert(
      fc.property(anyPolicy, anyGrant, anyFacts, (rules, extra, given) => {
        if (isOpen(rules, given)) expect(isOpen({ ...rules, grants: [...rules.grants, extra] }, given)).toBe(true);
      }),
      runs,
    );
  });

  test('knowing less never opens', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, fc.constantFrom(...losses), (rules, given, lose) => {
        if (isOpen(rules, lose(given))) expect(isOpen(rules, given)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('the order of rules does not matter for the outcome', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (rules, given) => {
        const at = (line: number) => ({ file: 'postern.yaml', line, column: 1 });
        const turned = {
          ...rules,
          grants: rules.grants.map((one, index) => ({ ...one, at: at(100 - index) })),
          denials: rules.denials.map((one, index) => ({ ...one, at: at(50 - index) })),
        };
        expect(evaluate(turned, given).outcome).toBe(evaluate(rules, given).outcome);
      }),
      runs,
    );
  });

  test('a factor is asked for only when it opens the route, and then it does', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (rules, given) => {
        const decision = evaluate(rules, given);
        if (decision.outcome !== 'step_up') return;
        const { need } = decision;
        expect(need.methods.length).toBeGreaterThan(0);
        expect(isStepUpSatisfied(need, given.authentication?.provedAtMs ?? {}, nowMs)).toBe(false);
        for (const method of need.methods) {
          const provedAtMs = { ...given.authentication?.provedAtMs, [method]: nowMs };
          expect(isStepUpSatisfied(need, provedAtMs, nowMs)).toBe(true);
          // What a proof does to risk: its signals are answered.
          const risk =
            need.notBeforeMs === undefined ? given.risk : given.risk && { ...given.risk, score: 0, points: [] };
          const reopened = { ...given, authentication: { provedAtMs }, risk };
          const limits = rules.grants.every(({ risk: limit }) => limit === undefined || limit.below > 0);
          // Where a grant asks for a browser's proof alone, a doubt about the person is answered first, and that next.
          const isOfTwo =
            need.notBeforeMs !== undefined &&
            rules.grants.some(({ auth }) => auth?.methods.every((one) => one === 'registered_browser'));
          const outcomes = isOfTwo ? ['allow', 'step_up'] : ['allow'];
          if (limits) expect(outcomes).toContain(evaluate(rules, reopened).outcome);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a condition that breaks never opens, and never throws', () => {
    const broken = {
      names: ['broken'],
      contains: () => {
        throw new Error('broken');
      },
    };
    fc.assert(
      fc.property(anyPolicy, anyFacts, (rules, given) => {
        const all = {
          ...rules,
          grants: rules.grants.map((one) => ({ ...one, networks: broken })),
          denials: rules.denials.map((one) => ({ ...one, networks: broken })),
        };
        const decision = evaluate(all, given);
        if (!rules.isPublic) expect(decision.outcome).not.toBe('allow');
        if (decision.outcome === 'allow')
          for (const { verdict } of decision.trace.filter(({ effect }) => effect === 'deny'))
            expect(verdict).toBe('miss');
      }),
      runs,
    );
  });
});

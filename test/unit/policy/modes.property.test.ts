import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RuleMode } from '../../../src/decision/decision.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import type { Denial, Grant, Rollout, RoutePolicy } from '../../../src/policy/rule.ts';
import { anyFacts, anyPolicy } from '../../support/judgement-arbitraries.ts';

/** A rule in another mode; a rule that is staged needs to say for whom. */
function inMode<Rule extends Grant | Denial>(rule: Rule, mode: RuleMode | undefined, percent = 50): Rule {
  const rollout: Rollout = { percent, by: 'user', include: new Set(), exclude: new Set() };
  return { ...rule, mode, rollout: mode === 'partial' ? rollout : undefined };
}

/** What a person notices of a decision: everything but the trace. */
function seenOf(policy: RoutePolicy, facts: Parameters<typeof evaluate>[1]) {
  const decision = evaluate(policy, facts);
  switch (decision.outcome) {
    case 'allow':
      return { outcome: decision.outcome, reason: decision.reason, rule: decision.grant?.rule };
    case 'deny':
      return {
        outcome: decision.outcome,
        reason: decision.reason,
        rule: decision.rule?.rule,
        checks: decision.checks,
        userMessage: decision.userMessage,
      };
    case 'step_up':
      return { outcome: decision.outcome, reason: decision.reason, need: decision.need };
    case 'sign_in':
      return { outcome: decision.outcome, reason: decision.reason };
  }
}

const index = fc.nat({ max: 20 });
/** One rule of a policy, put in another mode by `change`; the policy as it is when it has none of that effect. */
function withRule(
  policy: RoutePolicy,
  effect: 'grants' | 'denials',
  at: number,
  change: (rule: Grant | Denial) => Grant | Denial | undefined,
): RoutePolicy {
  const list: readonly (Grant | Denial)[] = policy[effect];
  if (list.length === 0) return policy;
  const changed = list.flatMap((rule, position) => {
    if (position !== at % list.length) return rule;
    return change(rule) ?? [];
  });
  return { ...policy, [effect]: changed };
}

const effect = fc.constantFrom('grants' as const, 'denials' as const);

describe('modes of rules', () => {
  test('a rule that is only reported changes nothing that anybody sees, wherever it stands', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, effect, index, (policy, facts, list, at) => {
        const reported = withRule(policy, list, at, (rule) => inMode(rule, 'report_only'));
        const without = withRule(policy, list, at, () => undefined);
        expect(seenOf(reported, facts)).toEqual(seenOf(without, facts));
      }),
      { numRuns: 1_000 },
    );
  });

  test('raising a percentage only adds people: to those let in by a grant, and to those kept out by a denial', () => {
    fc.assert(
      fc.property(
        anyPolicy,
        anyFacts,
        index,
        fc.nat({ max: 100 }),
        fc.nat({ max: 100 }),
        (policy, facts, at, one, other) => {
          const [low, high] = one < other ? [one, other] : [other, one];
          const lets = (list: 'grants' | 'denials', percent: number) =>
            evaluate(
              withRule(policy, list, at, (rule) => inMode(rule, 'partial', percent)),
              facts,
            ).outcome === 'allow';
          if (lets('grants', low)) expect(lets('grants', high)).toBe(true);
          if (lets('denials', high)) expect(lets('denials', low)).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('at 100 percent a rule acts as if it were enforced, at 0 as if it were only reported', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, effect, index, (policy, facts, list, at) => {
        // Without a person there is nothing to tell a bucket by.
        fc.pre(facts.person !== undefined);
        const seen = (mode: RuleMode, percent?: number) =>
          seenOf(
            withRule(policy, list, at, (rule) => inMode(rule, mode, percent)),
            facts,
          );
        expect(seen('partial', 100)).toEqual(seen('enforce'));
        expect(seen('partial', 0)).toEqual(seen('report_only'));
      }),
      { numRuns: 1_000 },
    );
  });
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openedBy } from '../../../../src/config/openings/opened-route.ts';
import type { Route } from '../../../../src/config/route.ts';
import { evaluate } from '../../../../src/policy/evaluate.ts';
import type { RoutePolicy } from '../../../../src/policy/rule.ts';
import { anyDenial, anyFacts, anyGrant, anyPolicy } from '../../../support/judgement-arbitraries.ts';

function routeOf(policy: RoutePolicy): Route {
  const shared = { name: 'payroll', allowWebsockets: false, corsOrigins: new Set(), removeRequestHeaders: new Set() };
  return { ...shared, policy } as unknown as Route;
}

/** Of each key of a rule: as it was, as another rule has it, or gone. */
function edited<Rule extends object>(rule: Rule, other: Rule, choices: readonly number[]): Rule {
  const keys = Object.keys(rule).filter((key) => !['id', 'at', 'effect'].includes(key));
  const entries = keys.map((key, at) => {
    const choice = choices[at % choices.length] ?? 0;
    return [key, choice < 7 ? Reflect.get(rule, key) : choice === 7 ? Reflect.get(other, key) : undefined];
  });
  return { ...rule, ...Object.fromEntries(entries) };
}

const choices = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 5, maxLength: 12 });
const isKept = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });

test('what names no opening opens nothing, whoever asks', () => {
  let [unopened, narrowed] = [0, 0];
  fc.assert(
    fc.property(
      anyPolicy,
      fc.array(anyGrant, { minLength: 4, maxLength: 4 }),
      fc.array(anyDenial, { minLength: 3, maxLength: 3 }),
      choices,
      isKept,
      fc.boolean(),
      fc.array(anyFacts, { minLength: 8, maxLength: 8 }),
      (old, grants, denials, choice, kept, isPublic, asked) => {
        const next: RoutePolicy = {
          ...old,
          isPublic: old.isPublic && isPublic,
          grants: old.grants.flatMap((grant, at) =>
            kept[at] === false ? [] : [edited(grant, grants[at] ?? grant, choice)],
          ),
          denials: old.denials.map((denial, at) => edited(denial, denials[at] ?? denial, [...choice].reverse())),
        };
        if ([...openedBy(routeOf(next), routeOf(old))].length > 0) return true;
        unopened += 1;
        return asked.every((facts) => {
          const [before, after] = [evaluate(old, facts).outcome, evaluate(next, facts).outcome];
          if (before === 'allow' && after !== 'allow') narrowed += 1;
          return after !== 'allow' || before === 'allow';
        });
      },
    ),
    { numRuns: 300 },
  );
  // It says so often enough, also of what really takes something away.
  expect(unopened).toBeGreaterThan(30);
  expect(narrowed).toBeGreaterThan(10);
});

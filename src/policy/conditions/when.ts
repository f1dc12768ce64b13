import { Fault } from '../../decision/fault.ts';
import type { Condition } from '../condition.ts';
import { checkExpression } from '../expression/compile-expression.ts';
import type { Expression } from '../rule-values.ts';
import { describeGrantCondition } from './condition-descriptor.ts';
import { claimWords } from './fact-words.ts';

/** The expression holds. It throws when it fails, and then the condition has failed. */
function whenCondition(expression: Expression): Condition {
  return {
    key: 'when',
    check: (facts) => {
      const holds = expression.evaluate(facts);
      if (holds === undefined) return 'unknown';
      return holds ? 'hit' : 'miss';
    },
  };
}

/** What nobody knows where nobody has made the request. */
const unknownRoots: ReadonlySet<string> = new Set(['request', 'device']);

/** `when`: an expression in CEL. */
export const when = describeGrantCondition({
  key: 'when',
  description: 'Only when this condition in CEL holds. See docs/rules.md for the facts that it can read.',
  schema: ({ expression }) => expression,
  compile: (source, { positionOf }, path): Expression => {
    const checked = checkExpression(source);
    if (checked.outcome === 'checked') return checked.compile(positionOf(path));
    throw new Fault('internal', 'A condition was compiled that had not been checked.');
  },
  conditionOf: whenCondition,
  speaksOf: 'situation',
  isOfPeople: false,
  saysWho: true,
  claimsRead: ({ claims }) => claims,
  groupsNamed: ({ groups }) => groups,
  withoutRequest: (expression) =>
    expression.reads.some((root) => unknownRoots.has(root)) ? { ...expression, evaluate: () => undefined } : expression,
  isNoWider: (own, { source }) => own?.source === source,
  demands: ({ source }, before) => (before.some((one) => one.source === source) ? [] : [`when ${source}`]),
  situations: ({ reads }) => ({ isTimed: reads.includes('now') }),
  factsRead: (facts, { value }, wording) => [
    ...(value === undefined ? [] : [`when ${value.source}`]),
    claimWords(facts, wording),
  ],
  obstacle: 'condition_not_met',
  wanted: (expression) => `when ${expression?.source ?? 'the condition holds'}`,
  lacking: {
    english: 'A condition that its owner has set',
    german: 'Eine Bedingung, die die Verantwortlichen gesetzt haben',
  },
});

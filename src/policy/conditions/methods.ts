import * as z from 'zod';
import type { Condition } from '../condition.ts';
import { isWithin } from '../is-within.ts';
import { describeGrantCondition } from './condition-descriptor.ts';
import { listed } from './fact-words.ts';
import { shared } from './share-conditions.ts';

/** The request's method is one of these. Methods are compared exactly (RFC 9110 §9.1). */
function methodsCondition(wanted: ReadonlySet<string>): Condition {
  return { key: 'methods', check: ({ request }) => (wanted.has(request.method) ? 'hit' : 'miss') };
}

/** `methods`: request methods in upper case, any one of which will do. */
export const methods = describeGrantCondition({
  key: 'methods',
  description: 'Any one of these request methods.',
  schema: ({ method }) => z.array(method).min(1),
  compile: (names, { setOf }): ReadonlySet<string> => setOf(names) ?? new Set(),
  conditionOf: shared(methodsCondition),
  speaksOf: 'request',
  isOfPeople: false,
  saysWho: false,
  isNoWider: isWithin,
  comparedAs: 'list',
  factsRead: ({ request }) => [`method ${request.method}`],
  obstacle: 'method_not_granted',
  wanted: (names) => `method ${listed(names)}`,
  lacking: {
    english: 'Another kind of request: this one is not open to you',
    german: 'Eine andere Art von Anfrage: diese ist für Sie nicht freigegeben',
  },
});

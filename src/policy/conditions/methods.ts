import type { Condition } from '../condition.ts';

/** The request's method is one of these. Methods are compared exactly (RFC 9110 §9.1). */
export function methodsCondition(wanted: ReadonlySet<string>): Condition {
  return { key: 'methods', check: ({ request }) => (wanted.has(request.method) ? 'hit' : 'miss') };
}

import { checkExpression } from '../../policy/expression/compile-expression.ts';
import type { KeyPath } from '../problem.ts';
import type { CheckContext } from './check-context.ts';

/**
 * What all conditions of a route may take together for one request, in steps of some tens of nanoseconds: every rule of a
 * route is asked on each request.
 */
const stepsOfRoute = 1_000_000;

/** The conditions of a route must not add up to what holds up everybody's requests. */
export function checkConditions({ draft, reporter }: CheckContext): void {
  for (const [index, route] of (draft.routes ?? []).entries()) {
    const required = stepsOf(draft.segments?.[route?.segment ?? '']?.require?.when);
    let steps = 0;
    let largest: { readonly steps: number; readonly path: KeyPath } | undefined;
    for (const effect of ['allow', 'deny'] as const) {
      for (const [at, rule] of (route?.[effect] ?? []).entries()) {
        const own = stepsOf(rule?.when);
        steps += own + (effect === 'allow' ? required : 0);
        if (own > (largest?.steps ?? 0)) largest = { steps: own, path: ['routes', index, effect, at, 'when'] };
      }
    }
    if (steps <= stepsOfRoute) continue;
    const amounts = [steps, stepsOfRoute].map((amount) => amount.toLocaleString('en-US'));
    const message = `the conditions of this route could take ${amounts[0]} steps together on one request, and ${amounts[1]} are the most`;
    reporter.report(largest?.path ?? ['routes', index, 'segment'], 'P058', message, {
      help: 'this one costs the most: use groups: for groups that are listed, or make one loop of several',
    });
  }
}

function stepsOf(when: string | undefined): number {
  if (when === undefined) return 0;
  const checked = checkExpression(when);
  return checked.outcome === 'checked' ? checked.steps : 0;
}

import { LRUCache } from 'lru-cache';
import type { Route } from '../config/route.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import { failureOf } from '../policy/expression/compile-expression.ts';
import type { ConditionFailure } from '../policy/rule-outcome.ts';

const everyMs = 60_000;
const rememberedRules = 1_000;

/** Counts every condition that broke, and logs one a minute for each rule: a broken rule is asked on every request. */
export function createConditionFailures(parts: {
  /** Counts a rule, named `route/rule`. */
  readonly metrics: { conditionFailed(rule: string): void };
  readonly log: { warn(fields: object, message: string): void };
  readonly now: () => number;
}): (route: Pick<Route, 'name'>, failure: ConditionFailure, decisionId: DecisionId | undefined) => void {
  const told = new LRUCache<string, number>({ max: rememberedRules });
  return (route, { rule, key, thrown }, decisionId) => {
    const name = `${route.name}/${rule.id}`;
    parts.metrics.conditionFailed(name);
    const nowMs = parts.now();
    const lastMs = told.get(name);
    if (lastMs !== undefined && nowMs - lastMs < everyMs) return;
    told.set(name, nowMs);
    const at = `${rule.at.file}:${rule.at.line}`;
    parts.log.warn(
      { decision_id: decisionId, rule: name, key, at, detail: failureOf(thrown) },
      'A condition broke; a grant misses by it, a denial closes.',
    );
  };
}

import type { ConditionKey } from '../../decision/decision.ts';
import type { Facts } from '../../decision/facts.ts';
import { conditionNamed, conditionsOf } from '../../policy/conditions/conditions-of-rule.ts';
import type { Grant } from '../../policy/rule.ts';
import { wording } from './recorded-time.ts';

/**
 * The facts that a condition read, in words with values, sources and ages. @param isMet whether it held: of a device that
 * passes all checks are told, of one that does not, those that fail. @param grant the rule, where its configuration is at hand.
 */
export function factsBehind(
  key: ConditionKey,
  facts: Facts,
  isMet: boolean,
  grant: Grant | undefined,
): readonly string[] {
  const own = grant === undefined ? [] : conditionsOf(grant);
  const value = own.find(({ condition }) => condition.key === key)?.value;
  return conditionNamed(key)?.factsRead(facts, { value, isMet }, wording) ?? [];
}

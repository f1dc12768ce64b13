import { conditionsFor } from '../../../policy/conditions/conditions-of-rule.ts';
import type { Configuration } from '../../schema/configuration-schema.ts';

export type RouteSettings = Configuration['routes'][number];
export type GrantSettings = RouteSettings['allow'][number];
export type DenialSettings = RouteSettings['deny'][number];

const keys: ReadonlySet<string> = new Set(
  [...conditionsFor('allow'), ...conditionsFor('deny')].map(({ condition }) => condition.key),
);

/** The conditions of a rule by key, those too that the comparisons here know nothing of. */
export function conditionsIn(rule: GrantSettings | DenialSettings): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(rule).filter(([key, value]) => value !== undefined && keys.has(key)));
}

/** True when the rule acts on everyone whom it names: not off, on trial or for a share of people. */
export function isEnforced(rule: GrantSettings | DenialSettings): boolean {
  const { mode, rollout } = rule as { readonly mode?: unknown; readonly rollout?: unknown };
  return (mode === undefined || mode === 'enforce') && rollout === undefined;
}

/** True when every one of `some` is among `all`. */
export function isWithin(some: readonly string[], all: readonly string[]): boolean {
  return some.every((one) => all.includes(one));
}

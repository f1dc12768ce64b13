import { conditionsFor } from '../../policy/conditions/conditions-of-rule.ts';
import { isWithin } from '../../policy/is-within.ts';
import type { Denial, Grant, SegmentRequirement } from '../../policy/rule.ts';
import { isSameMeaning } from './same-meaning.ts';

type Rule = Grant | Denial;
type Keys = SegmentRequirement['keys'] | Denial;

/** What is compared apart, or means nothing here. */
const heads = ['id', 'at', 'effect', 'mode', 'rollout', 'segment', 'userMessage'];

/** Whatever the new grant opens, the old one opened as well. False where that is not certain. */
export function isNoWider(grant: Grant, old: Grant): boolean {
  if (grant.mode === 'report_only') return true;
  if (!actsOnNoMore(grant, old) || !meetsNoMore(grant, old)) return false;
  // Without services it is for people alone, with some for these alone.
  if ((grant.services === undefined) !== (old.services === undefined)) return false;
  // A grant without a limit of its own takes the levels of risk, which may be the stricter.
  if ((grant.risk === undefined) !== (old.risk === undefined)) return false;
  return old.segment === undefined || isRequirementKept(grant.segment?.keys, old.segment.keys);
}

/** What the old grant's segment required is still required. */
function isRequirementKept(keys: SegmentRequirement['keys'] | undefined, old: SegmentRequirement['keys']): boolean {
  return keys !== undefined && meetsNoMore(keys, old);
}

/** Whatever the old denial closed, the new one closes as well. False where that is not certain. */
export function isNoNarrower(denial: Denial, old: Denial): boolean {
  if (old.mode === 'report_only') return true;
  return actsOnNoMore(old, denial) && meetsNoMore(old, denial);
}

/** Whoever and whatever meets the one meets the other. What is no key of rules, and not known here, must be the same. */
function meetsNoMore<Rule extends Keys>(one: Rule, other: Rule): boolean {
  const rest = new Set([...Object.keys(one), ...Object.keys(other)].filter((property) => !heads.includes(property)));
  for (const { property, condition } of conditionsFor(other.effect)) {
    rest.delete(property);
    const own: unknown = Reflect.get(one, property);
    const wanted: unknown = Reflect.get(other, property);
    if (wanted === undefined) continue;
    if (!(condition.isNoWider?.(own, wanted) ?? isSameMeaning(own, wanted))) return false;
  }
  return [...rest].every((property) => isSameMeaning(Reflect.get(one, property), Reflect.get(other, property)));
}

/** The one acts on nobody on whom the other does not act. */
function actsOnNoMore(one: Rule, other: Rule): boolean {
  if (other.mode === undefined || other.mode === 'enforce') return true;
  if (one.mode === 'report_only') return true;
  if (other.mode === 'report_only' || one.mode !== 'partial') return false;
  const [mine, theirs] = [one.rollout, other.rollout];
  // Whom a percentage means depends on the rule's id.
  if (mine === undefined || theirs === undefined || one.id !== other.id || mine.by !== theirs.by) return false;
  if (mine.by === 'group' && !isSameMeaning(one.groups, other.groups)) return false;
  return (
    mine.percent <= theirs.percent && isWithin(mine.include, theirs.include) && isWithin(theirs.exclude, mine.exclude)
  );
}

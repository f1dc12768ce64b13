import type { AuthenticationMethod } from '../../../decision/decision.ts';
import type { ConditionDescriptor } from '../../../policy/conditions/condition-descriptor.ts';
import { conditionsFor } from '../../../policy/conditions/conditions-of-rule.ts';
import { isEnding } from '../../../policy/risk-response.ts';
import type { RiskResponse } from '../../../policy/rule.ts';
import { isPatternWithin } from './path-reach.ts';
import { conditionsIn, type DenialSettings, type GrantSettings, isEnforced, isWithin } from './rule-keys.ts';

/** What comparing rules needs to know beside them. */
export interface CoverContext {
  /** The whole route as a path pattern: what a rule without `paths` speaks of. */
  readonly scope: string;
  readonly risk: RiskResponse;
  readonly stepUpMethods: readonly AuthenticationMethod[];
}

/** Keys of which any one of several values will do. */
const lists = comparedAs('list');
/** Keys with one value. */
const texts = comparedAs('text');
const deniable: ReadonlySet<string> = new Set(['paths', ...lists, ...texts]);
const comparable: ReadonlySet<string> = new Set(['paths', 'auth', 'risk', ...lists, ...texts]);

function comparedAs(kind: ConditionDescriptor['comparedAs']): readonly string[] {
  const all = [...conditionsFor('allow'), ...conditionsFor('deny')];
  const keys = all.flatMap(({ condition }) => (condition.comparedAs === kind ? [condition.key] : []));
  return [...new Set(keys)];
}

/** Each list and each text that the wider rule names, the narrower one names too, and not more of it. */
function areNamesWithin(narrow: GrantSettings, wide: GrantSettings | DenialSettings): boolean {
  return (
    texts.every((key) => Reflect.get(wide, key) === undefined || Reflect.get(wide, key) === Reflect.get(narrow, key)) &&
    lists.every((key) => {
      const [some, all]: readonly (readonly string[] | undefined)[] = [
        Reflect.get(narrow, key),
        Reflect.get(wide, key),
      ];
      return all === undefined || (some !== undefined && isWithin(some, all));
    })
  );
}

/**
 * True when the denial closes whatever the grant opens: each of its conditions holds wherever the grant's hold. Said
 * only where that is certain, so a condition that is not compared here (risk, a device's failing, an expression)
 * makes it a no; conditions of the grant alone only narrow it further.
 */
export function alwaysCloses(denial: DenialSettings, grant: GrantSettings, context: CoverContext): boolean {
  if (!isEnforced(denial) || [...conditionsIn(denial).keys()].some((key) => !deniable.has(key))) return false;
  return areNamesWithin(grant, denial) && arePathsWithin(grant.paths, denial.paths, context, 'loose');
}

/**
 * True when the later grant changes no decision: wherever it holds, the earlier one does, key by key; so it never
 * comes nearer than the earlier one when neither holds, and asks for no other proof.
 */
export function addsNothing(later: GrantSettings, earlier: GrantSettings, context: CoverContext): boolean {
  if (!isEnforced(later) || !isEnforced(earlier)) return false;
  return (
    areNamesWithin(later, earlier) &&
    arePathsWithin(later.paths, earlier.paths, context, 'exact') &&
    isProofWithin(later, earlier, context) &&
    isRiskWithin(later, earlier, context) &&
    areOthersEqual(later, earlier)
  );
}

/** Keys that are not compared must be the same on both sides: a narrower one could break, and that is an answer of its own. */
function areOthersEqual(later: GrantSettings, earlier: GrantSettings): boolean {
  const one = conditionsIn(later);
  const other = conditionsIn(earlier);
  for (const key of new Set([...one.keys(), ...other.keys()])) {
    if (!comparable.has(key) && JSON.stringify(one.get(key)) !== JSON.stringify(other.get(key))) return false;
  }
  return true;
}

function arePathsWithin(
  inner: readonly string[] | undefined,
  outer: readonly string[] | undefined,
  { scope }: CoverContext,
  comparison: 'exact' | 'loose',
): boolean {
  if (outer === undefined) return true;
  const spell = (pattern: string) => (comparison === 'loose' ? pattern.toLowerCase() : pattern);
  return (inner ?? [scope]).every((one) => outer.some((other) => isPatternWithin(spell(one), spell(other))));
}

function isProofWithin(later: GrantSettings, earlier: GrantSettings, { stepUpMethods }: CoverContext): boolean {
  if (earlier.auth === undefined) {
    // A step-up for risk offers the methods of every grant that it would open.
    return later.auth === undefined || isWithin(later.auth.methods, stepUpMethods);
  }
  if (later.auth === undefined || !isWithin(later.auth.methods, earlier.auth.methods)) return false;
  return earlier.auth.max_age === undefined || (later.auth.max_age ?? Number.POSITIVE_INFINITY) <= earlier.auth.max_age;
}

/** Compares limits of risk; a grant without one has those of the levels. */
function isRiskWithin(later: GrantSettings, earlier: GrantSettings, { risk }: CoverContext): boolean {
  const narrow = later.risk?.below;
  const wide = earlier.risk?.below;
  if (narrow === wide) return true;
  const level = risk.medium === 'allow' ? risk.highFrom : Math.min(risk.mediumFrom, risk.highFrom);
  // Where a session may end, which grant missed on risk tells whether it does: both must miss there.
  const endsFrom = isEnding(risk.medium) ? level : risk.highFrom;
  return (narrow ?? level) <= (wide ?? level) && (wide ?? level) <= endsFrom;
}

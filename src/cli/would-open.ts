import type { ConditionKey, Decision, RuleResult } from '../decision/decision.ts';
import type { Facts } from '../decision/facts.ts';
import type { Absent } from '../policy/conditions/condition-words.ts';
import { grantCondition, valuesOf } from '../policy/conditions/conditions-of-rule.ts';
import type { Grant, RoutePolicy } from '../policy/rule.ts';
import { wording } from './explain/recorded-time.ts';

/** What would have to be otherwise for a yes, in words with values: of the denial that closes, otherwise of the grant that comes nearest. */
export function wouldOpen(
  policy: RoutePolicy,
  decision: Decision,
  facts: Facts,
  /** What is said of a fact that there is none of. */
  absent: Absent = 'not given',
): readonly string[] {
  if (decision.outcome === 'allow' || decision.outcome === 'sign_in') return [];
  if (decision.outcome === 'deny' && decision.rule?.effect === 'deny')
    return [
      `the denial ${decision.rule.rule} must not apply${decision.rule.verdict === 'unknown' ? ` (that depends on facts that are ${absent})` : ''}`,
    ];
  const nearest =
    decision.outcome === 'deny' && decision.rule !== undefined
      ? decision.rule
      : decision.trace.filter(({ effect }) => effect === 'allow').toSorted((a, b) => distanceOf(a) - distanceOf(b))[0];
  const grant = policy.grants.find(({ id }) => id === nearest?.rule);
  if (nearest === undefined || grant === undefined) return [];
  const asked = obstacles(nearest).flatMap((key) => wordsFor(key, grant, facts, absent));
  return [...new Set([...mustAct(nearest, grant), ...asked])];
}

/** What does not act on somebody opens nothing to them, whatever else they bring. */
function mustAct({ rule, isActing, mode, bucket }: RuleResult, { rollout }: Grant): readonly string[] {
  if (isActing !== false) return [];
  if (mode === 'report_only') return [`the grant ${rule} must be enforced (it is report_only)`];
  const drawn = bucket === undefined ? 'partial, and no bucket was drawn' : `bucket ${bucket} of 100`;
  const share = bucket === undefined || rollout === undefined ? '' : `; its rollout acts below ${rollout.percent}`;
  return [`the grant ${rule} must act here (${drawn}${share})`];
}

/** What each who asks for a key wants of it: the grant, its segment, or both. Where neither does, the configuration's levels do. */
function wordsFor(key: ConditionKey, grant: Grant, facts: Facts, absent: Absent): readonly string[] {
  const condition = grantCondition(key);
  if (condition === undefined) return [];
  const values = valuesOf(grant, key);
  const asked = values.length === 0 ? [undefined] : values;
  return asked.map((value) => condition.wanted(value, facts, absent, wording));
}

function distanceOf(result: RuleResult): number {
  return obstacles(result).length + (result.isActing === false ? 1 : 0);
}

function obstacles({ conditions }: RuleResult): readonly ConditionKey[] {
  return conditions.filter(({ verdict }) => verdict !== 'hit').map(({ key }) => key);
}

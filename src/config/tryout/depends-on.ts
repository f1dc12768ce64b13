import type { ConditionKey, Decision, RuleResult } from '../../decision/decision.ts';
import type { Facts, RiskFacts } from '../../decision/facts.ts';
import { createActing } from '../../policy/acting.ts';
import { conditionNamed, conditionsOf } from '../../policy/conditions/conditions-of-rule.ts';
import { evaluate } from '../../policy/evaluate.ts';
import type { Denial, Grant, RoutePolicy, SegmentRequirement } from '../../policy/rule.ts';
import type { Given } from './policy-test.ts';

/** Something that was not given and that may turn out either way, for the grants or for the denials of a route. */
interface Open {
  readonly effect: RuleResult['effect'];
  /** `rollout`: on whom a staged rule acts. */
  readonly key: ConditionKey | 'rollout';
}

/** Every combination of so many is tried; of more, each alone, each pair and all. */
const mostCombined = 6;
const noRisk: RiskFacts = { source: 'hypothesis', asOfMs: 0, score: 0, points: [] };

/**
 * What an answer depends on that was not given: the least with which another answer comes out. Empty: the answer, and
 * the reason of a no, stay the same whatever the rest turns out to be.
 */
export function dependenciesOf(policy: RoutePolicy, facts: Facts, given: Given, decision: Decision): readonly string[] {
  const open = openIn(policy, facts, given, decision);
  for (const holding of combinations(open)) {
    if (isSameAnswer(answerWhere(policy, facts, open, new Set(holding)), decision)) continue;
    const keys = holding.length === 0 ? open : holding;
    return [...new Set(keys.map(({ key }) => key))];
  }
  return [];
}

/** Every answer that may come out, each once. A score is more than good or bad: what is over one limit may end the session by another. */
export function possibleAnswers(
  policy: RoutePolicy,
  facts: Facts,
  given: Given,
  decision: Decision,
): readonly Decision[] {
  const open = openIn(policy, facts, given, decision);
  const hasOpenRisk = facts.risk === undefined && open.some(({ key }) => key === 'risk');
  const others = hasOpenRisk ? open.filter(({ key }) => key !== 'risk') : open;
  const risks = hasOpenRisk ? scoresThatDiffer(policy).map((score) => supposedRisk(score, facts)) : [facts.risk];
  const answers: Decision[] = [];
  for (const holding of others.length === 0 ? [[]] : combinations(others)) {
    for (const risk of risks) {
      const other = answerWhere(policy, { ...facts, risk }, others, new Set(holding));
      if (!answers.some((one) => isSameAnswer(one, other))) answers.push(other);
    }
  }
  return answers;
}

function isSameAnswer(one: Decision, other: Decision): boolean {
  return one.outcome === other.outcome && (one.outcome !== 'deny' || one.reason === other.reason);
}

/** A score on either side of every limit that the route knows. */
function scoresThatDiffer({ grants, denials, riskResponse }: RoutePolicy): readonly number[] {
  const limits = [
    ...grants.flatMap((grant) => [grant.risk?.below, grant.segment?.keys.risk?.below]),
    ...denials.map((denial) => (denial.risk === undefined ? undefined : denial.risk.above + 1)),
    riskResponse.mediumFrom,
    riskResponse.highFrom,
  ];
  return [...new Set([0, ...limits.filter((limit) => limit !== undefined), 100])];
}

function supposedRisk(score: number, { request: { nowMs: sinceMs } }: Facts): RiskFacts {
  const points = score === 0 ? [] : [{ signal: 'hypothesis', points: score, sinceMs, detail: 'supposed' }];
  return { source: 'hypothesis', asOfMs: sinceMs, score, points };
}

function openIn(policy: RoutePolicy, facts: Facts, given: Given, { trace, reason }: Decision): readonly Open[] {
  const found = new Map<string, Open>();
  const note = (one: Open) => found.set(`${one.effect} ${one.key}`, one);
  for (const { effect, verdict, conditions } of trace) {
    if (effect === 'deny' && verdict === 'miss') continue;
    for (const { key, verdict: of } of conditions) {
      if (of !== 'unknown' || isGiven(key, given) || (key === 'when' && reason === 'policy_error')) continue;
      note({ effect, key });
    }
  }
  for (const rule of [...policy.grants, ...policy.denials])
    if (isDrawOpen(policy, rule, facts) && !isDrawGiven(rule, given)) note({ effect: rule.effect, key: 'rollout' });
  return [...found.values()];
}

/** What is given and unknown all the same stays so: no device, an address that nobody vouches for, no such claim. */
function isGiven(key: ConditionKey, given: Given): boolean {
  return conditionNamed(key)?.isSettledBy?.(given) ?? false;
}

/** A staged rule that may act or not, where nothing is given to tell by. */
function isDrawOpen({ route }: RoutePolicy, rule: Grant | Denial, facts: Facts): boolean {
  if (rule.mode !== 'partial') return false;
  const acting = createActing(route, rule);
  return acting?.(facts).acts === 'unknown';
}

/** Nobody without a group, and nothing without a device, is in a stage by these; which is as good as an answer. */
function isDrawGiven({ rollout }: Grant | Denial, given: Given): boolean {
  return rollout?.by === 'group' ? given.groups !== undefined : rollout?.by === 'device' && isGiven('device', given);
}

function* combinations(open: readonly Open[]): Generator<readonly Open[]> {
  if (open.length === 0) return;
  if (open.length <= mostCombined) {
    const all = Array.from({ length: 2 ** open.length }, (_, bits) => open.filter((_one, at) => (bits >> at) & 1));
    yield* all.sort((one, other) => one.length - other.length);
    return;
  }
  yield [];
  for (const one of open) yield [one];
  for (const [at, one] of open.entries()) for (const other of open.slice(at + 1)) yield [one, other];
  yield open;
}

/** The answer where these turn out to hold and the other open ones do not. */
function answerWhere(policy: RoutePolicy, facts: Facts, open: readonly Open[], holding: ReadonlySet<Open>): Decision {
  const keysOf = (effect: Open['effect']) =>
    new Set([...holding].filter((one) => one.effect === effect).map(({ key }) => key));
  const [granted, denied] = [keysOf('allow'), keysOf('deny')];
  const isDrawn = (effect: Open['effect']) => open.some((one) => one.effect === effect && one.key === 'rollout');
  const isOpenInDenials = new Set(open.filter(({ effect }) => effect === 'deny').map(({ key }) => key));
  const supposed: RoutePolicy = {
    ...policy,
    grants: policy.grants
      .flatMap((grant) => supposeDraw(grant, granted, isDrawn('allow'), policy, facts))
      .map((grant) => ({
        ...without(grant, granted),
        ...(grant.segment === undefined
          ? {}
          : { segment: { ...grant.segment, keys: without(grant.segment.keys, granted) } }),
      })),
    denials: policy.denials
      .flatMap((denial) => supposeDraw(denial, denied, isDrawn('deny'), policy, facts))
      .filter((denial) => !misses(denial, policy, facts, isOpenInDenials, denied))
      .map((denial) => without(denial, denied)),
  };
  return evaluate(supposed, granted.has('risk') ? { ...facts, risk: noRisk } : facts);
}

function supposeDraw<Rule extends Grant | Denial>(
  rule: Rule,
  holding: ReadonlySet<Open['key']>,
  isSupposed: boolean,
  policy: RoutePolicy,
  facts: Facts,
): readonly Rule[] {
  if (!isSupposed || !isDrawOpen(policy, rule, facts)) return [rule];
  return holding.has('rollout') ? [{ ...rule, mode: undefined, rollout: undefined }] : [];
}

/** A denial with something open that does not hold. Asked alone, since which of its keys are open depends on nothing else. */
function misses(
  denial: Denial,
  policy: RoutePolicy,
  facts: Facts,
  open: ReadonlySet<Open['key']>,
  holding: ReadonlySet<Open['key']>,
): boolean {
  const { trace } = evaluate({ ...policy, grants: [], denials: [denial] }, facts);
  return (trace[0]?.conditions ?? []).some(
    ({ key, verdict }) => verdict === 'unknown' && open.has(key) && !holding.has(key),
  );
}

/** A rule that no longer asks for these: they hold. */
function without<Keys extends SegmentRequirement['keys'] | Denial>(rule: Keys, keys: ReadonlySet<Open['key']>): Keys {
  const asked = conditionsOf(rule).filter(({ condition }) => keys.has(condition.key));
  if (asked.length === 0) return rule;
  return { ...rule, ...Object.fromEntries(asked.map(({ property }) => [property, undefined])) };
}

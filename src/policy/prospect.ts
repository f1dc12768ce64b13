import type { ConditionKey, RuleResult, SourcePosition } from '../decision/decision.ts';
import type { AuthenticationFacts, Facts, PersonFacts, RequestFacts, RiskFacts } from '../decision/facts.ts';
import type { ReasonCode } from '../decision/reason.ts';
import { type ConditionOfRule, conditionsOf, type NamedCondition } from './conditions/conditions-of-rule.ts';
import { evaluate } from './evaluate.ts';
import type { Denial, Grant, RoutePolicy, SegmentRequirement } from './rule.ts';

/** What a person may expect of a route, without a request: `now` only where a live session would pass at this moment. */
export interface Prospect {
  readonly access: 'now' | 'conditional' | 'no';
  /** The grant that lets them in, or what keeps them out; `undefined` for a public route, and where no rule is near. */
  readonly via: { readonly rule: string; readonly at: SourcePosition } | undefined;
  /** Why not; `undefined` unless `access` is `no`. */
  readonly reason: ReasonCode | undefined;
  /** What is still needed. Where `access` is `no`, a stage that does not act on them is all that it may be. */
  readonly needs: readonly Need[];
}

/** A thing that who one is does not settle. */
export type Need =
  | { readonly kind: 'sign_in' }
  /** A key of the grant that is not known to hold. */
  | { readonly kind: 'condition'; readonly key: ConditionKey }
  /** A denial that who one is does not rule out. */
  | { readonly kind: 'avoid'; readonly rule: string }
  /** A staged grant that would open it, and does not act on this person. */
  | { readonly kind: 'stage'; readonly rule: string; readonly bucket: number };

/** What a live session says beside who it is. */
export interface LiveFacts {
  readonly authentication: AuthenticationFacts;
  readonly risk: RiskFacts | undefined;
}

interface Views {
  /** The rules as far as who one is settles them: the best that any situation can bring. */
  readonly ofWho: RoutePolicy;
  /** The rules without what depends on the request alone. */
  readonly ofSituation: RoutePolicy;
  readonly grants: ReadonlyMap<string, Grant>;
}

/** What is asked of the rules: whether the person's claims are known, and whether a request is. */
type Question = `${'kept' | 'unknown'}${'' | ' request'}`;

const knownViews: Readonly<Record<Question, WeakMap<RoutePolicy, Views>>> = {
  kept: new WeakMap(),
  unknown: new WeakMap(),
  'kept request': new WeakMap(),
  'unknown request': new WeakMap(),
};

/**
 * What the rules of a route hold for a person. Pure; a few microseconds. What is not known (device, network, and
 * without a session everything but who it is) makes it `conditional`, never `now`.
 * @param request what they would ask for; absent: anything, since whoever may read something has access
 */
export function prospectOf(
  policy: RoutePolicy,
  person: PersonFacts,
  live: LiveFacts | undefined,
  nowMs: number,
  request?: Pick<RequestFacts, 'method' | 'path'>,
): Prospect {
  const claims = person.claims === undefined ? 'unknown' : 'kept';
  const { ofWho, ofSituation, grants } = viewsOf(policy, request === undefined ? claims : `${claims} request`);
  const { method, path } = request ?? { method: 'GET', path: '/' };
  const facts: Facts = {
    request: { method, path, address: '', nowMs },
    person,
    authentication: live?.authentication,
    device: undefined,
    risk: live?.risk,
  };
  // No rule is left that reads it; the level of risk that a grant takes by default does.
  const best = evaluate(ofWho, { ...facts, risk: noRisk });
  if (best.outcome !== 'allow') {
    const rule = best.outcome === 'deny' ? best.rule : undefined;
    const staged = rule?.effect === 'deny' ? undefined : stageAhead(best.trace);
    return { access: 'no', via: staged?.via ?? placeOf(rule), reason: best.reason, needs: staged?.needs ?? [] };
  }
  const asOfNow = evaluate(ofSituation, facts);
  if ((live !== undefined || policy.isPublic) && asOfNow.outcome === 'allow')
    return { access: 'now', via: placeOf(asOfNow.grant), reason: undefined, needs: [] };
  const needs = [
    ...(live === undefined && !policy.isPublic ? [{ kind: 'sign_in' } as const] : []),
    ...openConditions(best.grant, asOfNow.trace, grants),
    ...denialsToAvoid(asOfNow.trace),
  ];
  return { access: 'conditional', via: placeOf(best.grant), reason: undefined, needs };
}

const noRisk: RiskFacts = { source: 'hypothesis', asOfMs: 0, score: 0, points: [] };

/** A grant that holds for who one is, and is staged to others. */
function stageAhead(trace: readonly RuleResult[]): Pick<Prospect, 'via' | 'needs'> | undefined {
  for (const result of trace) {
    const { rule, effect, verdict, isActing, bucket } = result;
    if (effect !== 'allow' || verdict !== 'hit' || isActing !== false || bucket === undefined) continue;
    return { via: placeOf(result), needs: [{ kind: 'stage', rule, bucket }] };
  }
  return undefined;
}

function placeOf(rule: RuleResult | undefined): Prospect['via'] {
  return rule === undefined ? undefined : { rule: rule.rule, at: rule.at };
}

function openConditions(
  opening: RuleResult | undefined,
  trace: readonly RuleResult[],
  grants: ReadonlyMap<string, Grant>,
): readonly Need[] {
  if (opening === undefined) return [];
  const result = trace.find(({ effect, rule }) => effect === 'allow' && rule === opening.rule);
  const grant = grants.get(opening.rule);
  const isExplicitRisk = (grant?.risk ?? grant?.segment?.keys.risk) !== undefined;
  const open = (result?.conditions ?? [])
    .filter(({ key, verdict }) => verdict !== 'hit' && (key !== 'risk' || isExplicitRisk || verdict === 'miss'))
    .map(({ key }) => key);
  return [...new Set(open)].map((key) => ({ kind: 'condition', key }));
}

function denialsToAvoid(trace: readonly RuleResult[]): readonly Need[] {
  return trace
    .filter(({ effect, verdict, isActing }) => effect === 'deny' && verdict !== 'miss' && isActing !== false)
    .map(({ rule }) => ({ kind: 'avoid', rule }));
}

function viewsOf(policy: RoutePolicy, question: Question): Views {
  const known = knownViews[question].get(policy);
  if (known !== undefined) return known;
  const hasRequest = question.endsWith('request');
  const isUnasked = ({ condition }: NamedCondition) => !hasRequest && condition.speaksOf === 'request';
  // Claims that nobody knows may be what a rule asks for.
  const hasClaims = question.startsWith('kept');
  const isOfSituation = (named: NamedCondition) =>
    named.condition.speaksOf === 'situation' ||
    isUnasked(named) ||
    (!hasClaims && named.condition.claimsRead !== undefined);
  const views: Views = {
    ofWho: {
      ...policy,
      grants: policy.grants.map((grant) => without(grant, isOfSituation)),
      denials: policy.denials.filter((denial) => !hasAny(denial, isOfSituation)),
    },
    ofSituation: {
      ...policy,
      grants: policy.grants.map((grant) => grantAnywhere(without(grant, isUnasked))),
      denials: policy.denials.filter((denial) => !hasAny(denial, isUnasked)).map(withoutRequest),
    },
    grants: new Map(policy.grants.map((grant) => [grant.id, grant])),
  };
  knownViews[question].set(policy, views);
  return views;
}

function grantAnywhere(grant: Grant): Grant {
  const own = withoutRequest(grant);
  const { segment } = grant;
  return segment === undefined ? own : { ...own, segment: { ...segment, keys: withoutRequest(segment.keys) } };
}

/** Nobody has made a request: what speaks of one is not known. */
function withoutRequest<Rule extends SegmentRequirement['keys'] | Denial>(rule: Rule): Rule {
  return changed(rule, (one) => one.condition.withoutRequest?.(one.value) ?? one.value);
}

function hasAny(rule: Denial, isMeant: (named: NamedCondition) => boolean): boolean {
  return conditionsOf(rule).some(isMeant);
}

/** Without these keys, those of its segment included. */
function without(grant: Grant, isMeant: (named: NamedCondition) => boolean): Grant {
  const omit = <Rule extends SegmentRequirement['keys']>(rule: Rule) =>
    changed(rule, (one) => (isMeant(one) ? undefined : one.value));
  const own = omit(grant);
  const { segment } = grant;
  return segment === undefined ? own : { ...own, segment: { ...segment, keys: omit(segment.keys) } };
}

function changed<Rule extends SegmentRequirement['keys'] | Denial>(
  rule: Rule,
  newValueOf: (one: ConditionOfRule) => unknown,
): Rule {
  return Object.assign(
    { ...rule },
    Object.fromEntries(conditionsOf(rule).map((one) => [one.property, newValueOf(one)])),
  );
}

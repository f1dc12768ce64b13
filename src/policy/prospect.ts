import type { ConditionKey, RuleResult, SourcePosition } from '../decision/decision.ts';
import type { ReasonCode } from '../decision/reason.ts';
import { evaluate } from './evaluate.ts';
import type { AuthenticationFacts, Facts, PersonFacts, RequestFacts, RiskFacts } from './facts.ts';
import type { Denial, Expression, Grant, NetworkSet, RoutePolicy } from './rule.ts';

/** What a person may expect of a route, without a request: `now` only where a live session would pass at this moment. */
export interface Prospect {
  readonly access: 'now' | 'conditional' | 'no';
  /** The grant that lets them in, or what keeps them out; `undefined` for a public route, and where no rule is near. */
  readonly via: { readonly rule: string; readonly at: SourcePosition } | undefined;
  /** Why not; `undefined` unless `access` is `no`. */
  readonly reason: ReasonCode | undefined;
  /** What is still needed; empty unless `access` is `conditional`. */
  readonly needs: readonly Need[];
}

/** A thing that who one is does not settle. */
export type Need =
  | { readonly kind: 'sign_in' }
  /** A key of the grant that is not known to hold. */
  | { readonly kind: 'condition'; readonly key: ConditionKey }
  /** A denial that who one is does not rule out. */
  | { readonly kind: 'avoid'; readonly rule: string };

/** What a live session says beside who it is. */
export interface LiveFacts {
  readonly authentication: AuthenticationFacts;
  readonly risk: RiskFacts | undefined;
}

/**
 * The keys that speak of the situation and not of the person. A rule without them is settled by who one is; a rule key
 * that is in neither list counts as one that speaks of the person.
 */
const situationKeys = [
  'methods',
  'paths',
  'networks',
  'device',
  'deviceFails',
  'auth',
  'risk',
  'hours',
  'when',
] as const;
/** What only narrows which requests pass: somebody who may read is somebody with access. */
const requestKeys = ['methods', 'paths'] as const;

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
    return { access: 'no', via: placeOf(rule), reason: best.reason, needs: [] };
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
  const unasked: readonly string[] = hasRequest ? [] : requestKeys;
  // Claims that nobody knows may be what a rule asks for.
  const all = question.startsWith('kept') ? situationKeys : [...situationKeys, 'claims'];
  const situation = all.filter((key) => !hasRequest || !requestKeys.some((one) => one === key));
  const views: Views = {
    ofWho: {
      ...policy,
      grants: policy.grants.map((grant) => without(grant, situation)),
      denials: policy.denials.filter((denial) => !hasAny(denial, situation)),
    },
    ofSituation: {
      ...policy,
      grants: policy.grants.map((grant) => grantAnywhere(without(grant, unasked))),
      denials: policy.denials.filter((denial) => !hasAny(denial, unasked)).map(anywhereAt),
    },
    grants: new Map(policy.grants.map((grant) => [grant.id, grant])),
  };
  knownViews[question].set(policy, views);
  return views;
}

/** Nobody knows from where the person will come. A condition that fails is unknown: a grant misses, a denial closes. */
const anywhere: NetworkSet = {
  names: [],
  contains: () => {
    throw new RangeError('The address is not known.');
  },
};

function grantAnywhere(grant: Grant): Grant {
  const own = anywhereAt(grant);
  const { segment } = grant;
  return segment === undefined ? own : { ...own, segment: { ...segment, keys: anywhereAt(segment.keys) } };
}

function anywhereAt<Rule extends SituatedKeys>(rule: Rule): Rule {
  const { networks, when } = rule;
  if (networks === undefined && when === undefined) return rule;
  return {
    ...rule,
    networks: networks === undefined ? undefined : anywhere,
    when:
      when === undefined || !when.reads.some((root) => unknownRoots.has(root))
        ? when
        : { ...when, evaluate: unsettled },
  };
}

interface SituatedKeys {
  readonly networks: NetworkSet | undefined;
  readonly when?: Expression | undefined;
}

/** Nobody has made the request that these speak of. */
const unknownRoots: ReadonlySet<string> = new Set(['request', 'device']);

function unsettled(): undefined {
  return undefined;
}

function hasAny(rule: Grant | Denial, keys: readonly string[]): boolean {
  return keys.some((key) => Reflect.get(rule, key) !== undefined);
}

/** Without these keys, those of its segment included. */
function without(grant: Grant, keys: readonly string[]): Grant {
  const own = omit(grant, keys);
  const { segment } = grant;
  return segment === undefined ? own : { ...own, segment: { ...segment, keys: omit(segment.keys, keys) } };
}

function omit<Rule extends object>(rule: Rule, keys: readonly string[]): Rule {
  return Object.assign(
    { ...rule },
    Object.fromEntries(keys.filter((key) => key in rule).map((key) => [key, undefined])),
  );
}

import { isDeepStrictEqual } from 'node:util';
import { evaluateRoute, guardsOf } from '../access/evaluate-route.ts';
import type { RecordedDecision } from '../audit/facts-of-record.ts';
import type { Route } from '../config/route.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { Decision } from '../decision/decision.ts';
import type { Facts, PostureFacts } from '../decision/facts.ts';
import { claimsReadBy } from '../policy/claims-read.ts';
import { nameOf } from './list-access.ts';
import { postureOfRecord } from './posture-of-record.ts';

export type ReplayChange = 'newly_denied' | 'newly_allowed' | 'newly_step_up' | 'newly_sign_in';

/** What became of one recorded decision under another configuration. */
export type Replay =
  | { readonly outcome: 'same' }
  | {
      readonly outcome: 'different';
      readonly change: ReplayChange;
      readonly route: string;
      /** The rules that had a say, the likeliest cause first: ids within the route. */
      readonly rules: readonly string[];
      readonly reason: Decision['reason'];
      readonly person: string | undefined;
    }
  /** `why` completes "not comparable: ". */
  | { readonly outcome: 'not_comparable'; readonly why: string };

const changes: Readonly<Record<Decision['outcome'], ReplayChange>> = {
  deny: 'newly_denied',
  allow: 'newly_allowed',
  step_up: 'newly_step_up',
  sign_in: 'newly_sign_in',
};

const same: Replay = { outcome: 'same' };

/** A recorded decision, made again. */
export type SecondDecision =
  | { readonly outcome: 'decided'; readonly route: Route; readonly facts: Facts; readonly decision: Decision }
  /** `why` completes "not comparable: ". */
  | { readonly outcome: 'not_comparable'; readonly why: string };

/** Decides what was recorded once more, by another configuration. */
export function decideAgain(next: Snapshot, recorded: RecordedDecision): SecondDecision {
  if (!recorded.isByRules) return notComparable('no rule was asked (preflight, refused upgrade, a lock, or an outage)');
  const { host, facts } = recorded;
  const route = next.routeTable.find(host, facts.request.path);
  if (route === undefined) return notComparable('the route is gone');
  const routes = [route, ...guardsOf(next, route)];
  if (lacksClaims(routes, recorded)) return notComparable('claims missing from the record');
  const judged = judgeAgain(next, routes, facts);
  if (judged === undefined) return notComparable('device facts missing from the record');
  return { outcome: 'decided', route, facts: judged, decision: evaluateRoute(next, route, judged) };
}

/** Builds the replay of recorded decisions under `next`. @param running decides what they are compared with; without it, what was recorded. */
export function createReplay(next: Snapshot, running: Snapshot | undefined): (recorded: RecordedDecision) => Replay {
  const isRiskComparable = running === undefined || isDeepStrictEqual(running.risk.signals, next.risk.signals);
  return (recorded) => {
    const again = decideAgain(next, recorded);
    if (again.outcome === 'not_comparable') return again;
    const { route, facts, decision: after } = again;
    if (!isRiskComparable && (facts.risk?.points.length ?? 0) > 0)
      return notComparable('risk signals have other weights');
    const before = running === undefined ? undefined : decideBefore(running, recorded);
    if (before === 'not_comparable') return notComparable('device facts or claims missing from the record');
    if ((before?.outcome ?? recorded.outcome) === after.outcome) return same;
    return {
      outcome: 'different',
      change: changes[after.outcome],
      route: route.name,
      rules: rulesOf(before, after),
      reason: after.reason,
      person: facts.person === undefined ? undefined : nameOf(facts.person),
    };
  };
}

/** `undefined`: the running file has no such route, and what was recorded counts. */
function decideBefore(running: Snapshot, recorded: RecordedDecision): Decision | 'not_comparable' | undefined {
  const { host, facts } = recorded;
  const route = running.routeTable.find(host, facts.request.path);
  if (route === undefined) return undefined;
  const routes = [route, ...guardsOf(running, route)];
  if (lacksClaims(routes, recorded)) return 'not_comparable';
  const judged = judgeAgain(running, routes, facts);
  return judged === undefined ? 'not_comparable' : evaluateRoute(running, route, judged);
}

/** A record holds the claims that the rules of its time named, and no others. */
function lacksClaims(routes: readonly Route[], { facts, claimsRead }: RecordedDecision): boolean {
  return (
    facts.person !== undefined &&
    routes.some(({ policy }) => claimsReadBy(policy).some((claim) => !claimsRead.includes(claim)))
  );
}

/** The facts, with the postures of this configuration. `undefined`: the record does not hold what the route's rules read. */
function judgeAgain(snapshot: Snapshot, routes: readonly Route[], facts: Facts): Facts | undefined {
  const { device, request } = facts;
  const named = new Set(routes.flatMap(({ policy }) => policy.postures));
  if (device === undefined || named.size === 0) return facts;
  const postures: Record<string, PostureFacts> = {};
  for (const name of named) {
    const posture = snapshot.postures.get(name);
    const judged =
      posture && postureOfRecord(ownPosture(device.postures, name), posture, request.nowMs, facts.person !== undefined);
    if (judged === undefined) return undefined;
    postures[name] = judged;
  }
  return { ...facts, device: { ...device, postures } };
}

function ownPosture(postures: Readonly<Record<string, PostureFacts>>, name: string): PostureFacts | undefined {
  return Object.hasOwn(postures, name) ? postures[name] : undefined;
}

function rulesOf(before: Decision | undefined, after: Decision): readonly string[] {
  const all = [ruleOf(after), before === undefined ? undefined : ruleOf(before)];
  const asked = after.outcome === 'step_up' ? after.trace.filter(({ effect }) => effect === 'allow') : [];
  return [...new Set([...all, ...asked.map(({ rule }) => rule)].filter((rule) => rule !== undefined))];
}

function ruleOf(decision: Decision): string | undefined {
  switch (decision.outcome) {
    case 'allow':
      return decision.grant?.rule;
    case 'deny':
      return decision.rule?.rule;
    case 'sign_in':
    case 'step_up':
      return undefined;
  }
}

function notComparable(why: string): { readonly outcome: 'not_comparable'; readonly why: string } {
  return { outcome: 'not_comparable', why };
}

import type { Judgement, Question } from '../access/judge.ts';
import { authenticationMethods, type Decision } from '../decision/decision.ts';
import { reasonCatalogue } from '../decision/reason.ts';
import { denyByLock } from '../locks/lock.ts';
import type { LastOpening } from '../people/last-openings.ts';
import { originOn } from './arrival.ts';
import { endByJudgement } from './end-by-judgement.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { judgePaths } from './judge-paths.ts';
import type { Identity, Judged, Received, Routed } from './stages.ts';

/**
 * Asks the judge, and acts on what it says of the session: one that must end, ends before anything is answered.
 * A preflight carries no credentials by design and is settled by the route's `cors` alone (Fetch standard).
 */
export function authorize(
  routed: Extract<Routed, { outcome: 'app' }>,
  identity: Identity,
  question: Question,
  parts: GatewayParts,
): Judged | Promise<Judged> {
  const { received } = routed;
  const beganMs = parts.monotonicMs();
  const asked = judge(routed, question, parts);
  return 'then' in asked ? asked.then(conclude) : conclude(asked);

  function conclude(judgement: Judgement): Judged | Promise<Judged> {
    const { route, client } = routed;
    const { decision } = judgement;
    const decisionMs = parts.monotonicMs() - beganMs;
    parts.metrics.decided(route.index, decision.outcome, decision.reason, decisionMs);
    if (decision.reported !== undefined) countReported(route.index, decision.reported, parts);
    const judged: Judged = { outcome: 'judged', received, route, client, identity, judgement };
    const { session } = identity;
    if (session === undefined) return judged;
    if (judgement.endsSession) {
      return endByJudgement(session, judgement, parts).then(() => judged);
    }
    if (decision.outcome === 'allow') {
      parts.sessions.touch(session.id, received.nowMs);
      parts.people.noteUse(session.person, route.name, received.nowMs);
      const { email } = session.person;
      if (email !== undefined && question.snapshot.breakGlass.has(email))
        parts.lastOpenings?.note({ ...session.person, email }, openingOf(question, judgement));
    } else {
      if (client === 'document' && isRefusalByRules(decision)) {
        parts.risk.countDenial({ sessionId: session.id, person: session.person }, route.name, received.nowMs);
      }
      // Risk is reckoned as requests come: what they show is true of what is open, too.
      if (isBecauseOfRisk(decision)) parts.streamWatch.lookAt(parts.streams.ofSession(session.id));
    }
    return judged;
  }
}

/** What a reload is tried with, so that nobody of `break_glass` is locked out. */
function openingOf({ route, method, path, address, nowMs }: Question, { facts }: Judgement): LastOpening {
  const { device, authentication } = facts;
  const methods = authenticationMethods.filter((one) => authentication?.provedAtMs[one] !== undefined);
  return {
    route: route.name,
    host: route.host,
    method,
    path,
    address,
    deviceId: device?.deviceId,
    methods,
    atMs: nowMs,
  };
}

/** Counted apart from what happened: report-only has no effect that anybody sees. */
function countReported(
  route: number,
  reported: NonNullable<Decision['reported']>,
  { metrics }: Pick<GatewayParts, 'metrics'>,
): void {
  for (const { result } of reported) {
    switch (result) {
      case 'would_allow':
        metrics.reported(route, 'allow', 'granted');
        break;
      case 'would_deny':
        metrics.reported(route, 'deny', 'explicit_deny');
        break;
      case 'would_step_up':
        metrics.reported(route, 'step_up', 'step_up_required');
        break;
      case 'not_evaluated':
        break;
    }
  }
}

/** What says something about the person: neither an outage nor risk itself may raise risk (security-rules.md 19). */
function isRefusalByRules({ outcome, reason }: Decision): boolean {
  return outcome === 'deny' && reasonCatalogue[reason].status === 403 && !isOutsideRules.has(reason);
}

/** What says nothing of the person that risk does not know. */
const isOutsideRules: ReadonlySet<Decision['reason']> = new Set(['risk_too_high', 'account_locked']);

function isBecauseOfRisk(decision: Decision): boolean {
  if (decision.outcome === 'step_up') return decision.need.notBeforeMs !== undefined;
  return decision.reason === 'risk_too_high';
}

function judge(
  { received, route, client }: Extract<Routed, { outcome: 'app' }>,
  question: Question,
  parts: GatewayParts,
): Judgement | Promise<Judgement> {
  if (client === 'preflight') {
    const loading = parts.locks.load();
    const judged = () => judgePreflight(received, route, parts);
    return loading === undefined ? judged() : loading.then(judged);
  }
  const refusedUpgrade = client === 'websocket' ? reasonAgainstUpgrade(originOf(received), route) : undefined;
  if (refusedUpgrade !== undefined) return noRuleAsked(received, refusedUpgrade);
  const judgement = judgePaths(parts.judge, question, received.target);
  parts.shadow?.observe(question, judgement);
  return judgement;
}

function judgePreflight(
  received: Received,
  route: Question['route'],
  { locks }: Pick<GatewayParts, 'locks'>,
): Judgement {
  const lock = locks.find({ route: route.name }, received.nowMs);
  if (lock !== undefined) return { decision: denyByLock(lock), facts: factsOfRequest(received), endsSession: false };
  const origin = received.arrival.request.headers.origin;
  if (origin === undefined || !route.corsOrigins.has(origin)) return noRuleAsked(received, 'origin_not_allowed');
  return {
    decision: { outcome: 'allow', reason: 'preflight', grant: undefined, trace: [] },
    facts: factsOfRequest(received),
    endsSession: false,
  };
}

/** A page of another site may open a WebSocket with the person's cookies, so its Origin is checked (RFC 6455 section 10.2). */
export function reasonAgainstUpgrade(
  { given, own }: { readonly given: string | undefined; readonly own: string },
  route: Pick<Question['route'], 'allowWebsockets' | 'corsOrigins'>,
): 'websocket_not_allowed' | 'origin_not_allowed' | undefined {
  if (!route.allowWebsockets) return 'websocket_not_allowed';
  if (given === undefined || given === own || route.corsOrigins.has(given)) return undefined;
  return 'origin_not_allowed';
}

/** Whose page asks, and the origin of the host that is asked. */
export function originOf({ arrival, target }: Pick<Received, 'arrival' | 'target'>) {
  return { given: arrival.request.headers.origin, own: originOn(arrival.listener, target.host) };
}

function noRuleAsked(received: Received, reason: 'origin_not_allowed' | 'websocket_not_allowed'): Judgement {
  return { decision: { outcome: 'deny', reason, trace: [] }, facts: factsOfRequest(received), endsSession: false };
}

function factsOfRequest(received: Received): Judgement['facts'] {
  return {
    request: {
      method: received.target.method,
      path: received.target.path,
      address: received.address,
      nowMs: received.nowMs,
    },
    person: undefined,
    authentication: undefined,
    device: undefined,
    risk: undefined,
  };
}

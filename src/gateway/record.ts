import { configurationName } from '../config/snapshot.ts';
import { toFault } from '../decision/fault.ts';
import { claimsReadBy } from '../policy/claims-read.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { End, Judged, Outcome, Refusal, Routed } from './stages.ts';

/** The metrics' index of everything that no route is known for. */
const unknownRoute = -1;

/** The route that metrics count a request for. */
export function routeIndexOf(request: Outcome | Routed): number {
  return ('route' in request ? request.route?.index : undefined) ?? unknownRoute;
}

/**
 * Writes the decision down: every fact that it read, how each rule came out, the configuration's hash (security-rules.md 29).
 * A plain allow is handed over and forgotten; anything else is on disk once the promise resolves.
 */
export function recordDecision(decided: Outcome, status: number, parts: GatewayParts): Promise<void> | undefined {
  switch (decided.outcome) {
    case 'judged':
      return recordJudged(decided, status, parts);
    case 'refused':
      return recordRefusal(decided, parts);
    case 'own_path':
    case 'sign_in_host':
      return undefined;
    default:
      return decided satisfies never;
  }
}

function recordJudged(judged: Judged, status: number, parts: GatewayParts): Promise<void> | undefined {
  const { received, route, judgement } = judged;
  const { decision } = judgement;
  const event = {
    type: 'decision',
    atMs: received.nowMs,
    decisionId: received.decisionId,
    config: configurationName(received.snapshot),
    route: route.name,
    host: received.target.host,
    method: received.target.method,
    // As it was judged: of two readings, the one that closed.
    path: judgement.facts.request.path,
    client: judged.client,
    decision,
    facts: judgement.facts,
    claims: claimsReadBy(route.policy),
    status,
  } as const;
  if (decision.outcome === 'allow') {
    parts.audit.record(event);
    return undefined;
  }
  logDecision(judged, parts);
  return recordDurably(event, parts);
}

/** A no that no rule was asked for. */
function recordRefusal(refusal: Refusal, parts: GatewayParts): Promise<void> {
  const { opening, reason, detail, target, address, route, session, serviceId } = refusal;
  parts.log.info({ decision_id: opening.decisionId, reason, host: target?.host, detail }, 'refused');
  const event = {
    type: 'refusal',
    atMs: opening.nowMs,
    decisionId: opening.decisionId,
    config: configurationName(opening.snapshot),
    reason,
    address,
    host: target?.host,
    method: opening.arrival.request.method ?? '',
    path: target?.path,
    route: route?.name,
    sessionId: session?.id,
    subject: session?.person,
    serviceId,
    detail,
  } as const;
  return recordDurably(event, parts);
}

/** Counts a request that is over. */
export function recordEnd(
  decided: Outcome,
  { status, origin, waitedMs }: End,
  parts: Pick<GatewayParts, 'metrics' | 'monotonicMs'>,
): void {
  const { startedMs } = decided.outcome === 'refused' ? decided.opening : decided.received;
  const { client } = 'client' in decided ? decided : decided.received;
  const durationMs = parts.monotonicMs() - startedMs;
  const overheadMs = Math.max(0, durationMs - waitedMs);
  parts.metrics.requestEnded({ route: routeIndexOf(decided), status, origin, client, durationMs, overheadMs });
}

/** A no that cannot be recorded stays a no: never rejects. The trail counts and reports its own failure. */
export async function recordDurably(
  event: Parameters<GatewayParts['audit']['recordDurably']>[0],
  parts: Pick<GatewayParts, 'audit' | 'log'>,
): Promise<void> {
  try {
    await parts.audit.recordDurably(event);
  } catch (thrown) {
    parts.log.error({ err: toFault(thrown), decision_id: event.decisionId }, 'An event could not be recorded.');
  }
}

function logDecision(judged: Judged, parts: GatewayParts): void {
  const { received, judgement, route } = judged;
  parts.log.info(
    {
      decision_id: received.decisionId,
      outcome: judgement.decision.outcome,
      reason: judgement.decision.reason,
      route: route.name,
      subject:
        judgement.facts.service === undefined
          ? (judgement.facts.person?.email ?? judgement.facts.person?.subject)
          : `service:${judgement.facts.service.serviceId}`,
    },
    'decision',
  );
}

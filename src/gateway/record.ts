import { configurationName } from '../config/snapshot.ts';
import { toFault } from '../decision/fault.ts';
import { reasonCatalogue } from '../decision/reason.ts';
import { claimsReadBy } from '../policy/claims-read.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { Judged, Opening, Refusal } from './stages.ts';

/** The metrics' index of everything that no route is known for. */
export const unknownRoute = -1;

/**
 * Writes the decision down: every fact that it read, how each rule came out, the configuration's hash (security-rules.md 29).
 * A plain allow is handed over and forgotten; anything else is on disk before its answer is sent.
 */
export async function recordDecision(judged: Judged, status: number, parts: GatewayParts): Promise<void> {
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
    path: received.target.path,
    client: judged.client,
    decision,
    facts: judgement.facts,
    claims: claimsReadBy(route.policy),
    status,
  } as const;
  if (decision.outcome === 'allow') return parts.audit.record(event);
  logDecision(judged, parts);
  recordEnd(received, { route: route.index, status, origin: 'postern', client: judged.client, waitedMs: 0 }, parts);
  await durably(event, parts);
}

/** Writes down a no that no rule was asked for. */
export async function recordRefusal(refusal: Refusal, parts: GatewayParts): Promise<void> {
  const { opening, target } = refusal;
  parts.log.info(
    { decision_id: opening.decisionId, reason: refusal.reason, host: target?.host, detail: refusal.detail },
    'refused',
  );
  // A request of a route was counted as begun when its route was found.
  if (refusal.route === undefined) parts.metrics.requestStarted(unknownRoute);
  recordEnd(
    opening,
    {
      route: refusal.route?.index ?? unknownRoute,
      status: reasonCatalogue[refusal.reason].status,
      origin: 'postern',
      client: refusal.client,
      waitedMs: 0,
    },
    parts,
  );
  await durably(
    {
      type: 'refusal',
      atMs: opening.nowMs,
      decisionId: opening.decisionId,
      config: configurationName(opening.snapshot),
      reason: refusal.reason,
      address: refusal.address,
      host: target?.host,
      method: opening.arrival.request.method ?? '',
      path: target?.path,
      detail: refusal.detail,
    },
    parts,
  );
}

/** Counts a request that is over. `waitedMs` is what client or upstream took; the rest is ours. */
export function recordEnd(
  opening: Opening,
  end: {
    readonly route: number;
    readonly status: number;
    readonly origin: 'postern' | 'upstream';
    readonly client: Judged['client'];
    readonly waitedMs: number;
  },
  parts: Pick<GatewayParts, 'metrics' | 'monotonicMs'>,
): void {
  const durationMs = parts.monotonicMs() - opening.startedMs;
  parts.metrics.requestEnded({
    route: end.route,
    status: end.status,
    origin: end.origin,
    client: end.client,
    durationMs,
    overheadMs: Math.max(0, durationMs - end.waitedMs),
  });
}

/** A no that cannot be recorded stays a no; the trail counts and reports its own failure. */
async function durably(
  event: Parameters<GatewayParts['audit']['recordDurably']>[0],
  parts: GatewayParts,
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

import { type Fault, reasonForFault } from '../decision/fault.ts';
import { reasonCatalogue } from '../decision/reason.ts';
import { classifyClient } from '../http/classify-client.ts';
import { sendDenial } from './answers/send-denial.ts';
import type { Arrival } from './arrival.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { open } from './receive.ts';
import { answered, type End, type RecordDecision, type Refusal, type Routed, refusalOf } from './stages.ts';

/** Answers a no that came before the judge: malformed, unknown host, conflicting credentials, our own fault. */
export async function refuse(refusal: Refusal, record: RecordDecision, parts: GatewayParts): Promise<End> {
  const { response } = refusal.opening.arrival;
  if (refusal.isFault === true && (response.headersSent || response.destroyed)) {
    // Nobody can be told any more. What an app was given is written down all the same.
    if (!response.headersSent) await record(0);
    response.destroy();
    return answered(0);
  }
  const { status } = reasonCatalogue[refusal.reason];
  await record(status);
  sendDenial({ ...refusal, status }, parts);
  return answered(status);
}

/** Nothing can be judged or recorded any more; a host application that is still listening gets this for every request. */
export function answerAfterClose(arrival: Arrival, parts: GatewayParts): void {
  const { request } = arrival;
  const denial = {
    opening: open(arrival, parts),
    reason: 'shutting_down',
    status: reasonCatalogue.shutting_down.status,
    target: undefined,
    route: undefined,
    client: classifyClient(request.headers, request.method ?? '', ''),
    session: undefined,
  } as const;
  sendDenial(denial, parts);
}

/** Failing closed: whatever broke, the answer is a no with a reason. */
export function refusalOfFault(
  routed: Routed | Refusal,
  fault: Fault,
  parts: GatewayParts,
  who?: Pick<Refusal, 'session' | 'serviceId'>,
): Refusal {
  const opening = routed.outcome === 'refused' ? routed.opening : routed.received;
  if (fault.code === 'internal')
    parts.log.error({ decision_id: opening.decisionId, err: fault }, 'A request failed inside Postern.');
  parts.metrics.failedClosed(failedPart(fault));
  const reason = reasonForFault(fault);
  if (routed.outcome === 'refused') return { ...routed, reason, detail: fault.message, isFault: true };
  const route = routed.outcome === 'app' ? routed.route : undefined;
  return { ...refusalOf(routed.received, reason, fault.message, route), ...who, isFault: true };
}

function failedPart(fault: Fault): Parameters<GatewayParts['metrics']['failedClosed']>[0] {
  switch (fault.code) {
    case 'state_unavailable':
    case 'state_unwritable':
    case 'state_corrupt':
    case 'state_conflict':
      return 'state';
    case 'audit_unavailable':
      return 'audit';
    default:
      return 'internal';
  }
}

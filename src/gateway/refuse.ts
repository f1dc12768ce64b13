import type { Route } from '../config/snapshot.ts';
import { type Fault, reasonForFault } from '../decision/fault.ts';
import { reasonCatalogue } from '../decision/reason.ts';
import { classifyClient } from '../http/classify-client.ts';
import { sendNo } from './answers/send-no.ts';
import type { Arrival } from './arrival.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { open } from './receive.ts';
import { recordEnd, recordRefusal } from './record.ts';
import type { Received, Refusal } from './stages.ts';

/** Answers a no that came before the judge: malformed, unknown host, conflicting credentials, our own fault. */
export async function refuse(refusal: Refusal, parts: GatewayParts): Promise<void> {
  await recordRefusal(refusal, parts);
  sendNo(
    {
      opening: refusal.opening,
      reason: refusal.reason,
      status: reasonCatalogue[refusal.reason].status,
      target: refusal.target,
      route: refusal.route,
      client: refusal.client,
      session: refusal.session,
    },
    parts,
  );
}

/** Nothing can be judged or recorded any more; a host application that is still listening gets this for every request. */
export function refuseAfterClose(arrival: Arrival, parts: GatewayParts): void {
  const { request } = arrival;
  const no = {
    opening: open(arrival, parts),
    reason: 'shutting_down',
    status: reasonCatalogue.shutting_down.status,
    target: undefined,
    route: undefined,
    client: classifyClient(request.headers, request.method ?? '', ''),
    session: undefined,
  } as const;
  sendNo(no, parts);
}

/** Failing closed: whatever broke, the answer is a no with a reason. When bytes of an answer are out, only a reset is honest. */
export async function refuseForFault(
  received: Received,
  fault: Fault,
  parts: GatewayParts,
  context?: Pick<Refusal, 'route' | 'session'>,
): Promise<void> {
  if (fault.code === 'internal')
    parts.log.error({ decision_id: received.decisionId, err: fault }, 'A request failed inside Postern.');
  parts.metrics.failedClosed(failedPart(fault));
  const { response } = received.arrival;
  if (response.headersSent || response.destroyed) {
    response.destroy();
    if (context?.route !== undefined) recordEnd(received, unansweredEnd(context.route, received), parts);
    return;
  }
  await refuse(
    {
      outcome: 'refused',
      opening: received,
      reason: reasonForFault(fault),
      detail: fault.message,
      target: received.target,
      client: received.client,
      address: received.address,
      route: context?.route,
      session: context?.session,
    },
    parts,
  );
}

/** Nobody is there to be told; the request that was counted as begun is over all the same. */
function unansweredEnd(route: Route, { client }: Received) {
  return { route: route.index, status: 0, origin: 'postern', client, waitedMs: 0 } as const;
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

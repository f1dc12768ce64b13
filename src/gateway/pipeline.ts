import { toFault } from '../decision/fault.ts';
import { answerDecision } from './answer.ts';
import type { Arrival } from './arrival.ts';
import { assess } from './assess.ts';
import { authenticate } from './authenticate.ts';
import { authorize } from './authorize.ts';
import { forward } from './forward.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { receive } from './receive.ts';
import { refuse, refuseAfterClose, refuseForFault } from './refuse.ts';
import { route } from './route.ts';
import { serveOwnPath } from './serve-own-path.ts';
import type { Received } from './stages.ts';

/**
 * A request's way. If a stage is not in this list it does not happen; what is matched here is what is forwarded.
 * `record` runs inside `answerDecision`, `forward` and `refuse`, where the outcome is known.
 * A fault at any stage is a refusal with a reason.
 */
export async function runPipeline(arrival: Arrival, parts: GatewayParts): Promise<void> {
  try {
    if (parts.isClosed()) return refuseAfterClose(arrival, parts);
    const received = receive(arrival, parts);
    if (received.outcome === 'refused') await refuse(received, parts);
    else await decideAndAct(received, parts);
  } catch (thrown) {
    // Not even the no could be sent: silence is a no as well, and a rejection would end the process.
    arrival.response.destroy();
    arrival.upgrade?.socket.destroy();
    parts.log.error({ err: toFault(thrown) }, 'A request could not be answered; its connection was closed.');
  }
}

async function decideAndAct(received: Received, parts: GatewayParts): Promise<void> {
  const routed = route(received);
  try {
    switch (routed.outcome) {
      case 'refused':
        return await refuse(routed, parts);
      case 'sign_in_host':
        return await parts.signInHost(received, parts);
      case 'own_path':
        return await serveOwnPath(received, routed.path, parts);
      case 'app': {
        parts.metrics.requestStarted(routed.route.index);
        const found = authenticate(received, routed.route, parts);
        const identity = 'then' in found ? await found : found;
        if ('outcome' in identity) return await refuse(identity, parts);
        const question = assess(received, routed.route, identity);
        const settled = authorize(received, routed, identity, question, parts);
        const judged = 'then' in settled ? await settled : settled;
        const isAllowed = judged.judgement.decision.outcome === 'allow';
        return await (isAllowed ? forward(judged, parts) : answerDecision(judged, parts));
      }
      default:
        return routed satisfies never;
    }
  } catch (thrown) {
    const begun = routed.outcome === 'app' ? { route: routed.route, session: undefined } : undefined;
    await refuseForFault(received, toFault(thrown), parts, begun);
  }
}

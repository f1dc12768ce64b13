import type { DecisionId } from '../decision/decision-id.ts';
import { toFault } from '../decision/fault.ts';
import { answerDecision } from './answer.ts';
import type { Arrival } from './arrival.ts';
import { assess } from './assess.ts';
import { authenticate } from './authenticate.ts';
import { authorize } from './authorize.ts';
import { forward } from './forward.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { asOfNow, receive } from './receive.ts';
import { recordDecision, recordEnd, routeIndexOf } from './record.ts';
import { answerAfterClose, refusalOfFault, refuse } from './refuse.ts';
import { route } from './route.ts';
import { serveOwnPath } from './serve-own-path.ts';
import type { End, Identity, Outcome, RecordDecision, Refusal, Routed } from './stages.ts';
import { isSentOn, unpackPost } from './unpack-post.ts';

/**
 * A request's way. If a stage is not in this list it does not happen; what is matched here is what is forwarded. Each
 * answers what came out and none sends anything before `act`, so that nothing is answered that is not recorded.
 * A fault at any stage is a refusal with a reason.
 * @param current the parts as of now
 */
export async function runPipeline(arrival: Arrival, current: () => GatewayParts): Promise<void> {
  let parts = current();
  let decisionId: DecisionId | undefined;
  try {
    if (parts.isClosed()) return answerAfterClose(arrival, parts);
    const came = receive(arrival, parts);
    let received = came;
    if (came.outcome === 'received' && isSentOn(came)) {
      const unpacked = await unpackPost(came, parts);
      // Its body may have come slowly: nobody is judged by a configuration or a time that is over.
      if (unpacked.outcome === 'received') parts = current();
      received = unpacked.outcome === 'received' ? asOfNow(unpacked, parts) : unpacked;
    }
    ({ decisionId } = received.outcome === 'refused' ? received.opening : received);
    const routed = received.outcome === 'refused' ? received : route(received);
    parts.metrics.requestStarted(routeIndexOf(routed));
    await decideAndAct(routed, parts);
  } catch (thrown) {
    // Not even the no could be sent: silence is a no as well, and a rejection would end the process.
    arrival.response.destroy();
    arrival.upgrade?.socket.destroy();
    const facts = { err: toFault(thrown), decision_id: decisionId };
    parts.log.error(facts, 'A request could not be answered; its connection was closed.');
  }
}

async function decideAndAct(routed: Routed | Refusal, parts: GatewayParts): Promise<void> {
  try {
    const decided = decide(routed, parts);
    await carryOut('then' in decided ? await decided : decided, parts);
  } catch (thrown) {
    await carryOut(refusalOfFault(routed, toFault(thrown), parts), parts);
  }
}

/** Answers without a promise where all that it needs is remembered. */
function decide(routed: Routed | Refusal, parts: GatewayParts): Outcome | Promise<Outcome> {
  if (routed.outcome !== 'app') return routed;
  const decideFor = (identity: Identity | Refusal) =>
    'outcome' in identity
      ? identity
      : authorize(routed, identity, assess(routed.received, routed.route, identity), parts);
  const found = authenticate(routed.received, routed.route, parts);
  return 'then' in found ? found.then(decideFor) : decideFor(found);
}

/** Each decision is recorded before its answer goes out, and each request's end once, whatever became of it. */
async function carryOut(decided: Outcome, parts: GatewayParts): Promise<void> {
  const acted = await act(decided, (status) => recordDecision(decided, status, parts), parts);
  if (acted.outcome === 'ended') recordEnd(decided, acted, parts);
  // It could not be carried out as it was decided.
  else await carryOut(acted, parts);
}

function act(decided: Outcome, record: RecordDecision, parts: GatewayParts): Promise<End | Refusal> {
  switch (decided.outcome) {
    case 'refused':
      return refuse(decided, record, parts);
    case 'sign_in_host':
      return parts.signInHost(decided.received, parts);
    case 'own_path':
      return serveOwnPath(decided, parts);
    case 'judged':
      return decided.judgement.decision.outcome === 'allow'
        ? forward(decided, record, parts)
        : answerDecision(decided, record, parts);
    default:
      return decided satisfies never;
  }
}

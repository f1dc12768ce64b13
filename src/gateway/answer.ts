import type { Decision } from '../decision/decision.ts';
import { reasonCatalogue } from '../decision/reason.ts';
import { readAttempt } from '../sessions/host-credential.ts';
import { sendDenial } from './answers/send-denial.ts';
import { prepareSignIn } from './answers/start-sign-in.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { keepPost } from './keep-post.ts';
import { answered, type End, type Judged, type RecordDecision, type Refusal, refusalOf } from './stages.ts';

/**
 * Gives a no the form that this kind of client can use. Only a top-level navigation is sent to the sign-in host:
 * a redirected POST would lose its body, and a script cannot follow one.
 */
export async function answerDecision(
  judged: Judged,
  record: RecordDecision,
  parts: GatewayParts,
): Promise<End | Refusal> {
  const { decision } = judged.judgement;
  const isNavigation = judged.client === 'document';
  if (isNavigation && (decision.outcome === 'sign_in' || decision.outcome === 'step_up')) {
    // Each one leaves a record behind, and nobody has proved anything yet.
    const { arrival, address } = judged.received;
    const attempt = readAttempt(arrival.request.headers.cookie);
    const attempts = attempt === undefined ? [] : [attempt];
    const waitSeconds = await parts.signInBudget.take({ sessionId: judged.identity.session?.id, attempts, address });
    if (waitSeconds !== undefined) {
      const detail = 'One address, browser or person begins too many sign-ins.';
      return refusalOf(judged.received, 'rate_limited', detail, judged.route);
    }
    const headers = await prepareSignIn(judged, decision, parts);
    await record(302);
    judged.received.arrival.response.writeHead(302, headers).end();
    return answered(302);
  }
  const { status } = reasonCatalogue[decision.reason];
  const post = await keepPost(judged, parts);
  await record(status);
  sendDenial(
    {
      opening: judged.received,
      reason: decision.reason,
      status,
      target: judged.received.target,
      route: judged.route,
      // A machine reads no page, whatever it says that it takes.
      client: judged.identity.service === undefined ? judged.client : 'api',
      session: judged.identity.session,
      risk: judged.judgement.facts.risk,
      post,
      ...detailsOf(decision),
    },
    parts,
  );
  return answered(status);
}

function detailsOf(decision: Decision) {
  switch (decision.outcome) {
    case 'deny':
      return {
        checks: decision.checks,
        posture: decision.posture,
        userMessage: decision.userMessage,
        rule: decision.rule,
        nextOpening: decision.nextOpening,
        lock: decision.lock,
      };
    case 'step_up':
      return { need: decision.need };
    case 'sign_in':
    case 'allow':
      return {};
    default:
      return decision satisfies never;
  }
}

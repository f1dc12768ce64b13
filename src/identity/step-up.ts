import type { StepUpNeed } from '../decision/decision.ts';
import type { RiskFacts } from '../decision/facts.ts';
import type { Session } from '../sessions/session.ts';
import { loginUrl, pathOf, stepUpPath } from './answer.ts';
import { goesAnyway } from './ask-provider.ts';
import { askBrowser } from './browser/prove-browser.ts';
import { isNavigation } from './client-form.ts';
import { type Exchange, queryOf, singleParameter } from './exchange.ts';
import { notMet } from './finish-step-up.ts';
import type { Destination } from './hand-over.ts';
import { isOverLimit } from './limit-sign-ins.ts';
import type { IdentityParts } from './parts.ts';
import { previewOf } from './preview.ts';
import { answerProviderAway, askForProof, isAway } from './provider-away.ts';
import { hasAgreed, showStepUp } from './show-step-up.ts';
import { attainableMethods, wishParameters } from './step-up-wish.ts';

/**
 * `GET /.postern/step-up?rt=ID`: asks the judge what is missing for that target. Nobody is asked for a factor on a
 * request that would be denied anyway.
 */
export async function stepUp(parts: IdentityParts, exchange: Exchange): Promise<void> {
  const { answers, handOver } = parts;
  const returnTargetId = singleParameter(queryOf(exchange.request), 'rt');
  if (!isNavigation(exchange.request.method, exchange.request.headers)) {
    return answers.refuse(exchange, { reason: 'step_up_required' });
  }
  const session = await parts.findCurrentSession(exchange);
  if (session === undefined) return answers.redirect(exchange, exchange.authOrigin + loginUrl(returnTargetId));
  const destination = await handOver.find(exchange, returnTargetId);
  if (destination === undefined || returnTargetId === undefined) {
    return answers.redirect(exchange, `${exchange.authOrigin}/`);
  }
  const path = pathOf(destination.target.path);
  const { decision, facts } = await parts.deps.judge.decide(previewOf(exchange, destination.route, path, session));
  switch (decision.outcome) {
    case 'allow':
      return handOver.withTicket(exchange, session, destination);
    case 'sign_in':
      return answers.redirect(exchange, exchange.authOrigin + loginUrl(returnTargetId));
    case 'deny':
      // The app's own host says why, with the checks and the ways out.
      return handOver.withoutTicket(exchange, session, destination);
    case 'step_up':
      if (decision.need.methods.includes('registered_browser') && !asksProvider(exchange)) {
        return askBrowser(parts, exchange, session, returnTargetId, destination, decision.need);
      }
      return wishForProof(parts, exchange, session, returnTargetId, destination, decision.need, facts.risk);
  }
}

/** The person chose to prove themselves at the provider, where a rule takes either. */
function asksProvider(exchange: Exchange): boolean {
  return singleParameter(queryOf(exchange.request), 'way') === 'idp';
}

async function wishForProof(
  parts: IdentityParts,
  exchange: Exchange,
  session: Session,
  returnTargetId: string,
  destination: Destination,
  need: StepUpNeed,
  risk: RiskFacts | undefined,
): Promise<void> {
  const { providerId } = session.person;
  const provider = exchange.snapshot.providers.get(providerId);
  if (provider === undefined || attainableMethods(need, provider.factors).length === 0) {
    // This person's provider cannot prove what is asked: to ask it would be a detour to the same 403.
    return notMet(parts, exchange, { providerId, returnTargetId }, session, {
      why: 'not_provable',
      methods: need.methods,
    });
  }
  const away = (): void => {
    const retryPath = `${stepUpPath(returnTargetId)}${asksProvider(exchange) ? '&way=idp' : ''}`;
    answerProviderAway(parts, exchange, provider, { kind: 'proof', session, retryPath }, destination);
  };
  if (!hasAgreed(parts, exchange, session, returnTargetId)) {
    // Nobody is told of a proof that cannot be given now.
    if (isAway(parts, provider) && !goesAnyway(exchange)) return away();
    return showStepUp(parts, exchange, { session, provider, returnTargetId, destination, need, risk });
  }
  if (await isOverLimit(parts, exchange, session)) return;
  await askForProof(
    parts,
    exchange,
    {
      provider,
      purpose: { kind: 'step_up', sessionId: session.id, need },
      returnTargetId,
      parameters: (reachable) => ({
        ...wishParameters(need, provider, session.provedAtMs, reachable.supportsClaimsParameter),
        ...hintsFor(session),
      }),
    },
    away,
  );
}

const longestHint = 4_000;

/** Who is meant. A token that would make the URL too long for servers on the way is left out. */
function hintsFor(session: Session): Readonly<Record<string, string>> {
  const hints: Record<string, string> = {};
  if (session.person.email !== undefined) hints['login_hint'] = session.person.email;
  if (session.idToken.length <= longestHint) hints['id_token_hint'] = session.idToken;
  return hints;
}

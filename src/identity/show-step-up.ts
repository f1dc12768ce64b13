import { type IdentityProvider, type RiskSignalName, riskSignalNames } from '../config/snapshot.ts';
import type { StepUpNeed } from '../decision/decision.ts';
import type { RiskFacts } from '../decision/facts.ts';
import { appOf } from '../pages/build-answer.ts';
import type { Session } from '../sessions/session.ts';
import { stepUpPath } from './answer.ts';
import { type Exchange, queryOf, singleParameter } from './exchange.ts';
import type { Destination } from './hand-over.ts';
import { notNowUrl } from './not-now.ts';
import type { IdentityParts } from './parts.ts';
import { attainableMethods } from './step-up-wish.ts';

/** What a step-up is wanted for. */
export interface WantedProof {
  readonly session: Session;
  readonly provider: IdentityProvider;
  readonly returnTargetId: string;
  readonly destination: Destination;
  readonly need: StepUpNeed;
  readonly risk: RiskFacts | undefined;
}

/**
 * Whether the person has pressed Continue on our own page for this very target. Its link carries a token of the session,
 * so that no link of anybody else's leads past the page.
 */
export function hasAgreed(parts: IdentityParts, exchange: Exchange, session: Session, returnTargetId: string): boolean {
  return parts.stepUpTokens.isValid(singleParameter(queryOf(exchange.request), 'go'), session.id, returnTargetId);
}

/** Where to go on to the provider from a page that this session was shown. */
export function agreedPath(parts: IdentityParts, session: Session, returnTargetId: string): string {
  return `${stepUpPath(returnTargetId)}&go=${parts.stepUpTokens.tokenFor(session.id, returnTargetId)}`;
}

/** Says which app wants a proof and why, before anybody is sent away. It goes on by a press alone. */
export async function showStepUp(parts: IdentityParts, exchange: Exchange, wanted: WantedProof): Promise<void> {
  const { session, provider, returnTargetId, destination, need, risk } = wanted;
  const methods = attainableMethods(need, provider.factors);
  const query = queryOf(exchange.request);
  const kept = ['way', 'anyway'].flatMap((name) => {
    const value = singleParameter(query, name);
    return value === 'idp' || value === '1' ? [`&${name}=${value}`] : [];
  });
  const provedAtMs = methods.flatMap((method) => session.provedAtMs[method] ?? []);
  parts.answers.page(
    exchange,
    {
      kind: 'step_up',
      app: appOf(destination.route),
      providerTitle: provider.title,
      methods,
      maxAgeMs: need.maxAgeMs,
      provedAtMs: provedAtMs.length === 0 ? undefined : Math.max(...provedAtMs),
      isUnusual: need.notBeforeMs !== undefined,
      signals: need.notBeforeMs === undefined ? [] : tellable(risk, destination.route.disclose),
      continueUrl: agreedPath(parts, session, returnTargetId) + kept.join(''),
      notNowUrl: await notNowUrl(parts, exchange, session, returnTargetId, destination),
    },
    session,
  );
}

/** What a person may know of the risk: all of it where the route says so, and always what they said themselves. */
function tellable(risk: RiskFacts | undefined, disclose: 'kind' | 'requirements'): readonly RiskSignalName[] {
  const told = (risk?.points ?? []).filter(
    ({ signal, points }) => points > 0 && (disclose === 'requirements' || signal === 'disowned_session'),
  );
  return told.flatMap(({ signal }) => riskSignalNames.find((name) => name === signal) ?? []);
}

import { type ReasonCode, reasonCatalogue } from '../decision/reason.ts';
import { appOf } from '../pages/build-answer.ts';
import type { Page } from '../pages/page.ts';
import type { Session } from '../sessions/session.ts';
import type { ProviderProblem } from './classify-provider-error.ts';
import type { Exchange } from './exchange.ts';
import type { Destination } from './hand-over.ts';
import type { IdentityParts } from './parts.ts';

type SignInProblem = Extract<Page, { kind: 'sign_in_problem' }>['problem'];

const reasons: Readonly<Record<SignInProblem, ReasonCode>> = {
  lost: 'sign_in_lost',
  cancelled: 'sign_in_refused',
  step_up_cancelled: 'step_up_not_met',
  refused: 'sign_in_refused',
  account_not_allowed: 'sign_in_refused',
  cookies_missing: 'cookies_missing',
};

/** Which page a person sees for what the provider's answer came to during a sign-in; one that is away has a page of its own. */
export const problemPages: Readonly<Record<Exclude<ProviderProblem, 'unavailable'>, SignInProblem>> = {
  cancelled: 'cancelled',
  proof_not_given: 'refused',
  code_not_accepted: 'lost',
  refused: 'refused',
};

/** The reason code that goes with a problem: header, audit event and problem body carry it. */
export function reasonOf(problem: SignInProblem): ReasonCode {
  return reasons[problem];
}

/**
 * Says what became of a sign-in, with one way on. It never goes on by itself (security-rules.md 2). `session`: of somebody
 * who was signed in before, and still is.
 */
export function answerSignInProblem(
  parts: IdentityParts,
  exchange: Exchange,
  problem: SignInProblem,
  continueUrl: string,
  destination: Destination | undefined,
  session?: Session | undefined,
): void {
  const reason = reasons[problem];
  const app = appOf(destination?.route);
  parts.answers.refuse(exchange, {
    reason,
    status: reasonCatalogue[reason].status,
    session,
    app,
    signInUrl: continueUrl,
    page: { kind: 'sign_in_problem', problem, continueUrl, app },
  });
}

import type { BrowserProofs } from '../devices/browser-proof.ts';
import type { RegisteredBrowsers } from '../devices/registered-browsers.ts';
import type { Limiter } from '../http/limit-attempts.ts';
import type { SignInBudget } from '../sessions/sign-in-budget.ts';
import type { Answers } from './answer.ts';
import type { AskProvider } from './ask-provider.ts';
import type { Attempts } from './attempts.ts';
import type { FindCurrentSession } from './current-session.ts';
import type { FormTokens } from './form-token.ts';
import type { HandOver } from './hand-over.ts';
import type { Icons } from './icons.ts';
import type { IdentityDeps } from './identity-deps.ts';
import type { Providers } from './providers.ts';
import type { Recorder } from './record-activity.ts';
import type { ProviderGrants } from './refresh/provider-grants.ts';
import type { SingleSignOn } from './single-sign-on-cookie.ts';

/** What the steps of the sign-in host share, built once. */
export interface IdentityParts {
  readonly deps: IdentityDeps;
  readonly answers: Answers;
  readonly providers: Providers;
  readonly attempts: Attempts;
  readonly askProvider: AskProvider;
  readonly handOver: HandOver;
  readonly singleSignOn: SingleSignOn;
  readonly findCurrentSession: FindCurrentSession;
  readonly recorder: Recorder;
  readonly grants: ProviderGrants;
  readonly signOutTokens: FormTokens;
  readonly sessionsTokens: FormTokens;
  /** Of the notice that a session was disowned. */
  readonly disownedTokens: FormTokens;
  /** Of the link that goes on from the page of a step-up; about a return target. */
  readonly stepUpTokens: FormTokens;
  /** Of the forms and the script of registered browsers. */
  readonly browserTokens: FormTokens;
  readonly icons: Icons;
  readonly browsers: RegisteredBrowsers;
  readonly browserProofs: BrowserProofs;
  readonly signInBudget: SignInBudget;
  /** Callbacks that belong to no attempt of their browser, by address. */
  readonly strayLimiter: Limiter;
  readonly reportLimiter: Limiter;
  /** Pages of a person's own sessions, by session. */
  readonly sessionsLimiter: Limiter;
}

import { createBrowserProofs } from '../devices/browser-proof.ts';
import { createRegisteredBrowsers } from '../devices/registered-browsers.ts';
import { createLimiter } from '../http/limit-attempts.ts';
import { createAttemptSecrets } from '../sessions/attempt-secret.ts';
import { createSignInBudget } from '../sessions/sign-in-budget.ts';
import { createAnswers } from './answer.ts';
import { createAskProvider } from './ask-provider.ts';
import { createAttempts } from './attempts.ts';
import { createFindCurrentSession } from './current-session.ts';
import { exchangeOf } from './exchange.ts';
import { createFormTokens } from './form-token.ts';
import { createHandOver } from './hand-over.ts';
import { createIcons } from './icons.ts';
import type { IdentityDeps } from './identity-deps.ts';
import type { IdentityParts } from './parts.ts';
import { createProviders } from './providers.ts';
import { createRecorder } from './record-activity.ts';
import { createProviderGrants } from './refresh/provider-grants.ts';
import { createSingleSignOn } from './single-sign-on-cookie.ts';

const defaultLimits = { attemptsPerMinute: 300, reportsPerMinute: 120 };

/** More than a person presses, and less than a flood. */
const sessionsPerMinute = 60;

/** Builds what the steps of the sign-in host share. */
export function createParts(deps: IdentityDeps): IdentityParts {
  const limits = deps.limits ?? defaultLimits;
  const answers = createAnswers(deps);
  const providers = createProviders(deps);
  const secrets = createAttemptSecrets({ ...deps, key: deps.secret });
  const attempts = createAttempts({ store: deps.store, secrets });
  const recorder = createRecorder(deps.audit);
  const singleSignOn = createSingleSignOn({
    store: deps.singleSignOnStore,
    secrets: [deps.secret, ...deps.formerSecrets],
    maxAgeMs: () => deps.snapshot().session.expirationMs,
    onLateFault: (fault, request) =>
      deps.log.error({ code: fault.code, decision_id: exchangeOf(request).decisionId }, fault.message),
  });
  return {
    deps,
    answers,
    providers,
    attempts,
    recorder,
    grants: createProviderGrants(deps.store, deps.now),
    singleSignOn,
    askProvider: createAskProvider({ ...deps, providers, attempts, answers }),
    handOver: createHandOver(deps, answers),
    findCurrentSession: createFindCurrentSession(deps, singleSignOn, recorder),
    signOutTokens: createFormTokens(deps.secret, 'sign-out form'),
    sessionsTokens: createFormTokens(deps.secret, 'sessions form'),
    disownedTokens: createFormTokens(deps.secret, 'disowned notice'),
    stepUpTokens: createFormTokens(deps.secret, 'step-up link'),
    browserTokens: createFormTokens(deps.secret, 'browser form'),
    icons: createIcons(deps.secret),
    browsers: createRegisteredBrowsers(deps.store),
    browserProofs: createBrowserProofs(deps),
    signInBudget: createSignInBudget({ secrets, strangersPerMinute: limits.attemptsPerMinute, now: deps.now }),
    strayLimiter: createLimiter(limits.attemptsPerMinute, 60),
    reportLimiter: createLimiter(limits.reportsPerMinute, 60),
    sessionsLimiter: createLimiter(sessionsPerMinute, 60),
  };
}

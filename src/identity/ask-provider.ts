import type { IdentityProvider, Reauthentication } from '../config/snapshot.ts';
import { callbackPathOf } from '../config/values/callback-path.ts';
import { Fault } from '../decision/fault.ts';
import { mintSecret } from '../state/secret.ts';
import type { Answers } from './answer.ts';
import type { AttemptPurpose, Attempts } from './attempts.ts';
import { type Exchange, queryOf, singleParameter } from './exchange.ts';
import type { ReachableProvider } from './openid-client.ts';
import type { Providers } from './providers.ts';

/** What to ask a provider for, and where to go afterwards. */
export interface ProviderQuestion {
  readonly provider: IdentityProvider;
  readonly purpose: AttemptPurpose;
  readonly returnTargetId: string | undefined;
  /** Beyond those of every request; made once the provider's abilities are known. */
  readonly parameters: (reachable: ReachableProvider) => Readonly<Record<string, string>>;
}

/**
 * Sends the browser to a provider. Rejects with `Fault('idp_unavailable')` before anything was written: also where the last look
 * found it away, so that nobody is sent to a host that does not answer. Somebody who knows better says `anyway`.
 */
export type AskProvider = (exchange: Exchange, question: ProviderQuestion) => Promise<void>;

export function createAskProvider(deps: {
  readonly providers: Providers;
  readonly attempts: Attempts;
  readonly answers: Answers;
  readonly randomBytes: (size: number) => Buffer;
  readonly now: () => number;
}): AskProvider {
  const secret = () => mintSecret(deps.randomBytes);
  return async (exchange, question) => {
    const isAway = deps.providers.standingOf(question.provider).state === 'away';
    if (isAway && !goesAnyway(exchange)) {
      throw new Fault(
        'idp_unavailable',
        `The provider "${question.provider.id}" did not answer when it was last looked at.`,
      );
    }
    const reachable = await deps.providers.reach(question.provider);
    const secrets = { state: secret(), nonce: secret(), codeVerifier: secret() };
    const redirectUri = exchange.authOrigin + callbackPathOf(exchange.snapshot.providers, question.provider.id);
    const parameters = { ...question.provider.authorize, ...question.parameters(reachable) };
    const url = await reachable.authorizationUrl(secrets, redirectUri, parameters);
    await deps.attempts.begin(exchange, {
      ...secrets,
      providerId: question.provider.id,
      issuer: question.provider.issuer,
      purpose: question.purpose,
      returnTargetId: question.returnTargetId,
      redirectUri,
      askedAtMs: deps.now(),
    });
    deps.answers.redirect(exchange, url.href);
  };
}

/** The person knows that a provider answers which this process found away. */
export function goesAnyway(exchange: Exchange): boolean {
  return singleParameter(queryOf(exchange.request), 'anyway') === '1';
}

const byPrompt: Reauthentication = { prompt: 'login', maxAgeMs: 1_000, isObeyed: false };

/** Asks the provider to sign the person in anew, and to say when it did (OpenID Connect Core 3.1.2.1). */
export function signInAnew({ reauth = byPrompt }: Pick<IdentityProvider, 'reauth'>) {
  const seconds = Math.max(1, Math.ceil(reauth.maxAgeMs / 1000));
  return { prompt: reauth.prompt, max_age: String(seconds) } as const;
}

/** Asks for `auth_time`, without which no proof has an age. */
export function signInParameters(reachable: ReachableProvider): Readonly<Record<string, string>> {
  if (!reachable.supportsClaimsParameter) return {};
  return { claims: JSON.stringify({ id_token: { auth_time: { essential: true } } }) };
}

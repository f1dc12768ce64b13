import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  type CustomFetch,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  refreshTokenGrant,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
} from 'openid-client';
import type { IdentityProvider } from '../config/snapshot.ts';
import { Fault } from '../decision/fault.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type Claims, lacksMappedClaims, withUserinfo } from './claims.ts';
import { type ClassifiedProblem, classifyProviderError } from './classify-provider-error.ts';
import type { Log } from './identity-deps.ts';
import { createLookAtProvider, type LookAtProvider } from './look-at-provider.ts';
import {
  callTimeoutMs,
  createProviderCalls,
  type ProviderAnswer,
  type ProviderEndpoint,
  responseOf,
} from './provider-calls.ts';
import { createProviderKeys, keyIdOf } from './provider-keys.ts';

/** What an attempt must remember so that its callback can be checked. */
export interface AttemptSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** What a provider can be asked with again. Secrets: never logged, never shown. */
export interface ProviderTokens {
  readonly refreshToken: string | undefined;
  readonly accessToken: string;
  /** `undefined`: the provider does not say. */
  readonly accessTokenLivesMs: number | undefined;
}

/** A token that passed every check of OpenID Connect Core 3.1.3.7, signature included. */
export interface VerifiedToken {
  readonly idToken: string;
  /** Of the ID Token alone: how and when its subject signed in is read from these. */
  readonly idTokenClaims: Claims;
  /** With those of userinfo beneath them: who the person is. */
  readonly claims: Claims;
  readonly tokens: ProviderTokens;
}

export type CodeExchange =
  | { readonly outcome: 'verified'; readonly token: VerifiedToken }
  | ({ readonly outcome: 'failed' } & ClassifiedProblem);

/** A provider whose discovery document is known. */
export interface ReachableProvider {
  readonly supportsClaimsParameter: boolean;
  /** Whether it answers now. Rejects with `Fault('idp_unavailable')`. */
  readonly look: LookAtProvider;
  /** The URL to send the browser to: code flow with PKCE (S256), state and nonce, always. */
  authorizationUrl(
    secrets: AttemptSecrets,
    redirectUri: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<URL>;
  /**
   * Checks the callback and exchanges its code: state, `iss` (RFC 9207), PKCE, nonce, issuer, audience, times, signature.
   * @param callbackUrl the configured redirect URI with the query as it came; never made from the Host header
   */
  exchangeCode(callbackUrl: URL, secrets: AttemptSecrets): Promise<CodeExchange>;
  /**
   * Asks for new tokens (RFC 6749 6). The old refresh token may be worth nothing from then on. An ID Token that comes
   * along is checked like the first, but may be another person's: whoever calls compares `iss` and `sub`. Rejects with what
   * the library throws.
   */
  refresh(
    refreshToken: string,
  ): Promise<{ readonly tokens: ProviderTokens; readonly idTokenClaims: Claims | undefined }>;
  /** Userinfo of this `sub`; `undefined` where the provider has none. Rejects with what the library throws, also for another `sub`. */
  readonly userinfo: ((accessToken: string, subject: string) => Promise<Claims>) | undefined;
  /** Where RP-initiated sign-out begins; `undefined` when the provider has none. */
  endSessionUrl(parameters: Readonly<Record<string, string>>): URL | undefined;
}

/** What calls to providers are made with. */
export interface DiscoveryParts {
  readonly metrics: Pick<Metrics, 'providerCalled'>;
  readonly log: Pick<Log, 'error'>;
  readonly now: () => number;
}

/**
 * Reads a provider's discovery document. Rejects with `Fault('idp_unavailable')`.
 * An issuer at `http://` is asked on this machine alone, as the configuration allows it.
 */
export async function discoverProvider(provider: IdentityProvider, parts: DiscoveryParts): Promise<ReachableProvider> {
  const issuer = new URL(provider.issuer);
  const isInsecure = issuer.protocol === 'http:';
  if (isInsecure && !isLoopback(issuer.hostname)) {
    throw new Fault('idp_unavailable', `The issuer of "${provider.id}" is not at https://, so it is not asked.`);
  }
  const call = createProviderCalls(provider, parts);
  const configure = (fetchBy: CustomFetch): Promise<Configuration> =>
    discovery(issuer, provider.clientId, undefined, basicOrPost(provider.clientSecret), {
      [customFetch]: fetchBy,
      timeout: callTimeoutMs / 1000,
      execute: isInsecure ? [allowInsecureRequests, enableNonRepudiationChecks] : [enableNonRepudiationChecks],
    });
  let document: ProviderAnswer | undefined;
  let known: Configuration | undefined;
  try {
    known = await configure(async (url, options) => {
      const answer = await call(url, endpointOf(url, known), initOf(options));
      document ??= answer;
      return responseOf(answer);
    });
  } catch (thrown) {
    const { errorCode } = classifyProviderError(thrown);
    throw new Fault('idp_unavailable', `The provider "${provider.id}" does not answer discovery (${errorCode}).`);
  }
  const configuration = known;
  const keys = createProviderKeys({
    now: parts.now,
    ask: () =>
      call(jwksUriOf(configuration), 'jwks', { redirect: 'manual', signal: AbortSignal.timeout(callTimeoutMs) }),
  });
  /**
   * The library keeps keys for each configuration, and asks for new ones once a minute at most. So every token is taken by
   * a configuration of its own, made from the same document, and `keys` decides when the provider is asked.
   */
  const configureOnce = (): Promise<Configuration> => {
    let isDocumentAsked = true;
    let keyId: string | undefined;
    return configure(async (url, options) => {
      if (isDocumentAsked && document !== undefined) {
        isDocumentAsked = false;
        return responseOf(document);
      }
      const endpoint = endpointOf(url, configuration);
      if (endpoint === 'jwks') return responseOf(await keys.answerFor(keyId));
      const answer = await call(url, endpoint, initOf(options));
      if (endpoint === 'token') keyId = keyIdOf(answer);
      return responseOf(answer);
    });
  };
  const look = createLookAtProvider(provider, configuration.serverMetadata().authorization_endpoint, call);
  return reachableProvider(provider, configuration, configureOnce, look);
}

function jwksUriOf(configuration: Configuration): string {
  const { jwks_uri: uri } = configuration.serverMetadata();
  if (uri === undefined) throw new Fault('idp_refused', 'The provider names no jwks_uri, so no token can be checked.');
  return uri;
}

function reachableProvider(
  provider: IdentityProvider,
  configuration: Configuration,
  configureOnce: () => Promise<Configuration>,
  look: LookAtProvider,
): ReachableProvider {
  const metadata = configuration.serverMetadata();
  return {
    supportsClaimsParameter: metadata.claims_parameter_supported === true,
    look,
    async authorizationUrl(secrets, redirectUri, parameters) {
      return buildAuthorizationUrl(configuration, {
        ...parameters,
        redirect_uri: redirectUri,
        scope: provider.scopes.join(' '),
        state: secrets.state,
        nonce: secrets.nonce,
        code_challenge: await calculatePKCECodeChallenge(secrets.codeVerifier),
        code_challenge_method: 'S256',
      });
    },
    async exchangeCode(callbackUrl, secrets) {
      try {
        const tokens = await authorizationCodeGrant(await configureOnce(), callbackUrl, {
          expectedState: secrets.state,
          expectedNonce: secrets.nonce,
          pkceCodeVerifier: secrets.codeVerifier,
          idTokenExpected: true,
        });
        const idTokenClaims = tokens.claims();
        if (idTokenClaims === undefined || tokens.id_token === undefined) {
          return { outcome: 'failed', problem: 'refused', errorCode: 'id_token_missing' };
        }
        const needsUserinfo = metadata.userinfo_endpoint !== undefined && lacksMappedClaims(provider, idTokenClaims);
        const claims = needsUserinfo
          ? withUserinfo(
              provider,
              idTokenClaims,
              await fetchUserInfo(configuration, tokens.access_token, idTokenClaims.sub),
            )
          : idTokenClaims;
        return {
          outcome: 'verified',
          token: { idToken: tokens.id_token, idTokenClaims, claims, tokens: tokensOf(tokens) },
        };
      } catch (thrown) {
        return { outcome: 'failed', ...classifyProviderError(thrown) };
      }
    },
    async refresh(refreshToken) {
      const answer = await refreshTokenGrant(await configureOnce(), refreshToken);
      return { tokens: tokensOf(answer), idTokenClaims: answer.claims() };
    },
    userinfo:
      metadata.userinfo_endpoint === undefined
        ? undefined
        : (accessToken, subject) => fetchUserInfo(configuration, accessToken, subject),
    endSessionUrl: (parameters) =>
      metadata.end_session_endpoint === undefined ? undefined : buildEndSessionUrl(configuration, { ...parameters }),
  };
}

function tokensOf(answer: TokenEndpointResponse & TokenEndpointResponseHelpers): ProviderTokens {
  const seconds = answer.expiresIn();
  return {
    refreshToken: answer.refresh_token,
    accessToken: answer.access_token,
    accessTokenLivesMs: seconds === undefined ? undefined : seconds * 1000,
  };
}

/** `client_secret_basic` is what a provider supports that does not say (OpenID Connect Discovery 3). */
function basicOrPost(secret: string): ClientAuth {
  const basic = ClientSecretBasic(secret);
  const post = ClientSecretPost(secret);
  return (server, client, body, headers) => {
    const supported = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const authenticate =
      supported.includes('client_secret_post') && !supported.includes('client_secret_basic') ? post : basic;
    authenticate(server, client, body, headers);
  };
}

/** The two type libraries spell the same bodies differently. */
function initOf({ body, ...options }: Parameters<CustomFetch>[1]): RequestInit {
  return { ...options, body: (body ?? null) as BodyInit | null };
}

function endpointOf(url: string, configuration: Configuration | undefined): ProviderEndpoint {
  const metadata = configuration?.serverMetadata();
  if (metadata === undefined) return 'discovery';
  if (url === metadata.jwks_uri) return 'jwks';
  return url === metadata.userinfo_endpoint ? 'userinfo' : 'token';
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '127.0.0.1' || hostname === '[::1]'
  );
}

import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import Provider, {
  type Adapter,
  type AdapterPayload,
  type Configuration,
  interactionPolicy,
  type JWK,
} from 'oidc-provider';

/** Someone who can sign in at the test's provider. */
export interface ProviderPerson {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  groups: readonly string[];
  /** Default: true. */
  readonly isEmailVerified?: boolean;
}

/** Ways in which providers misbehave; each can be switched while it runs. */
export interface Misbehaviour {
  /** Answers with the old sign-in, whatever was asked (LemonLDAP::NG does). */
  ignoresStepUp: boolean;
  /** Takes no notice of who is meant. */
  ignoresHints: boolean;
  /** Drops every connection. */
  isDead: boolean;
  /** Answers nothing on paths that begin with this. */
  hangsOn: string | undefined;
  /** Answers 503 on paths that begin with this. */
  failsOn: string | undefined;
  /** Answers in place of the provider on these paths. */
  answers: Readonly<Record<string, (response: ServerResponse) => void>>;
}

export interface TestProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly misbehaviour: Misbehaviour;
  /** Paths with their queries, in the order in which they were asked. */
  readonly requests: string[];
  close(): Promise<void>;
}

const signingKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK;

export const otpCode = '123456';

/**
 * A real oidc-provider. Its sign-in page is a form with the fields `login` (a person's id) and, where a second factor is
 * asked for, `code`. Without a code the sign-in is `acr: pwd`, `amr: [pwd]`; with one `acr: mfa`, `amr: [pwd, otp]`.
 */
export async function startProvider(options: {
  readonly people: readonly ProviderPerson[];
  readonly redirectUris: (issuer: string) => readonly string[];
  readonly postLogoutRedirectUris: (issuer: string) => readonly string[];
  readonly supportsClaimsParameter?: boolean;
  /** False: its tokens never say when the person signed in, whatever is asked. */
  readonly sendsAuthTime?: boolean;
  /** With rotation: one that is used twice revokes the whole grant. Default: none are given. */
  readonly givesRefreshTokens?: boolean;
  /** Serves at `https://localhost` with this certificate; default: plain HTTP at 127.0.0.1. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
}): Promise<TestProvider> {
  const misbehaviour: Misbehaviour = {
    ignoresStepUp: false,
    ignoresHints: false,
    isDead: false,
    hangsOn: undefined,
    failsOn: undefined,
    answers: {},
  };
  const requests: string[] = [];
  let handle: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => response.end();
  const serve: RequestListener = (request, response) => {
    const url = request.url ?? '/';
    requests.push(url);
    if (misbehaviour.isDead) return void request.socket.destroy();
    if (misbehaviour.hangsOn !== undefined && url.startsWith(misbehaviour.hangsOn)) return;
    if (misbehaviour.failsOn !== undefined && url.startsWith(misbehaviour.failsOn)) {
      response.writeHead(503).end();
      return;
    }
    const instead = misbehaviour.answers[url];
    if (instead !== undefined) return instead(response);
    request.url = withoutIgnored(url, misbehaviour, options.sendsAuthTime === false);
    // oidc-provider says when, whenever it is asked to ask: so it is made to ask by not knowing the browser.
    if (options.sendsAuthTime === false && /[?&]prompt=login(&|$)/.test(url)) delete request.headers.cookie;
    handle(request, response);
  };
  const server = options.tls === undefined ? createServer(serve) : createTlsServer(options.tls, serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = options.tls === undefined ? 'http://127.0.0.1' : 'https://localhost';
  const issuer = `${origin}:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, configurationOf(options, issuer));
  const koa = provider.callback();
  handle = (request, response) => {
    const match = /^\/interaction\/([\w-]+)$/.exec(request.url ?? '');
    if (match === null) return void koa(request, response);
    interact(provider, options.people, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  };
  return {
    issuer,
    clientId: 'postern',
    clientSecret: 'a-secret-of-the-test-provider-only',
    misbehaviour,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function configurationOf(options: Parameters<typeof startProvider>[0], issuer: string): Configuration {
  const policy = interactionPolicy.base();
  policy.get('login')?.checks.add(
    new interactionPolicy.Check('acr_values', 'a second factor is asked for', (ctx) => {
      const asked = String(ctx.oidc.params?.['acr_values'] ?? '');
      const isMissing = asked.includes('mfa') && ctx.oidc.acr !== 'mfa' && ctx.oidc.result?.login === undefined;
      return isMissing ? interactionPolicy.Check.REQUEST_PROMPT : interactionPolicy.Check.NO_NEED_TO_PROMPT;
    }),
  );
  return {
    clients: [
      {
        client_id: 'postern',
        client_secret: 'a-secret-of-the-test-provider-only',
        // `native` would insist on 127.0.0.1 for http; `web` takes hosts under localhost with the code flow.
        application_type: 'web',
        redirect_uris: [...options.redirectUris(issuer)],
        post_logout_redirect_uris: [...options.postLogoutRedirectUris(issuer)],
        response_types: ['code'],
        grant_types: ['authorization_code', ...(options.givesRefreshTokens === true ? ['refresh_token'] : [])],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    findAccount: (_ctx, id) => {
      const person = options.people.find((candidate) => candidate.id === id);
      if (person === undefined) return undefined;
      return {
        accountId: id,
        claims: () => ({
          sub: id,
          email: person.email,
          email_verified: person.isEmailVerified ?? true,
          name: person.name,
          groups: [...person.groups],
        }),
      };
    },
    claims: {
      openid: ['sub', 'acr', 'amr', ...(options.sendsAuthTime === false ? [] : ['auth_time'])],
      email: ['email', 'email_verified'],
      profile: ['name'],
      groups: ['groups'],
    },
    conformIdTokenClaims: false,
    ...(options.givesRefreshTokens === true
      ? { issueRefreshToken: async () => true, rotateRefreshToken: true, expiresWithSession: async () => false }
      : {}),
    acrValues: ['pwd', 'mfa'],
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: options.supportsClaimsParameter ?? true },
      rpInitiatedLogout: { enabled: true },
    },
    interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: async (ctx) => {
      // The same grant for the whole session: codes of an older one are no longer honoured, and two tabs would fail.
      const known = ctx.oidc.session?.grantIdFor(ctx.oidc.client?.clientId ?? '');
      if (known !== undefined) return ctx.oidc.provider.Grant.find(known);
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client?.clientId ?? '',
        accountId: ctx.oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid profile email groups');
      grant.addOIDCClaims(['acr', 'auth_time']);
      await grant.save();
      return grant;
    },
    adapter: createAdapters(),
    jwks: { keys: [signingKey] },
    cookies: { keys: ['only-for-tests'] },
    ttl: {
      AccessToken: 600,
      RefreshToken: 86_400,
      AuthorizationCode: 60,
      Grant: 3600,
      IdToken: 3600,
      Interaction: 600,
      Session: 3600,
    },
    renderError: (ctx, out) => {
      ctx.type = 'json';
      ctx.body = out;
    },
  };
}

/** What the provider keeps, in memory; a factory of its own spares the warning about the built-in one. */
function createAdapters(): (name: string) => Adapter {
  const kept = new Map<string, AdapterPayload>();
  return (name) => {
    const keyOf = (id: string) => `${name} ${id}`;
    const adapter: Adapter = {
      upsert: async (id, payload) => void kept.set(keyOf(id), payload),
      find: async (id) => kept.get(keyOf(id)),
      findByUserCode: async () => undefined,
      findByUid: async (uid) => [...kept.values()].find((payload) => payload.uid === uid && payload.kind === name),
      async consume(id) {
        const payload = kept.get(keyOf(id));
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => void kept.delete(keyOf(id)),
      async revokeByGrantId(grantId) {
        for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key);
      },
    };
    return adapter;
  };
}

async function interact(
  provider: Provider,
  people: readonly ProviderPerson[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const details = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    const buttons = people.map(({ id, name }) => `<button name="login" value="${id}">${name}</button>`).join('');
    const body = `<form method="post">${buttons}<input name="code"><button name="cancel" value="1">Cancel</button></form>`;
    response.writeHead(200, { 'content-type': 'text/html' }).end(body);
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  if (form.has('cancel') || form.has('error')) {
    const error = form.get('error') ?? 'access_denied';
    return provider.interactionFinished(request, response, { error, error_description: details.uid });
  }
  const isTwoFactor = form.get('code') === otpCode;
  await provider.interactionFinished(request, response, {
    login: {
      accountId: form.get('login') ?? '',
      acr: isTwoFactor ? 'mfa' : 'pwd',
      amr: isTwoFactor ? ['pwd', 'otp'] : ['pwd'],
      remember: true,
    },
  });
}

function withoutIgnored(url: string, misbehaviour: Misbehaviour, ignoresAge: boolean): string {
  if (!url.startsWith('/auth?')) return url;
  const parsed = new URL(url, 'http://provider.test');
  const ignored = [
    ...(ignoresAge ? ['claims', 'max_age', 'prompt'] : []),
    ...(misbehaviour.ignoresStepUp ? ['acr_values', 'claims', 'max_age', 'prompt', 'id_token_hint'] : []),
    ...(misbehaviour.ignoresHints ? ['id_token_hint', 'login_hint'] : []),
  ];
  for (const name of ignored) parsed.searchParams.delete(name);
  return parsed.pathname + parsed.search;
}

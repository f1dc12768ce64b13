import { randomBytes, randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { type Configuration, type interactionPolicy, interactionPolicy as policy } from 'oidc-provider';
import { closeServer, listenOnLoopback } from './listen.ts';
import { findPerson } from './people.ts';
import {
  asksForSecondFactor,
  createInteractionHandler,
  firstFactorAcr,
  secondFactorAcr,
} from './provider-interaction.ts';
import { renderProblem, renderSignedOut, renderSignOut } from './provider-pages.ts';
import { createProviderStore } from './provider-store.ts';

/** The client that Postern is at this provider. */
export interface ProviderClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
}

export interface DemoProvider {
  /** `http://localhost:PORT`. */
  readonly issuer: string;
  close(): Promise<void>;
}

/** oidc-provider prompts for acr values that are essential; this one also keeps the wish of a plain `acr_values`. */
function loginPolicy(): interactionPolicy.DefaultPolicy {
  const prompts = policy.base();
  prompts.get('login')?.checks.add(
    new policy.Check('wanted_acr', 'a second factor was asked for', (context) => {
      const { acr, params, result } = context.oidc;
      if (acr === secondFactorAcr || result?.login !== undefined) return policy.Check.NO_NEED_TO_PROMPT;
      return asksForSecondFactor(params ?? {}) ? policy.Check.REQUEST_PROMPT : policy.Check.NO_NEED_TO_PROMPT;
    }),
  );
  return prompts;
}

async function createConfiguration(client: ProviderClient, now: () => number): Promise<Configuration> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return {
    adapter: createProviderStore(now),
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [...client.redirectUris],
        post_logout_redirect_uris: [...client.postLogoutRedirectUris],
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'demo', use: 'sig', alg: 'RS256' }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      profile: ['name'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    acrValues: [firstFactorAcr, secondFactorAcr],
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.type = 'html';
          context.body = renderSignOut(form);
        },
        postLogoutSuccessSource: (context) => {
          context.type = 'html';
          context.body = renderSignedOut();
        },
      },
    },
    interactions: { policy: loginPolicy(), url: (_context, interaction) => `/interaction/${interaction.uid}` },
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      IdToken: 3600,
      Interaction: 3600,
      Session: 86_400,
      Grant: 86_400,
      RefreshToken: 86_400,
    },
    clientBasedCORS: () => false,
    renderError: (context, error) => {
      context.type = 'html';
      context.body = renderProblem('Sign-in failed', error.error_description ?? error.error);
    },
    findAccount: (_context, id) => {
      const person = findPerson(id);
      if (person === undefined) return undefined;
      const { name, email, groups } = person;
      return {
        accountId: id,
        claims: () => ({ sub: id, name, email, email_verified: true, groups: [...groups] }),
      };
    },
    loadExistingGrant: async (context) => {
      const { client: asking, session, params } = context.oidc;
      const grant = new context.oidc.provider.Grant({
        clientId: asking?.clientId ?? '',
        accountId: session?.accountId ?? '',
      });
      grant.addOIDCScope(String(params?.['scope'] ?? 'openid'));
      grant.addOIDCClaims(['name', 'email', 'email_verified', 'groups']);
      await grant.save();
      return grant;
    },
  };
}

/** Starts a real OpenID Connect provider whose sign-in page has a button for each person of the demo. */
export async function startProvider(
  client: ProviderClient,
  port: number,
  now: () => number = Date.now,
): Promise<DemoProvider> {
  const server: Server = createServer();
  const bound = await listenOnLoopback(server, port);
  const issuer = `http://localhost:${bound}`;
  const provider = new Provider(issuer, await createConfiguration(client, now));
  const interact = createInteractionHandler(provider, () => String(randomInt(100_000, 1_000_000)));
  const serve = provider.callback();
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) {
      void serve(request, response);
      return;
    }
    interact(request, response).catch(() => {
      response.writeHead(400, { 'content-type': 'text/html; charset=utf-8' });
      response.end(
        renderProblem('This sign-in is over', 'It was finished, took too long, or was begun in another browser.'),
      );
    });
  });
  return { issuer, close: () => closeServer(server) };
}

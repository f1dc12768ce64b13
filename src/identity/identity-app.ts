import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';
import type { IdentityProvider, Snapshot } from '../config/snapshot.ts';
import { createParts } from './create-parts.ts';
import type { IdentityDeps } from './identity-deps.ts';
import { createIdentityRoutes } from './identity-routes.ts';
import { type ClaimsRefresher, createClaimsRefresher } from './refresh/claims-refresher.ts';
import { createRefreshLeases } from './refresh/refresh-leases.ts';
import type { ProviderStanding } from './watch-provider.ts';

/** Handles every request to the sign-in host. */
export interface IdentityApp {
  (request: IncomingMessage, response: ServerResponse): void;
  /** Asks the providers of a configuration that has just begun to run, in the background. */
  warmUp(snapshot: Snapshot): void;
  /** How the providers of the running configuration were found by this process when it last looked. */
  providers(): readonly (Pick<IdentityProvider, 'id'> & { readonly standing: ProviderStanding })[];
  /** Reads claims again in the background. Close it before the state. */
  readonly refresher: ClaimsRefresher;
  /** Stops asking providers that are away. */
  close(): void;
}

/**
 * Builds the sign-in host: sign-in, callback, step-up, sign-out, portal, device page and report endpoint.
 * Hand it only requests that the door has let in (one Host, canonical path). Providers are asked for their discovery
 * documents at once, in the background; a provider that is away delays nothing.
 */
export function createIdentityApp(deps: IdentityDeps): IdentityApp {
  const parts = createParts(deps);
  parts.providers.warmUp(deps.snapshot());
  // A worker that nobody signs in at needs no Express: its first answer comes sooner.
  let routes: Express | undefined;
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    routes ??= createIdentityRoutes(deps, parts);
    routes(request, response);
  };
  const { providers, grants } = parts;
  const leases = createRefreshLeases(deps.store, deps.now);
  return Object.assign(handler, {
    refresher: createClaimsRefresher({ openSessions: () => [], ...deps, providers, grants, leases }),
    providers: () =>
      [...deps.snapshot().providers.values()].map((provider) => ({
        id: provider.id,
        standing: providers.standingOf(provider),
      })),
    warmUp: (snapshot: Snapshot) => parts.providers.warmUp(snapshot),
    close: () => parts.providers.close(),
  });
}

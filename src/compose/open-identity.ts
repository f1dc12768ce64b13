import { randomBytes } from 'node:crypto';
import type { Snapshot } from '../config/snapshot.ts';
import { parseZone } from '../config/values/opening-hours.ts';
import { createArrivalDirectory, createHandOverToSignInHost } from '../gateway/arrival-directory.ts';
import type { GatewayParts } from '../gateway/gateway-parts.ts';
import { createIdentityApp } from '../identity/identity-app.ts';
import type { IdentityDeps } from '../identity/identity-deps.ts';
import { createPageRenderer } from '../pages/create-page-renderer.tsx';
import type { PageRenderer } from '../pages/page.ts';
import type { Risk } from '../risk/risk.ts';
import { createSingleSignOnStore } from '../sessions/single-sign-on-store.ts';
import type { StreamRegistry } from '../streams/stream-registry.ts';
import { arrivalViews } from './arrival-views.ts';
import { sessionsOf } from './open-streams.ts';

/** The pages of both planes. A server whose zone has no name tells the time of the world. */
export function openPages(): PageRenderer {
  let known: string | undefined;
  // Asked for the first page: what Node looks up for it takes longer than a request.
  const zone = () => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    return parseZone(timeZone).ok ? timeZone : 'UTC';
  };
  return createPageRenderer({
    timeZone: () => {
      known ??= zone();
      return known;
    },
  });
}

/** What the sign-in host is given of the program; the rest it has from these. */
type OpenIdentityParts = Omit<
  IdentityDeps,
  | keyof ReturnType<typeof arrivalViews>
  | 'openSessions'
  | 'onFailedStepUp'
  | 'randomBytes'
  | 'singleSignOnStore'
  | 'formerSecrets'
> & {
  /** The one that the program starts with. */
  readonly configuration: Snapshot;
  readonly snapshot: () => Snapshot;
  readonly peerCertificate: GatewayParts['peerCertificate'];
  readonly tlsPort: GatewayParts['tlsPort'];
  readonly streams: Pick<StreamRegistry, 'all'>;
  readonly risk: Pick<Risk, 'countFailedFactor'>;
};

/** The sign-in host, and the way to it that the gateway knows. */
export function openIdentity(parts: OpenIdentityParts) {
  const { configuration, peerCertificate, tlsPort, streams, risk, ...given } = parts;
  const { store, snapshot, devices, now } = given;
  const arrivals = createArrivalDirectory();
  const identity = createIdentityApp({
    ...given,
    ...arrivalViews({ arrivals, devices, peerCertificate, now, tlsPort }),
    openSessions: () => sessionsOf(streams),
    onFailedStepUp: ({ id, person }) => risk.countFailedFactor({ sessionId: id, person }, now()),
    randomBytes,
    singleSignOnStore: createSingleSignOnStore({
      store,
      now,
      maxAgeMs: () => snapshot().session.expirationMs,
      randomBytes,
    }),
    // Before there was one in the state, the state's key signed.
    formerSecrets: [configuration.state.key].flat(),
  });
  /** How each provider stood when it was last looked at. */
  const providers = () =>
    identity.providers().map(({ id, standing }) => ({
      id,
      state: standing.state,
      sinceMs: standing.state === 'unknown' ? undefined : standing.sinceMs,
    }));
  return { identity, providers, signInHost: createHandOverToSignInHost(arrivals, identity) };
}

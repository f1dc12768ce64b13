import { randomBytes } from 'node:crypto';
import type { SnapshotHolder } from '../config/reload/snapshot-holder.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { createAssertionKeys } from '../gateway/assertion/assertion-keys.ts';
import { createAssertionSigner } from '../gateway/assertion/assertion-signer.ts';
import { createGateway, type Gateway } from '../gateway/gateway.ts';
import type { GatewayParts } from '../gateway/gateway-parts.ts';
import { createKeptPosts } from '../gateway/kept-posts.ts';
import { createInFlightLimit } from '../gateway/limit-in-flight.ts';
import { createUnreadableRecorder } from '../gateway/record-unreadable.ts';
import type { ReloadableMetrics } from '../metrics/create-metrics.ts';
import { createAttemptSecrets } from '../sessions/attempt-secret.ts';
import { createSignInBudget } from '../sessions/sign-in-budget.ts';
import type { StateStore } from '../state/state-store.ts';
import type { Lifecycle } from './lifecycle.ts';
import { metricNamesOf } from './seed-metrics.ts';

/** Of one address, at apps: an office behind one address comes in the morning; each leaves a record for ten minutes. */
const signInsPerMinute = 1_200;

/** What the gateway is given of the program; the rest it has from these. */
type OpenGatewayParts = Omit<
  GatewayParts,
  | 'snapshot'
  | 'metrics'
  | 'attemptSecrets'
  | 'keptPosts'
  | 'signInBudget'
  | 'inFlight'
  | 'assertions'
  | 'isDraining'
  | 'isClosed'
  | 'tlsPort'
> & {
  readonly holder: Pick<SnapshotHolder, 'snapshot' | 'onSwap'>;
  readonly store: StateStore;
  readonly metrics: ReloadableMetrics;
  readonly signInSecret: string;
  readonly life: Pick<Lifecycle, 'isDraining' | 'isClosed' | 'addresses'>;
};

/** The gateway; each configuration has parts of its own, so that a request keeps those that it began with. */
export function openGateway({ holder, store, metrics, signInSecret, life, ...given }: OpenGatewayParts): {
  readonly gateway: Gateway;
  readonly recordUnreadable: ReturnType<typeof createUnreadableRecorder>;
} {
  const { now } = given;
  const { snapshot } = holder;
  const attemptSecrets = createAttemptSecrets({ key: signInSecret, randomBytes, now });
  const shared: Omit<GatewayParts, 'snapshot' | 'metrics'> = {
    ...given,
    attemptSecrets,
    keptPosts: createKeptPosts({ key: signInSecret, randomBytes }),
    signInBudget: createSignInBudget({ secrets: attemptSecrets, strangersPerMinute: signInsPerMinute, now }),
    inFlight: createInFlightLimit(
      () => snapshot().server.limits.requestsPerClient,
      () => metrics.rateLimited('requests_per_client'),
    ),
    assertions: createAssertionSigner(createAssertionKeys(store)),
    isDraining: life.isDraining,
    isClosed: life.isClosed,
    tlsPort: () => life.addresses().tlsPort,
  };
  const partsOf = (deciding: Snapshot): GatewayParts => ({
    ...shared,
    snapshot: () => deciding,
    metrics: metrics.withConfiguration(metricNamesOf(deciding)),
  });
  let parts = partsOf(snapshot());
  holder.onSwap((next) => {
    parts = partsOf(next);
  });
  return { gateway: createGateway(() => parts), recordUnreadable: createUnreadableRecorder({ ...given, snapshot }) };
}

import type { Snapshot } from '../config/snapshot.ts';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { isOwnSetCookie } from '../sessions/host-credential.ts';
import type { DialGuardPorts } from '../upstream/dial-guard.ts';
import type { Forwarder, TunnelOpener } from '../upstream/forward.ts';
import { createForwarder } from '../upstream/forwarder.ts';
import type { Fence } from '../upstream/through-fence.ts';
import { createTunnelOpener } from '../upstream/tunnel.ts';
import { createUpstreamPools } from '../upstream/upstream-pools.ts';

/** What carries requests and WebSockets to apps, over the same connections and past the same guards. */
export function openUpstreams(parts: {
  readonly snapshot: () => Snapshot;
  readonly lookups: Partial<Pick<DialGuardPorts, 'lookup' | 'localAddresses'>> | undefined;
  readonly ownPorts: DialGuardPorts['ownPorts'];
  readonly guard: ConnectionGuard;
  readonly fence: Fence;
  readonly monotonicMs: () => number;
  readonly metrics: Pick<Metrics, 'rateLimited'>;
}): { readonly forwarder: Forwarder; readonly tunnels: TunnelOpener } {
  const { guard, fence } = parts;
  const pools = createUpstreamPools({
    connectionsPerServer: () => parts.snapshot().server.limits.upstreamConnections,
    ...parts.lookups,
    ownPorts: parts.ownPorts,
  });
  return {
    forwarder: createForwarder({
      now: parts.monotonicMs,
      pools,
      isOwnSetCookie,
      guard,
      fence,
      onLimited: parts.metrics.rateLimited,
    }),
    tunnels: createTunnelOpener({ pools, isOwnSetCookie, guard, fence }),
  };
}

import type { Snapshot } from '../config/snapshot.ts';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { isOwnSetCookie } from '../sessions/host-credential.ts';
import { createHealthChecks, type HealthChecks } from '../upstream/check-health.ts';
import type { DialGuardPorts } from '../upstream/dial-guard.ts';
import type { Forwarder, TunnelOpener } from '../upstream/forward.ts';
import { createForwarder } from '../upstream/forwarder.ts';
import type { Fence } from '../upstream/through-fence.ts';
import { createTunnelOpener } from '../upstream/tunnel.ts';
import { createUpstreamPools } from '../upstream/upstream-pools.ts';
import type { ComposeOptions } from './program.ts';

/** What carries requests and WebSockets to apps, over the same connections and past the same guards. */
export function openUpstreams(parts: {
  readonly snapshot: () => Snapshot;
  readonly lookups: Partial<Pick<DialGuardPorts, 'lookup' | 'localAddresses'>> | undefined;
  readonly ownPorts: DialGuardPorts['ownPorts'];
  readonly guard: ConnectionGuard;
  readonly fence: Fence;
  readonly monotonicMs: () => number;
  readonly metrics: Pick<Metrics, 'rateLimited' | 'upstreamChecked'>;
  readonly log: Pick<ComposeOptions['log'], 'info' | 'error'>;
}): { readonly forwarder: Forwarder; readonly tunnels: TunnelOpener; readonly healthChecks: HealthChecks } {
  const { guard, fence } = parts;
  const pools = createUpstreamPools({
    connectionsPerServer: () => parts.snapshot().server.limits.upstreamConnections,
    ...parts.lookups,
    ownPorts: parts.ownPorts,
    monotonicMs: parts.monotonicMs,
  });
  const unwell = new Set<string>();
  const forwarder = createForwarder({
    now: parts.monotonicMs,
    pools,
    isOwnSetCookie,
    guard,
    fence,
    onLimited: parts.metrics.rateLimited,
  });
  const healthChecks = createHealthChecks({
    pools,
    onChecked({ route, upstream, isWell }) {
      parts.metrics.upstreamChecked(upstream, isWell);
      // Told once as it turns, not at each check.
      const name = `${route} ${upstream}`;
      if (isWell && unwell.delete(name))
        parts.log.info({ route, upstream }, `${upstream} answers its health check again.`);
      if (isWell || unwell.has(name)) return;
      unwell.add(name);
      parts.log.error({ route, upstream }, `${upstream} does not answer its health check (route ${route}).`);
    },
  });
  return {
    forwarder: {
      ...forwarder,
      close() {
        healthChecks.stop();
        return forwarder.close();
      },
    },
    tunnels: createTunnelOpener({ pools, isOwnSetCookie, guard, fence }),
    healthChecks,
  };
}

import type { SnapshotHolder } from '../config/reload/snapshot-holder.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { Listener } from '../server/listener.ts';
import type { StreamWatch } from '../streams/watch-streams.ts';
import type { HealthChecks } from '../upstream/check-health.ts';
import type { Forwarder } from '../upstream/forward.ts';
import type { UpstreamTarget } from '../upstream/upstream-pools.ts';

export interface ApplyParts {
  readonly holder: Pick<SnapshotHolder, 'snapshot' | 'onSwap'>;
  readonly streamWatch: Pick<StreamWatch, 'lookAtAll'>;
  readonly forwarder: Pick<Forwarder, 'retain'>;
  readonly healthChecks: Pick<HealthChecks, 'checkThose'>;
  readonly listeners: () => readonly Listener[];
  readonly onProblem: (message: string, cause: unknown) => void;
}

/**
 * Does what a new configuration asks of connections that are open already: listeners show its certificates, pools that
 * no route uses any more close, and each open stream, and each request that is being carried, is decided again.
 */
export function applyToConnections(parts: ApplyParts): void {
  const { holder, onProblem } = parts;

  holder.onSwap((next) => {
    for (const listener of parts.listeners()) listener.retune(next.server.tls, next.server.limits);
  });
  holder.onSwap((next) => {
    parts.forwarder
      .retain(upstreamsOf(next))
      .catch((thrown: unknown) => onProblem('Connections of the old configuration could not be closed.', thrown));
  });
  parts.healthChecks.checkThose(holder.snapshot().routes);
  holder.onSwap((next) => parts.healthChecks.checkThose(next.routes));
  holder.onSwap(() => parts.streamWatch.lookAtAll());
}

function upstreamsOf({ routes }: Snapshot): readonly UpstreamTarget[] {
  return routes.flatMap(({ target }) => (target.kind === 'upstreams' ? target : []));
}

import type { SnapshotHolder } from '../config/reload/snapshot-holder.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { Listener } from '../server/listener.ts';
import { recheckStreams } from '../streams/recheck-streams.ts';
import type { OpenStream, StreamRegistry } from '../streams/stream-registry.ts';
import type { Forwarder } from '../upstream/forward.ts';
import type { UpstreamTarget } from '../upstream/upstream-pools.ts';

export interface TakeUpParts {
  readonly holder: Pick<SnapshotHolder, 'snapshot' | 'onSwap'>;
  readonly streams: Pick<StreamRegistry, 'all' | 'close'>;
  readonly forwarder: Pick<Forwarder, 'retain'>;
  readonly listeners: () => readonly Listener[];
  readonly log: { info(fields: object, message: string): void };
  readonly onProblem: (message: string, cause: unknown) => void;
}

/**
 * Does what a new configuration asks of connections that are open already: listeners show its certificates, pools that
 * no route uses any more close, and each open stream is decided again. `recheckLate` looks at a stream that opens late,
 * let in by a configuration that has ceased to run meanwhile.
 */
export function takeUpConnections(parts: TakeUpParts): {
  readonly recheckLate: (stream: OpenStream) => void;
  /** Resolves when the streams were decided again by the newest configuration. */
  readonly settled: () => Promise<void>;
} {
  const { holder, streams, onProblem } = parts;
  let rechecking = Promise.resolve();

  async function recheck(next: Snapshot, only?: OpenStream): Promise<number> {
    return recheckStreams(next, {
      streams: only === undefined ? streams : { all: () => [only], close: streams.close },
      onFault: (thrown) => onProblem('An open stream could not be decided again; it was closed.', thrown),
      isOutdated: () => holder.snapshot() !== next,
    });
  }

  holder.onSwap((next) => {
    for (const listener of parts.listeners()) listener.retune(next.server.tls, next.server.limits);
  });
  holder.onSwap((next) => {
    parts.forwarder
      .retain(upstreamsOf(next))
      .catch((thrown: unknown) => onProblem('Connections of the old configuration could not be closed.', thrown));
  });
  holder.onSwap((next) => {
    rechecking = recheck(next).then(
      (closed) => {
        if (closed > 0)
          parts.log.info({ closed }, 'Open streams that the new configuration does not allow were closed.');
      },
      (thrown: unknown) => onProblem('Open streams could not be decided again.', thrown),
    );
  });
  return {
    recheckLate(stream) {
      if (stream.decidedBy === undefined || stream.decidedBy === holder.snapshot()) return;
      void recheck(holder.snapshot(), stream);
    },
    settled: () => rechecking,
  };
}

function upstreamsOf({ routes }: Snapshot): readonly UpstreamTarget[] {
  return routes.flatMap(({ target }) => (target.kind === 'upstreams' ? target : []));
}

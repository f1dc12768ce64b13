import type { SnapshotHolder } from '../config/reload/snapshot-holder.ts';
import type { DecisionIdGenerator } from '../decision/decision-id.ts';
import { reasonOfEnd } from '../gateway/judge-stream-again.ts';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { RunningRequests } from '../server/running-requests.ts';
import type { SessionId, Sessions } from '../sessions/session.ts';
import { asSessionId } from '../sessions/session-record.ts';
import type { FollowingStore } from '../state/state-store.ts';
import { createFence } from '../streams/create-fence.ts';
import { createEndedSessions, type EndedSessions } from '../streams/ended-sessions.ts';
import { createStreamRegistry } from '../streams/open-streams.ts';
import type { StreamRegistry } from '../streams/stream-registry.ts';
import { type StreamWatch, watchStreams } from '../streams/watch-streams.ts';
import type { Fence } from '../upstream/through-fence.ts';

export interface StreamsParts {
  readonly holder: Pick<SnapshotHolder, 'snapshot'>;
  readonly store: Pick<FollowingStore, 'onChange' | 'fence' | 'catchUp'>;
  readonly sessions: Pick<Sessions, 'freshen' | 'endOf' | 'onEnd'>;
  readonly running: Pick<RunningRequests, 'becameStream'>;
  readonly metrics: Pick<Metrics, 'streamOpened' | 'streamClosed'>;
  readonly guard: ConnectionGuard;
  readonly log: { warn(fields: object, message: string): void };
  readonly nextDecisionId: DecisionIdGenerator;
  readonly now: () => number;
}

/** What is open, and what watches over it: each change and each session's end comes to the streams that it concerns. */
export function openStreams(parts: StreamsParts): {
  readonly streams: StreamRegistry;
  readonly streamWatch: StreamWatch;
  readonly ended: Pick<EndedSessions, 'streamsOf'>;
  /** Stands before every byte of what is open. */
  readonly fence: Fence;
} {
  const { holder, store, sessions, metrics, log, now } = parts;
  const nextDecisionId = () => parts.nextDecisionId(now());
  const ended = createEndedSessions<SessionId>();
  const registry = createStreamRegistry({
    metrics,
    guard: parts.guard,
    nextDecisionId,
    onOpened(stream) {
      if (stream.kind !== 'transfer') parts.running.becameStream(stream.socket);
      // Something may have changed between the decision and this moment.
      streamWatch.lookAt([stream]);
    },
  });
  const streamWatch = watchStreams({
    streams: registry,
    snapshot: holder.snapshot,
    freshen: () => sessions.freshen(),
    now,
    monotonicMs: () => performance.now(),
    nextDecisionId,
    onFault: (fault) => log.warn({ err: fault }, 'Open streams could not be decided again; it is tried again.'),
  });
  const closeOf = (id: SessionId) =>
    registry.closeOfSession(id, async () => {
      const end = await sessions.endOf(id);
      return { reason: reasonOfEnd(end?.cause), decisionId: nextDecisionId(), because: 'session' };
    });
  const streams = ended.guard(registry, closeOf, store.fence);
  sessions.onEnd((id) => {
    ended.note(id, [...registry.ofSession(id)].length);
    closeOf(id);
  });
  store.onChange((change) => streamWatch.heard(change));
  return { streams, streamWatch, ended, fence: createFence({ store, streamWatch }) };
}

/** The sessions that have something open. */
export function* sessionsOf(streams: Pick<StreamRegistry, 'all'>): Iterable<SessionId> {
  for (const { sessionId } of streams.all()) if (sessionId !== undefined) yield asSessionId(sessionId);
}

import type { Judgement } from '../access/judge.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import { reasonCatalogue } from '../decision/reason.ts';
import type { closeCodeOf } from '../http/websocket/close-frame.ts';
import type { StreamClosing, StreamKind } from '../streams/stream-registry.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { recordDurably } from './record.ts';
import type { Judged } from './stages.ts';

/** What is remembered of an open stream for the trail. */
export interface StreamStory {
  readonly kind: StreamKind;
  /** The decision that let it in. */
  readonly openedBy: DecisionId;
  readonly openedAtMs: number;
  readonly route: string;
  readonly target: Judged['received']['target'];
  readonly client: Judged['client'];
  readonly address: string;
  readonly person: NonNullable<Judged['identity']['session']>['person'] | undefined;
  readonly sessionId: string | undefined;
  /** Of the configuration that let it in. */
  readonly config: string;
}

export type StreamRecording = Pick<GatewayParts, 'audit' | 'log' | 'metrics' | 'now' | 'nextDecisionId'>;

/** Writes down a decision about a stream that is open already: with every fact, as that of a request. */
export function recordRedecision(
  story: StreamStory,
  { decision, facts }: Judgement,
  by: { readonly decisionId: DecisionId; readonly config: string },
  parts: StreamRecording,
): void {
  void recordDurably(
    {
      type: 'decision',
      atMs: facts.request.nowMs,
      decisionId: by.decisionId,
      config: by.config,
      route: story.route,
      host: story.target.host,
      method: story.target.method,
      path: story.target.path,
      client: story.client,
      decision,
      facts,
      status: reasonCatalogue[decision.reason].status,
    },
    parts,
  );
}

/**
 * Writes down that Postern closed an open stream, and counts it. Not waited for: it is closed already.
 * @param redecided the decision that closed it, where it has an event of its own
 */
export function recordClosedStream(
  story: StreamStory,
  { reason, because, decisionId }: StreamClosing,
  code: ReturnType<typeof closeCodeOf>,
  redecided: DecisionId | undefined,
  parts: StreamRecording,
): void {
  const { person, kind, route } = story;
  const atMs = parts.now();
  parts.metrics.streamCut(kind, code);
  parts.log.info(
    { decision_id: decisionId, reason, because, kind, code, route, subject: person?.email ?? person?.subject },
    'stream closed',
  );
  void recordDurably(
    {
      type: 'stream_closed',
      atMs,
      // One id finds one event.
      decisionId: redecided === undefined ? decisionId : parts.nextDecisionId(atMs),
      config: story.config,
      result: 'success',
      reason,
      sessionId: story.sessionId,
      subject: person && { issuer: person.issuer, subject: person.subject, email: person.email },
      address: story.address,
      detail: {
        kind,
        code,
        because,
        route,
        host: story.target.host,
        path: story.target.path,
        opened_by: story.openedBy,
        open_ms: Math.max(0, atMs - story.openedAtMs),
        decision: redecided,
      },
    },
    parts,
  );
}

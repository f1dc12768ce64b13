import type { OwnShortfall } from '../../admin/self-check.ts';
import type { DecisionFilter, FeedRead } from '../../audit/decision-feed.ts';
import type { ConfigurationParcel } from '../../config/reload/configuration-parcel.ts';
import type { MetricValues } from '../../metrics/metric-values.ts';
import type { ShadowStatus } from '../../preview/shadow.ts';
import type { InheritedSocket } from '../../server/inherited-sockets.ts';
import type { Confirmation, WrittenChange } from '../../state/confirming-store.ts';
import type { Channel } from './channel.ts';
import type { WorkerProcess } from './fork-worker.ts';

/** What a worker needs to build its program. */
export interface WorkerOrder {
  readonly id: number;
  readonly parcel: ConfigurationParcel;
  readonly version: string;
  /** By their numbers in the primary, which opens them for its workers. */
  readonly inherited: readonly InheritedSocket[];
  /** Of the admin listener, which no upstream may be. */
  readonly adminPort: number | undefined;
}

/** How a worker is, as it says itself. */
export interface WorkerHealth {
  /** What of it does not work just now. */
  readonly shortfalls: readonly OwnShortfall[];
  readonly config: string;
  readonly streams: number;
}

interface Topic<Ask, Answer> {
  readonly ask: Ask;
  readonly answer: Answer;
}

/** What the primary may ask a worker, in the order of a worker's life. */
export type WorkerTopics = {
  readonly compose: Topic<WorkerOrder, null>;
  readonly listen: Topic<
    { readonly ticketSecret: Uint8Array; readonly shadow: ConfigurationParcel | null },
    { readonly tlsPort: number | undefined; readonly plainPort: number | undefined }
  >;
  /** Loads a configuration and keeps it at hand; nothing changes. */
  readonly prepare: Topic<ConfigurationParcel, null>;
  /** Decides by a prepared configuration from now on. `settled` waits until open streams were decided again. */
  readonly activate: Topic<
    { readonly hash: string; readonly ticketSecret: Uint8Array },
    { readonly outcome: 'activated'; readonly atMs: number } | { readonly outcome: 'not_prepared' }
  >;
  readonly settled: Topic<null, null>;
  /** Applies the change log at once. */
  readonly apply: Topic<
    Pick<WrittenChange, 'sequence' | 'ended' | 'beganAtMs' | 'inMemory'>,
    { readonly sequence: number; readonly atMs: number; readonly streams: number }
  >;
  readonly ticket_secret: Topic<Uint8Array, null>;
  readonly shadow: Topic<ConfigurationParcel | null, null>;
  readonly shadow_status: Topic<null, ShadowStatus | null>;
  readonly health: Topic<null, WorkerHealth>;
  readonly ping: Topic<null, null>;
  readonly metrics: Topic<null, MetricValues>;
  /** What it decided since it was asked before. */
  readonly decisions: Topic<
    { readonly cursor: number | undefined; readonly filter: DecisionFilter; readonly isOnlyCounted: boolean },
    FeedRead
  >;
  /** Writes what the audit trail still has in memory. */
  readonly flush_audit: Topic<null, null>;
  /** Finishes what it began, then ends. */
  readonly drain: Topic<null, null>;
};

/** What a worker may ask the primary. */
export type PrimaryTopics = {
  /** Answers when every other worker has applied the change too. */
  readonly confirm: Topic<WrittenChange, Confirmation>;
  /** The last values of a worker that ends in order. */
  readonly last_metrics: Topic<MetricValues, null>;
};

export type Worker = WorkerProcess<WorkerTopics, PrimaryTopics>;
export type PrimaryChannel = Channel<PrimaryTopics, WorkerTopics>;

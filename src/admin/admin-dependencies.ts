import type { AuditTrail } from '../audit/audit-event.ts';
import type { AuditPublicKey } from '../audit/audit-key.ts';
import type { DecisionFilter } from '../audit/decision-feed.ts';
import type { LoadResult } from '../config/load-configuration.ts';
import type { HistoryEntry, ReloadOutcome, ReloadRequest, ReloadStatus } from '../config/reload/reload.ts';
import type { ListenAddress, Snapshot } from '../config/snapshot.ts';
import type { DecisionId, DecisionIdGenerator } from '../decision/decision-id.ts';
import type { Devices } from '../devices/device.ts';
import type { RegisteredBrowsers } from '../devices/registered-browsers.ts';
import type { Locks } from '../locks/create-locks.ts';
import type { People } from '../people/known-person.ts';
import type { AccessList } from '../preview/list-access.ts';
import type { ShadowStatus } from '../preview/shadow.ts';
import type { Risk } from '../risk/risk.ts';
import type { Sessions } from '../sessions/session.ts';
import type { Reported } from '../state/confirming-store.ts';

/** What keeps a part from doing its work. */
export interface Shortfall {
  /** A word, such as `disk_full`. */
  readonly why: string;
  /** Absent: since it was first asked. */
  readonly sinceMs?: number | undefined;
  /** Which of several processes; absent: the one that answers. */
  readonly worker?: number | undefined;
  /** What of that process. */
  readonly part?: string | undefined;
}

/** Answers whether a part can do its work now; an empty list is a yes. A rejection or two seconds of silence is a no. */
export type ReadinessCheck = () => boolean | readonly Shortfall[] | Promise<boolean | readonly Shortfall[]>;

/** The running configuration, as the admin API shows and changes it. */
export interface RunningConfiguration {
  reload(request: ReloadRequest): Promise<ReloadOutcome>;
  status(): ReloadStatus;
  history(): Promise<readonly HistoryEntry[]>;
  snapshot(): Snapshot;
  /** Decides with a second file beside the running one, without effect. */
  readonly shadow: {
    /** @param file beside the configuration or in a folder below it */
    start(file: string): Promise<LoadResult>;
    stop(): void | Promise<void>;
    status(): ShadowStatus | undefined | Promise<ShadowStatus | undefined>;
  };
  /** When the program began to serve, in milliseconds since 1970. */
  readonly startedAtMs: number;
}

/** A process that serves, as `GET /api/v1/status` shows it. */
export interface WorkerReport {
  /** Counts from 1; a restarted worker keeps its number. */
  readonly id: number;
  readonly pid: number | undefined;
  readonly state: 'starting' | 'serving' | 'draining' | 'waiting';
  /** When it came into that state, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** How often it was started again. */
  readonly restarts: number;
  /** How its last process ended; `undefined` when none has. */
  readonly lastEnd: string | undefined;
  /** What only it can say; `undefined` while it does not answer. */
  readonly config: string | undefined;
  readonly streams: number | undefined;
}

/** A provider as the looks of this process found it, as `GET /api/v1/status` shows it. */
export interface ProviderReport {
  readonly id: string;
  /** `unknown`: it has not been looked at yet. */
  readonly state: 'unknown' | 'answers' | 'away';
  readonly sinceMs: number | undefined;
}

/** What is decided, as it is. */
export interface FollowedDecisions {
  /** Since the last read. `skipped`: decisions that can be shown to nobody any more. @param isOnlyCounted shows none, and counts all */
  read(isOnlyCounted: boolean): Promise<{ readonly events: readonly string[]; readonly skipped: number }>;
}

/** Runs what takes something away, and answers how that went. */
export type Reporting = <Result>(work: () => Promise<Result>) => Promise<Reported<Result>>;

/** What the admin listener works with. */
export interface AdminDependencies {
  /** 32 bytes or more. Asked for on each request, since a reload may change it. */
  readonly token: () => string | readonly string[];
  /** Where the listener is: asked for each request, since the port is known only once it is bound. */
  readonly listen: () => ListenAddress;
  /** By name: `state`, `audit`, `config`, `serving`, `workers`. */
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  readonly sessions: Pick<
    Sessions,
    'page' | 'ofPerson' | 'find' | 'end' | 'endAllOf' | 'endProvedBy' | 'lastSeenAtMs' | 'revokedAtMs' | 'forgive'
  >;
  readonly browsers: Pick<RegisteredBrowsers, 'listOf' | 'remove'>;
  readonly locks: Pick<Locks, 'set' | 'lift' | 'list'>;
  readonly people: Pick<People, 'pages' | 'find' | 'forget'>;
  readonly access: AccessList;
  readonly risk: Pick<Risk, 'load' | 'peek' | 'setOutsideScore' | 'clearOutsideScore' | 'outsideScoreOf'>;
  /** As of now. */
  readonly riskSettings: () => Snapshot['risk'];
  readonly devices: Pick<Devices, 'setFacts' | 'factsOf' | 'list' | 'statementsOf' | 'judgePosture'>;
  /** As of now. */
  readonly routeNames: () => readonly string[];
  /** As of now. */
  readonly postures: () => Snapshot['postures'];
  readonly audit: Pick<AuditTrail, 'acceptsEvents' | 'recordDurably' | 'search'> & {
    readonly publicKey: AuditPublicKey;
  };
  readonly metrics: { expose(): Promise<{ readonly contentType: string; readonly body: string }> };
  /** Absent where the configuration cannot change while the program runs. */
  readonly configuration?: RunningConfiguration | undefined;
  /** What every process that serves decides from now on. */
  readonly followDecisions: (filter: DecisionFilter) => FollowedDecisions;
  /** Of the package. */
  readonly version: string;
  /** Every process that serves. */
  readonly workers: () => Promise<readonly WorkerReport[]>;
  readonly providers: () => readonly ProviderReport[];
  readonly reporting: Reporting;
  readonly nextDecisionId: DecisionIdGenerator;
  /** First 12 hex digits of the running configuration's hash. */
  readonly config: () => string;
  readonly now: () => number;
  /** Hears of unexpected errors: for the log. */
  readonly onProblem: (message: string, cause: unknown, decisionId: DecisionId) => void;
}

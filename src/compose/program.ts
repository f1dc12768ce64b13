import type { DecisionFeed } from '../audit/decision-feed.ts';
import type { ReloadOutcome, ReloadRequest } from '../config/reload/reload.ts';
import type { ListenAddress, Snapshot } from '../config/snapshot.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { GatewayParts } from '../gateway/gateway-parts.ts';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import type { MetricValues } from '../metrics/metric-values.ts';
import type { Shadow } from '../preview/shadow.ts';
import type { DrainTimes } from '../server/drain.ts';
import type { InheritedSocket } from '../server/inherited-sockets.ts';
import type { Closure } from '../state/closure.ts';
import type { StreamCounts } from '../streams/closed-here.ts';
import type { DialGuardPorts } from '../upstream/dial-guard.ts';
import type { Addresses } from './lifecycle.ts';
import type { ReloadOptions } from './reloading.ts';
import type { Role } from './workers/role.ts';
import type { WorkerHealth } from './workers/topics.ts';
import type { Rolled } from './workers/worker-pool.ts';

/** What a program is made from. */
export interface ComposeOptions {
  /** The one that it starts with. */
  readonly configuration: Snapshot;
  /** Plain HTTP beside TLS, for trying things out on one computer (security-rules.md 22): loopback only, hosts under localhost. */
  readonly plainHttp?: ListenAddress | undefined;
  /** A line on every page says so, and a provider at `http://` on loopback is accepted. Never in service. */
  readonly isDevelopment?: boolean | undefined;
  /** True in somebody else's server: only the admin listener is opened here. */
  readonly isMiddleware?: boolean | undefined;
  readonly log: GatewayParts['log'];
  /** Of Postern, for the metric that tells it. */
  readonly version: string;
  /** Where configurations come from while it runs. Absent: what it starts with stays. */
  readonly reload?: ReloadOptions | undefined;
  /** Milliseconds since 1970; default: the system's clock. */
  readonly now?: (() => number) | undefined;
  /** How upstreams' names are looked up, and which addresses are this machine's; default: the system's. */
  readonly upstreams?: Partial<Pick<DialGuardPorts, 'lookup' | 'localAddresses'>> | undefined;
  /** Sockets that the service manager keeps open for this program. Default: none; every address is bound here. */
  readonly inherited?: readonly InheritedSocket[] | undefined;
  /** How long a drain may take; default 1 s for idle connections, 15 s for requests, 5 s for streams. */
  readonly drainTimes?: DrainTimes | undefined;
  /** What this process is among those of one program. Default: the only one. */
  readonly role?: Role | undefined;
}

/** What the process that speaks for several asks of one of them. */
export interface ProcessControl extends StreamCounts {
  /** Applies what was written by others now; answers the newest sequence. Throws `Fault('state_unavailable')`. */
  catchUp(): number;
  /** Goes by what another process has taken away and could not write. */
  adopt(closures: readonly Closure[]): void;
  /** Reads what another configuration goes by; nothing changes. Rejects with a sentence when it cannot be taken up. */
  prepare(next: Snapshot): Promise<void>;
  /** Decides by another configuration from the next request on. */
  activate(next: Snapshot): void;
  health(): Promise<WorkerHealth>;
  values(): Promise<MetricValues>;
  flushAudit(): Promise<void>;
  readonly decisions: Pick<DecisionFeed, 'read'>;
  readonly shadow: Pick<Shadow, 'set' | 'status'>;
}

/** A program, built and not yet listening. */
export interface Program {
  readonly gateway: Gateway;
  /** The configuration that runs. */
  readonly snapshot: () => Snapshot;
  /** Changes the configuration; refuses with a sentence where the program was made without `reload`. */
  reload(request: ReloadRequest): Promise<ReloadOutcome>;
  readonly control: ProcessControl;
  /** What a host application's connections run in. */
  readonly connections: ConnectionGuard;
  /** Replaces the processes that serve by new ones, one after the other, while all others serve. */
  replaceWorkers(): Promise<Rolled>;
  /** Binds every listener. Rejects with `Fault('config_invalid')` when a port is taken; everything is closed again then. */
  start(): Promise<Addresses>;
  /** Drains and ends: stop accepting, finish requests, close streams, flush the audit trail, close the state. Further calls wait for the first. */
  close(): Promise<void>;
}

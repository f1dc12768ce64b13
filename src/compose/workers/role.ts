import { randomBytes } from 'node:crypto';
import type { FollowedDecisions, ReadinessCheck, WorkerReport } from '../../admin/admin-dependencies.ts';
import type { DecisionFilter } from '../../audit/decision-feed.ts';
import type { ReloadCheck } from '../../config/reload/reload.ts';
import type { Snapshot } from '../../config/snapshot.ts';
import type { MetricValues } from '../../metrics/metric-values.ts';
import type { ShadowStatus } from '../../preview/shadow.ts';
import { createTicketKeys, type TicketKeys, ticketSecretBytes, ticketSecretLifeMs } from '../../server/ticket-keys.ts';
import type { ClosingStore } from '../../state/closing-store.ts';
import type { Confirmation, WrittenChange } from '../../state/confirming-store.ts';
import { closedHere, type StreamCounts } from '../../streams/closed-here.ts';
import type { Rolled } from './worker-pool.ts';

/** Which ports the processes behind a primary have open. */
export interface FrontPorts {
  readonly tlsPort: number | undefined;
  readonly plainPort: number | undefined;
}

/** What other processes serve for this one. */
export interface Front {
  open(adminPort: number | undefined): Promise<FrontPorts>;
  /** Whether anybody is there who could take a connection. */
  isServed(): boolean;
  drain(): Promise<void>;
  replace(): Promise<Rolled>;
}

/** What the admin listener asks of the other processes. */
export interface Elsewhere {
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  /** All values, given those of this process. */
  values(own: MetricValues): Promise<MetricValues>;
  workers(): Promise<readonly WorkerReport[]>;
  /** What they decide from now on; nobody is followed before the first read. */
  followDecisions(filter: DecisionFilter): FollowedDecisions;
  /** Brings what their audit trails hold in memory to the disk. */
  flushAudit(): Promise<void>;
  readonly shadow: { set(next: Snapshot | undefined): Promise<void>; status(): Promise<ShadowStatus | undefined> };
}

/** What a process is among those of one program. */
export interface Role {
  /** Whether it follows up on runs that ended and removes what is old: one process does. */
  readonly keepsHouse: boolean;
  readonly opensAdmin: boolean;
  /** Ports of other processes of this program, which no upstream may be. */
  readonly otherPorts: readonly number[];
  readonly ticketKeys: TicketKeys;
  /** Resolves when the other processes have applied a change that this one has made and applied. */
  confirm(written: WrittenChange): Promise<Confirmation>;
  /** Hears, before anything else, of the store: what it has in memory alone, other processes must be told. */
  onStorage?(closing: Pick<ClosingStore, 'inMemory' | 'adopt'>): void;
  /** Absent: it listens itself. */
  readonly front?: Front | undefined;
  readonly elsewhere?: Elsewhere | undefined;
  /** Asked of a candidate after all others. */
  readonly reloadChecks: readonly ReloadCheck[];
  /** In the swap, before anybody else hears of it. */
  swapped(next: Snapshot, before: Snapshot): void;
  /** Resolves when the other processes decide by it. */
  activated(next: Snapshot): Promise<Pick<Confirmation, 'workers' | 'killed'> | undefined>;
  close(): void;
}

/** The only process of a program: it confirms what it has applied itself. @param control asked once the program is built */
export function createSoleRole(machineMs: () => number, control: () => StreamCounts): Role {
  const ticketKeys = createTicketKeys(randomBytes(ticketSecretBytes));
  const renew = () => ticketKeys.renew(randomBytes(ticketSecretBytes));
  const timer = setInterval(renew, ticketSecretLifeMs);
  timer.unref();
  return {
    keepsHouse: true,
    opensAdmin: true,
    otherPorts: [],
    ticketKeys,
    async confirm(written) {
      const streams = await closedHere(written, control(), machineMs);
      return { workers: 1, fenced: 0, killed: 0, streams, tookMs: machineMs() - written.writtenAtMs };
    },
    reloadChecks: [],
    swapped(next, before) {
      if (next.server.tls?.clientCa !== before.server.tls?.clientCa) renew();
    },
    activated: async () => ({ workers: 1, killed: 0 }),
    close: () => clearInterval(timer),
  };
}

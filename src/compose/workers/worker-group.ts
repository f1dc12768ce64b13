import { randomBytes } from 'node:crypto';
import type { WorkerReport } from '../../admin/admin-dependencies.ts';
import { recently } from '../../admin/recently.ts';
import type { ConfigurationParcel } from '../../config/reload/configuration-parcel.ts';
import { configurationName, type Snapshot } from '../../config/snapshot.ts';
import { Fault } from '../../decision/fault.ts';
import { mergeValues, withoutGauges } from '../../metrics/merge-values.ts';
import type { MetricValues } from '../../metrics/metric-values.ts';
import { addShadows } from '../../preview/shadow.ts';
import type { InheritedSocket } from '../../server/inherited-sockets.ts';
import { createTicketKeys, ticketSecretBytes, ticketSecretLifeMs } from '../../server/ticket-keys.ts';
import type { Closure } from '../../state/closure.ts';
import { machineMs } from '../../state/machine-clock.ts';
import { createWorkerActivation, loadPatienceMs, must, stuckAfterMs } from './activate-in-workers.ts';
import { confirmAmong, type Member, type OnSilent } from './confirm-among.ts';
import type { FrontPorts, Role } from './role.ts';
import type { Worker } from './topics.ts';
import { createWorkerPool } from './worker-pool.ts';

export interface WorkerGroupParts {
  readonly count: number;
  readonly startWorker: () => Worker;
  readonly first: Snapshot;
  /** What a snapshot was loaded from; every one that this program loads has it. */
  readonly parcelOf: (snapshot: Snapshot) => ConfigurationParcel;
  readonly version: string;
  readonly inherited: readonly InheritedSocket[];
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** Hears once that workers cannot be brought up any more. */
  readonly onGivenUp: (why: string) => void;
}

const askPatienceMs = 1_000;
/** Longer than a worker's own drain: 15 s for requests, 5 s for streams. */
const drainGraceMs = 25_000;
const pingEveryMs = 5_000;

/** What this process knows of a worker's process. */
interface Known {
  /** It has its program: whatever is asked of all is asked of it. */
  isComposed: boolean;
  values: MetricValues;
}

/** Builds the role of the process that starts the workers, speaks for them and serves nothing itself. */
export function createWorkerGroup(parts: WorkerGroupParts): Role {
  const { log } = parts;
  const known = new Map<Worker, Known>();
  let running = parts.parcelOf(parts.first);
  let shadow: ConfigurationParcel | null = null;
  let ticketSecret = randomBytes(ticketSecretBytes);
  let adminPort: number | undefined;
  let inMemory: () => readonly Closure[] = () => [];
  let adopt: (closures: readonly Closure[]) => void = () => undefined;
  let ports: FrontPorts = { tlsPort: undefined, plainPort: undefined };
  /** What processes that are gone had counted. */
  let retired: MetricValues = [];

  const onSilent: OnSilent = ({ id, process }, asked, became) => {
    const fields = { worker: id, worker_pid: process.pid, asked };
    if (became === 'killed') log.error(fields, 'A worker did not do in time what it was asked; it was killed.');
    else log.warn(fields, 'A worker is busy: it hears of a revocation before it passes anything on.');
  };

  const pool = createWorkerPool<Worker>({
    count: parts.count,
    start: startWorker,
    bringUp,
    onServing: (id, process) => log.info({ worker: id, worker_pid: process.pid }, 'A worker is serving.'),
    onEnded: (id, how, retryMs) =>
      log.error({ worker: id, how, retry_ms: retryMs }, 'A worker ended; it is started again.'),
    onGivenUp: parts.onGivenUp,
    now: Date.now,
    monotonicMs: machineMs,
  });

  function startWorker(): Worker {
    const worker = parts.startWorker();
    const mine: Known = { isComposed: false, values: [] };
    known.set(worker, mine);
    worker.channel.answer('last_metrics', (values) => {
      mine.values = values;
      return null;
    });
    worker.channel.answer('confirm', async (written) => {
      adopt(written.inMemory ?? []);
      const others = composed().filter(({ process }) => process !== worker);
      const confirmation = await confirmAmong(others, written, machineMs, onSilent);
      return { ...confirmation, workers: confirmation.workers + 1 };
    });
    void worker.exited.then(() => {
      known.delete(worker);
      retired = mergeValues([retired, withoutGauges(mine.values)]);
    });
    return worker;
  }

  /** Everybody who may remember something. Not only those that serve: one that drains has requests and streams. */
  function composed(): readonly Member[] {
    const ids = new Map(pool.processes().map(({ id, process }) => [process, id]));
    return [...known].flatMap(([process, { isComposed }]) =>
      isComposed ? [{ id: ids.get(process) ?? 0, process }] : [],
    );
  }

  async function bringUp(worker: Worker, id: number): Promise<void> {
    const mine = known.get(worker);
    if (mine === undefined) throw new Fault('internal', 'The worker is gone.');
    const first = running;
    const { version, inherited } = parts;
    must(await worker.channel.ask('compose', { id, parcel: first, version, inherited, adminPort }, loadPatienceMs));
    let adopted = first;
    while (adopted !== running) {
      adopted = running;
      await activation.adopt(worker, adopted);
    }
    mine.isComposed = true;
    const waiting = inMemory();
    if (waiting.length > 0) {
      const order = { sequence: 0, ended: [], beganAtMs: 0, inMemory: waiting };
      must(await worker.channel.ask('apply', order, loadPatienceMs));
    }
    const open = must(await worker.channel.ask('listen', { ticketSecret, shadow }, loadPatienceMs));
    ports = { tlsPort: ports.tlsPort ?? open.tlsPort, plainPort: ports.plainPort ?? open.plainPort };
  }

  const activation = createWorkerActivation({
    members: composed,
    parcelOf: parts.parcelOf,
    ticketSecret: () => ticketSecret,
    onSilent,
  });

  function renewTickets(): void {
    ticketSecret = randomBytes(ticketSecretBytes);
    for (const { process } of composed()) void process.channel.ask('ticket_secret', ticketSecret, askPatienceMs);
  }
  const tickets = setInterval(renewTickets, ticketSecretLifeMs);
  tickets.unref();

  /** A worker that is stuck is handed one new connection of each listener, which waits there. */
  function endStuck(): void {
    for (const member of composed()) {
      void member.process.channel.ask('ping', null, stuckAfterMs).then((reply) => {
        if (reply.outcome !== 'silent') return;
        onSilent(member, 'ping', 'killed');
        member.process.kill();
      });
    }
  }
  const watchdog = setInterval(endStuck, pingEveryMs);
  watchdog.unref();

  const askToDrain = (worker: Worker) => void worker.channel.ask('drain', null, drainGraceMs);

  async function health() {
    const replies = await Promise.all(
      composed().map(async ({ id, process }) => ({
        id,
        reply: await process.channel.ask('health', null, askPatienceMs),
      })),
    );
    return new Map(replies.map(({ id, reply }) => [id, reply.outcome === 'answered' ? reply.body : undefined]));
  }

  /** Bounded, since whoever asks needs no token. */
  const recentHealth = recently(health, machineMs);

  return {
    keepsHouse: true,
    opensAdmin: true,
    otherPorts: [],
    ticketKeys: createTicketKeys(ticketSecret),
    confirm: (written) => confirmAmong(composed(), written, machineMs, onSilent),
    front: {
      async open(port) {
        adminPort = port;
        await pool.open();
        return ports;
      },
      isServed: () => pool.status().some(({ state }) => state === 'serving'),
      drain: () => pool.drain(askToDrain, drainGraceMs),
      async replace() {
        log.info({}, 'Every worker is replaced by a new one, one after the other.');
        const rolled = await pool.replace(askToDrain, drainGraceMs);
        if (rolled.outcome === 'replaced') log.info({ ...rolled }, 'Every worker has been replaced.');
        else if (rolled.outcome === 'busy')
          log.info({}, 'Workers are being replaced already, or the program is ending.');
        else log.error({ ...rolled }, 'Not every worker was replaced; those that are left go on serving.');
        return rolled;
      },
    },
    elsewhere: {
      readiness: {
        async workers() {
          const starting = pool.status().filter(({ state }) => state !== 'serving');
          if (starting.length > 0) {
            return starting.map(({ id, sinceMs }) => ({ worker: id, why: 'not_serving', sinceMs }));
          }
          return [...(await recentHealth())].flatMap(([worker, answer]) =>
            answer === undefined
              ? [{ worker, why: 'silent' }]
              : answer.shortfalls.map((shortfall) => ({ worker, ...shortfall })),
          );
        },
      },
      async values(own) {
        await Promise.all(
          composed().map(async ({ process }) => {
            const reply = await process.channel.ask('metrics', null, askPatienceMs);
            const mine = known.get(process);
            // A worker that does not answer shows what it showed last: a counter must not fall.
            if (mine !== undefined && reply.outcome === 'answered') mine.values = reply.body;
          }),
        );
        return mergeValues([own, ...[...known.values()].map(({ values }) => values), retired]);
      },
      async workers(): Promise<readonly WorkerReport[]> {
        const answers = await health();
        return pool.status().map((one) => {
          const answer = answers.get(one.id);
          return { ...one, config: answer?.config, streams: answer?.streams };
        });
      },
      followDecisions(filter) {
        const cursors = new WeakMap<Worker, number>();
        return {
          async read(isOnlyCounted) {
            const reads = await Promise.all(
              composed().map(async ({ process }) => {
                const question = { cursor: cursors.get(process), filter, isOnlyCounted };
                const reply = await process.channel.ask('decisions', question, askPatienceMs);
                // What a busy worker decides meanwhile is read, or counted, the next time.
                if (reply.outcome !== 'answered') return undefined;
                cursors.set(process, reply.body.cursor);
                return reply.body;
              }),
            );
            const read = reads.filter((one) => one !== undefined);
            return {
              events: read.flatMap(({ events }) => events),
              skipped: read.reduce((sum, { skipped }) => sum + skipped, 0),
            };
          },
        };
      },
      async flushAudit() {
        await Promise.all(composed().map(({ process }) => process.channel.ask('flush_audit', null, askPatienceMs)));
      },
      shadow: {
        async set(next) {
          shadow = next === undefined ? null : parts.parcelOf(next);
          const parcel = shadow;
          await Promise.all(composed().map(({ process }) => process.channel.ask('shadow', parcel, loadPatienceMs)));
        },
        async status() {
          const replies = await Promise.all(
            composed().map(({ process }) => process.channel.ask('shadow_status', null, askPatienceMs)),
          );
          return addShadows(replies.flatMap((reply) => (reply.outcome === 'answered' ? (reply.body ?? []) : [])));
        },
      },
    },
    onStorage(closing) {
      inMemory = closing.inMemory;
      adopt = closing.adopt;
    },
    reloadChecks: [activation.check],
    swapped(next, before) {
      running = parts.parcelOf(next);
      if (next.server.tls?.clientCa !== before.server.tls?.clientCa) ticketSecret = randomBytes(ticketSecretBytes);
    },
    async activated(next) {
      const outcome = await activation.adoptAll(running);
      log.info({ config: configurationName(next), ...outcome }, 'Every worker decides by the new configuration.');
      return outcome;
    },
    close() {
      clearInterval(tickets);
      clearInterval(watchdog);
    },
  };
}

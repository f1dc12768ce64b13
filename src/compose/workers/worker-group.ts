import { randomBytes } from 'node:crypto';
import type { ShadowStatus } from '../../access/shadow.ts';
import type { WorkerReport } from '../../admin/admin-dependencies.ts';
import type { ConfigurationParcel } from '../../config/reload/configuration-parcel.ts';
import type { ReloadCheck } from '../../config/reload/reload.ts';
import { configurationName, type Snapshot } from '../../config/snapshot.ts';
import { Fault } from '../../decision/fault.ts';
import { mergeValues, withoutGauges } from '../../metrics/merge-values.ts';
import type { MetricValues } from '../../metrics/metric-values.ts';
import { createTicketKeys, ticketSecretBytes, ticketSecretLifeMs } from '../../server/ticket-keys.ts';
import { createWorkerPool } from '../../server/workers/worker-pool.ts';
import { confirmAmong, confirmWithinMs, type Member, type OnSilent } from './confirm-among.ts';
import { machineMs } from './machine-clock.ts';
import type { FrontPorts, Role } from './role.ts';
import type { Worker } from './topics.ts';

export interface WorkerGroupParts {
  readonly count: number;
  readonly startWorker: () => Worker;
  readonly first: Snapshot;
  /** What a snapshot was loaded from; every one that this program loads has it. */
  readonly parcelOf: (snapshot: Snapshot) => ConfigurationParcel;
  readonly version: string;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** Hears once that workers cannot be brought up any more. */
  readonly onGivenUp: (why: string) => void;
}

/** Loading ten thousand routes takes seconds, and several workers may share a core. */
const loadPatienceMs = 120_000;
const askPatienceMs = 1_000;
/** Longer than a worker's own drain: 15 s for requests, 5 s for streams. */
const drainGraceMs = 25_000;
const settlePatienceMs = 10_000;
const pingEveryMs = 5_000;
/** No work of ours blocks an event loop for so long. */
const stuckAfterMs = 10_000;

/** What this process knows of a worker's process. */
interface Known {
  hash: string;
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
  let ports: FrontPorts = { tlsPort: undefined, plainPort: undefined };
  /** What processes that are gone had counted. */
  let retired: MetricValues = [];

  const onSilent: OnSilent = ({ id, process }, asked) =>
    log.error({ worker: id, worker_pid: process.pid, asked }, 'A worker did not answer in time; it was killed.');

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
    const mine: Known = { hash: '', isComposed: false, values: [] };
    known.set(worker, mine);
    worker.channel.answer('last_metrics', (values) => {
      mine.values = values;
      return null;
    });
    worker.channel.answer('confirm', async (written) => {
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
    const { version } = parts;
    must(await worker.channel.ask('compose', { id, parcel: first, version, adminPort }, loadPatienceMs));
    mine.hash = first.hash;
    let adopted = first;
    while (adopted !== running) {
      adopted = running;
      await adopt(worker, mine, adopted);
    }
    mine.isComposed = true;
    const open = must(await worker.channel.ask('listen', { ticketSecret, shadow }, loadPatienceMs));
    ports = { tlsPort: ports.tlsPort ?? open.tlsPort, plainPort: ports.plainPort ?? open.plainPort };
  }

  async function adopt(worker: Worker, mine: Known, parcel: ConfigurationParcel): Promise<number> {
    const ask = () => worker.channel.ask('take_up', { hash: parcel.hash, ticketSecret }, confirmWithinMs).then(must);
    let taken = await ask();
    if (taken.outcome === 'not_prepared') {
      must(await worker.channel.ask('prepare', parcel, loadPatienceMs));
      taken = await ask();
    }
    if (taken.outcome !== 'taken_up') throw new Fault('internal', 'The worker did not take the configuration up.');
    mine.hash = parcel.hash;
    return taken.atMs;
  }

  /** Loads the candidate in every worker while the one before goes on: whoever cannot do it says so before anything changes. */
  const check: ReloadCheck = {
    name: 'workers',
    async run(candidate, _running, { checkOnly }) {
      if (checkOnly === true) return { outcome: 'passed', lines: [] };
      const parcel = parts.parcelOf(candidate);
      const lines = await Promise.all(
        composed().map(async ({ id, process }) => {
          // Loading may take long, an answer may not: whoever is stuck must not hold everybody up.
          const sign = await process.channel.ask('ping', null, confirmWithinMs);
          const reply =
            sign.outcome === 'answered' ? await process.channel.ask('prepare', parcel, loadPatienceMs) : sign;
          if (reply.outcome === 'failed') return `worker ${id}: ${reply.message}`;
          if (reply.outcome === 'silent') {
            onSilent({ id, process }, 'prepare');
            process.kill();
          }
          return undefined;
        }),
      );
      const refusals = lines.filter((line) => line !== undefined);
      return { outcome: refusals.length === 0 ? 'passed' : 'blocked', lines: refusals };
    },
  };

  async function takenUp(): Promise<{ readonly workers: number; readonly killed: number }> {
    const parcel = running;
    const outcomes = await Promise.all(
      composed().map(async (member) => {
        const mine = known.get(member.process as Worker);
        try {
          if (mine === undefined) return 'gone';
          await adopt(member.process as Worker, mine, parcel);
          return 'taken_up';
        } catch {
          onSilent(member, 'take_up');
          member.process.kill();
          await member.process.exited;
          return 'killed';
        }
      }),
    );
    await askAll('settled', null, settlePatienceMs);
    const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
    return { workers: count('taken_up'), killed: count('killed') };
  }

  async function askAll<Name extends Parameters<Worker['channel']['ask']>[0]>(
    topic: Name,
    body: Parameters<Worker['channel']['ask']>[1],
    patienceMs = askPatienceMs,
  ) {
    return Promise.all(
      composed().map(async ({ id, process }) => ({
        id,
        process: process as Worker,
        reply: await process.channel.ask(topic, body as never, patienceMs),
      })),
    );
  }

  function renewTickets(): void {
    ticketSecret = randomBytes(ticketSecretBytes);
    void askAll('ticket_secret', ticketSecret);
  }
  const tickets = setInterval(renewTickets, ticketSecretLifeMs);
  tickets.unref();

  /** New connections are handed to a worker that is stuck too, and wait there. */
  function endStuck(): void {
    for (const member of composed()) {
      void member.process.channel.ask('ping', null, stuckAfterMs).then((reply) => {
        if (reply.outcome !== 'silent') return;
        onSilent(member, 'ping');
        member.process.kill();
      });
    }
  }
  const watchdog = setInterval(endStuck, pingEveryMs);
  watchdog.unref();

  async function health() {
    const replies = await Promise.all(
      composed().map(async ({ id, process }) => ({
        id,
        reply: await process.channel.ask('health', null, askPatienceMs),
      })),
    );
    return new Map(replies.map(({ id, reply }) => [id, reply.outcome === 'answered' ? reply.body : undefined]));
  }

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
      drain: () => pool.drain((worker) => void worker.channel.ask('drain', null, drainGraceMs), drainGraceMs),
    },
    elsewhere: {
      readiness: {
        async workers() {
          if (!pool.areAllServing()) return false;
          const all = [...(await health()).values()];
          return all.every((one) => one?.isStateAvailable === true && one.isAuditAccepting);
        },
      },
      async values(own) {
        await Promise.all(
          composed().map(async ({ process }) => {
            const reply = await process.channel.ask('metrics', null, askPatienceMs);
            const mine = known.get(process as Worker);
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
      flushAudit: async () => void (await askAll('flush_audit', null)),
      shadow: {
        async set(next) {
          shadow = next === undefined ? null : parts.parcelOf(next);
          await askAll('shadow', shadow, loadPatienceMs);
        },
        async status() {
          const replies = await Promise.all(
            composed().map(({ process }) => process.channel.ask('shadow_status', null, askPatienceMs)),
          );
          return addShadows(replies.flatMap((reply) => (reply.outcome === 'answered' ? (reply.body ?? []) : [])));
        },
      },
    },
    reloadChecks: [check],
    swapped(next, before) {
      running = parts.parcelOf(next);
      if (next.server.tls?.clientCa !== before.server.tls?.clientCa) ticketSecret = randomBytes(ticketSecretBytes);
    },
    async takenUp(next) {
      const outcome = await takenUp();
      log.info({ config: configurationName(next), ...outcome }, 'Every worker decides by the new configuration.');
      return outcome;
    },
    close() {
      clearInterval(tickets);
      clearInterval(watchdog);
    },
  };
}

/** A sentence in place of an answer is a fault: whoever is being brought up is ended for it. */
function must<Body>(
  reply:
    | { readonly outcome: 'answered'; readonly body: Body }
    | { readonly outcome: string; readonly message?: string },
): Body {
  if ('body' in reply) return reply.body;
  const why = { failed: reply.message, silent: 'It did not answer in time.', gone: 'It ended.' }[reply.outcome];
  throw new Fault('config_invalid', why ?? 'It did not answer.');
}

function addShadows(all: readonly ShadowStatus[]): ShadowStatus | undefined {
  const [first, ...others] = all;
  if (first === undefined) return undefined;
  return others.reduce(
    (sum, one) => ({
      file: sum.file,
      hash: sum.hash,
      sinceMs: Math.min(sum.sinceMs, one.sinceMs),
      compared: sum.compared + one.compared,
      changes: {
        newly_denied: sum.changes.newly_denied + one.changes.newly_denied,
        newly_allowed: sum.changes.newly_allowed + one.changes.newly_allowed,
        newly_step_up: sum.changes.newly_step_up + one.changes.newly_step_up,
        not_comparable: sum.changes.not_comparable + one.changes.not_comparable,
      },
    }),
    first,
  );
}

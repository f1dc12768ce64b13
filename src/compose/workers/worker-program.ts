import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConfigurationParcel, openParcel } from '../../config/reload/configuration-parcel.ts';
import type { Snapshot } from '../../config/snapshot.ts';
import { Fault } from '../../decision/fault.ts';
import { createTicketKeys, type TicketKeys, ticketSecretBytes } from '../../server/ticket-keys.ts';
import { machineMs } from '../../state/machine-clock.ts';
import { closedHere } from '../../streams/closed-here.ts';
import type { ComposeOptions, Program } from '../program.ts';
import { confirmWithinMs } from './confirm-among.ts';
import type { Role } from './role.ts';
import type { PrimaryChannel, WorkerOrder } from './topics.ts';

export interface WorkerProgramParts {
  readonly channel: PrimaryChannel;
  readonly compose: (options: ComposeOptions) => Promise<Program>;
  readonly log: ComposeOptions['log'];
  /** Ends this process. */
  readonly exit: (code: number) => void;
}

/** A state that is locked for a moment is asked again this often. */
const applyAgainMs = 10;
/** Shorter than the primary waits: a worker that cannot read the state must say so, and not pass for a busy one. */
const applyWithinMs = confirmWithinMs / 2;
/** The primary waits a second for a worker, so this is long enough to wait for all. */
const confirmPatienceMs = 10_000;

/** Makes this process a worker: it builds, serves, changes and ends its program as the primary says. */
export function runWorkerProgram(parts: WorkerProgramParts): { drain(): void } {
  const { channel } = parts;
  let program: Program | undefined;
  let prepared: Snapshot | undefined;
  let isClosed = false;
  let isDraining = false;
  const ticketKeys = createTicketKeys(Buffer.alloc(ticketSecretBytes));

  const control = () => {
    if (program === undefined) throw new Fault('internal', 'The worker has no program yet.');
    return program.control;
  };
  const open = (parcel: ConfigurationParcel) => openParcel(parcel, { env: process.env, now: Date.now });

  channel.answer('compose', async (order) => {
    program = await parts.compose({
      configuration: await open(order.parcel),
      log: parts.log,
      version: order.version,
      inherited: order.inherited,
      role: roleOf(order, channel, ticketKeys, () => control()),
    });
    return null;
  });
  channel.answer('listen', async ({ ticketSecret, shadow }) => {
    if (program === undefined) throw new Fault('internal', 'The worker has no program yet.');
    ticketKeys.renew(Buffer.from(ticketSecret));
    if (shadow !== null) control().shadow.set(await open(shadow));
    const { tlsPort, plainPort } = await program.start();
    return { tlsPort, plainPort };
  });
  channel.answer('prepare', async (parcel) => {
    const candidate = await open(parcel);
    await control().prepare(candidate);
    prepared = candidate;
    return null;
  });
  channel.answer('activate', ({ hash, ticketSecret }) => {
    if (prepared?.hash !== hash) return { outcome: 'not_prepared' };
    ticketKeys.renew(Buffer.from(ticketSecret));
    control().activate(prepared);
    prepared = undefined;
    return { outcome: 'activated', atMs: machineMs() };
  });
  channel.answer('settled', async () => {
    await control().settled();
    return null;
  });
  channel.answer('apply', async ({ sequence, ended, beganAtMs, inMemory = [] }) => {
    // Once everything is closed nothing is served that could be wrong.
    if (isClosed) return { sequence, atMs: machineMs(), streams: 0 };
    control().adopt(inMemory);
    const reached = await catchUp(() => control().catchUp());
    const streams = await closedHere({ ended, beganAtMs }, control(), machineMs);
    return { sequence: reached, atMs: machineMs(), streams };
  });
  channel.answer('ticket_secret', (secret) => {
    ticketKeys.renew(Buffer.from(secret));
    return null;
  });
  channel.answer('shadow', async (parcel) => {
    control().shadow.set(parcel === null ? undefined : await open(parcel));
    return null;
  });
  channel.answer('shadow_status', () => control().shadow.status() ?? null);
  channel.answer('ping', () => null);
  channel.answer('health', () => control().health());
  channel.answer('metrics', () => control().values());
  channel.answer('decisions', ({ cursor, filter, isOnlyCounted }) =>
    control().decisions.read(cursor, filter, isOnlyCounted),
  );
  channel.answer('flush_audit', async () => {
    await control().flushAudit();
    return null;
  });
  channel.answer('drain', () => {
    drain();
    return null;
  });

  async function end(): Promise<void> {
    try {
      await program?.close();
      isClosed = true;
      if (program !== undefined) await channel.ask('last_metrics', await program.control.values(), confirmWithinMs);
      parts.exit(0);
    } catch (thrown) {
      parts.log.error({ err: thrown }, 'A worker did not stop cleanly.');
      parts.exit(1);
    }
  }

  function drain(): void {
    if (isDraining) return;
    isDraining = true;
    void end();
  }

  return { drain };
}

function roleOf(
  { adminPort }: WorkerOrder,
  channel: PrimaryChannel,
  ticketKeys: TicketKeys,
  control: () => Program['control'],
): Role {
  return {
    keepsHouse: false,
    opensAdmin: false,
    otherPorts: adminPort === undefined ? [] : [adminPort],
    ticketKeys,
    async confirm(written) {
      const closing = closedHere(written, control(), machineMs);
      const reply = await channel.ask('confirm', written, confirmPatienceMs);
      if (reply.outcome !== 'answered') {
        throw new Fault('state_unavailable', 'The other workers did not confirm the change. It is written: try again.');
      }
      const ownMs = machineMs() - written.writtenAtMs;
      const { body } = reply;
      return {
        ...body,
        streams: body.streams + (await closing),
        // Alone, there was nobody to wait for.
        tookMs: body.workers > 1 ? body.tookMs : ownMs,
      };
    },
    reloadChecks: [],
    swapped: () => undefined,
    activated: async () => undefined,
    close: () => undefined,
  };
}

/** A state that does not answer at once is asked again for a while. */
async function catchUp(apply: () => number): Promise<number> {
  const beganMs = machineMs();
  for (;;) {
    try {
      return apply();
    } catch (thrown) {
      if (machineMs() - beganMs >= applyWithinMs) throw thrown;
      await delay(applyAgainMs);
    }
  }
}

import type { ConfigurationParcel } from '../../config/reload/configuration-parcel.ts';
import type { Activation, ReloadCheck } from '../../config/reload/reload.ts';
import type { Snapshot } from '../../config/snapshot.ts';
import { Fault } from '../../decision/fault.ts';
import type { Reply } from './channel.ts';
import type { Member, OnSilent } from './confirm-among.ts';
import type { Worker } from './topics.ts';

/** Loading ten thousand routes takes seconds, and several workers may share a core. */
export const loadPatienceMs = 120_000;
/** A worker that says nothing for so long is stuck and not busy: no work of ours holds an event loop for a tenth of it. */
export const stuckAfterMs = 30_000;
/** For open streams to be decided again. */
const settlePatienceMs = 10_000;

export interface WorkerActivationParts {
  readonly members: () => readonly Member[];
  readonly parcelOf: (snapshot: Snapshot) => ConfigurationParcel;
  /** As of now: sent with each configuration, since another `client_ca` comes with another secret. */
  readonly ticketSecret: () => Uint8Array;
  readonly onSilent: OnSilent;
  /** How long a worker that says nothing is waited for. Default 30 s. */
  readonly stuckMs?: number;
}

/** Brings a configuration to workers in two steps, so that all of them change or none. */
export interface WorkerActivation {
  /** Loads the candidate in every worker while the one before goes on: whoever cannot says so before anything changes. */
  readonly check: ReloadCheck;
  /** Has one worker decide by it from now on. Rejects when it cannot. */
  adopt(worker: Worker, parcel: ConfigurationParcel): Promise<void>;
  /** Has every worker decide by it; a busy one is waited for; one that is stuck is killed, and starts again with it. */
  adoptAll(parcel: ConfigurationParcel): Promise<Activation>;
}

export function createWorkerActivation(parts: WorkerActivationParts): WorkerActivation {
  const { members, onSilent, stuckMs = stuckAfterMs } = parts;

  async function adopt({ channel }: Worker, parcel: ConfigurationParcel): Promise<void> {
    const order = { hash: parcel.hash, ticketSecret: parts.ticketSecret() };
    const first = must(await channel.ask('activate', order, stuckMs));
    if (first.outcome === 'activated') return;
    must(await channel.ask('prepare', parcel, loadPatienceMs));
    const second = must(await channel.ask('activate', order, stuckMs));
    if (second.outcome !== 'activated') throw new Fault('internal', 'It did not take the configuration up.');
  }

  async function prepare(member: Member, parcel: ConfigurationParcel): Promise<string | undefined> {
    const { channel } = member.process;
    // Loading may take long, an answer may not: whoever is stuck must not hold everybody up.
    const sign = await channel.ask('ping', null, stuckMs);
    const reply = sign.outcome === 'answered' ? await channel.ask('prepare', parcel, loadPatienceMs) : sign;
    if (reply.outcome === 'failed') return `worker ${member.id}: ${reply.message}`;
    if (reply.outcome === 'silent') {
      onSilent(member, 'prepare', 'killed');
      member.process.kill();
    }
    return undefined;
  }

  async function adoptOrEnd(member: Member, parcel: ConfigurationParcel): Promise<boolean> {
    try {
      await adopt(member.process, parcel);
      return true;
    } catch {
      onSilent(member, 'activate', 'killed');
      member.process.kill();
      await member.process.exited;
      return false;
    }
  }

  return {
    adopt,
    check: {
      name: 'workers',
      async run(candidate, _running, { checkOnly }) {
        if (checkOnly === true) return { outcome: 'passed', lines: [] };
        const parcel = parts.parcelOf(candidate);
        const lines = await Promise.all(members().map((member) => prepare(member, parcel)));
        const refusals = lines.filter((line) => line !== undefined);
        return { outcome: refusals.length === 0 ? 'passed' : 'blocked', lines: refusals };
      },
    },
    async adoptAll(parcel) {
      const outcomes = await Promise.all(members().map((member) => adoptOrEnd(member, parcel)));
      await Promise.all(members().map(({ process }) => process.channel.ask('settled', null, settlePatienceMs)));
      const workers = outcomes.filter(Boolean).length;
      return { workers, killed: outcomes.length - workers };
    },
  };
}

/** What stood in an answer; anything else is a fault. */
export function must<Body>(reply: Reply<Body>): Body {
  switch (reply.outcome) {
    case 'answered':
      return reply.body;
    case 'failed':
      throw new Fault('config_invalid', reply.message);
    case 'silent':
      throw new Fault('config_invalid', 'The worker did not answer in time.');
    case 'gone':
      throw new Fault('config_invalid', 'The worker ended.');
    default:
      return reply satisfies never;
  }
}

import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { z } from 'zod';
import type { DeviceProvider } from '../../config/snapshot.ts';
import type { StateStore, StoredRecord } from '../../state/state-store.ts';
import type { Devices } from '../device.ts';
import type { AskProvider, PullProblem } from './ask-provider.ts';
import { createBearerToken } from './bearer-token.ts';
import { waitAfterFailure, waitAfterSuccess } from './next-pull.ts';
import { type ListingFailed, readListing } from './read-listing.ts';

/** How a pull went, for metrics and the log. */
export type Pulled =
  | {
      readonly result: 'ok';
      readonly devices: number;
      readonly changed: number;
      readonly gone: number;
      readonly refused: number;
      readonly skipped: number;
    }
  | { readonly result: PullProblem; readonly why: string; readonly failures: number; readonly waitMs: number };

/** Reads the lists of providers, each by its own clock: trouble with one touches no other. */
export interface DevicePulls {
  /** From now on these providers are read. One that is as before goes on; another one begins at once. */
  use(providers: readonly DeviceProvider[]): void;
  /** Starts nothing more and breaks off what runs. */
  close(): Promise<void>;
}

export interface DevicePullParts {
  readonly store: Pick<StateStore, 'read' | 'write'>;
  readonly devices: Pick<Devices, 'applyListing'>;
  readonly ask: AskProvider;
  readonly now: () => number;
  /** 0 to 1. */
  readonly fraction: () => number;
  readonly onPulled: (provider: string, pulled: Pulled) => void;
  /** Hears what went wrong beside the provider itself, such as a store that does not answer. */
  readonly onFault: (fault: unknown) => void;
  /** Calls `work` later, until the answer is called. Default: a timer that holds no process open. */
  readonly later?: (waitMs: number, work: () => void) => () => void;
}

/** How long one process has to read a list; after that another one may. */
const claimMs = 5 * 60_000;
/** When the store does not answer. */
const faultWaitMs = 15_000;
/** A day, and a little for clocks. */
const longestWaitMs = 2_000_000_000;

const turn = z.strictObject({
  /** Of the provider's settings: one that changed is read at once. */
  settings: z.string(),
  nextAtMs: z.number(),
  failures: z.number(),
});
type Turn = z.infer<typeof turn>;

function setTimer(waitMs: number, work: () => void): () => void {
  const timer = setTimeout(work, waitMs);
  timer.unref();
  return () => clearTimeout(timer);
}

/**
 * Builds the pulls. Whose turn it is stands in the store, so that of all processes one reads a list, and another goes on
 * when that one dies. A list that could not be read leaves the facts as they are: they grow old, and the postures that ask
 * for them close by `max_age`.
 */
export function createDevicePulls(parts: DevicePullParts): DevicePulls {
  const running = new Map<string, { readonly settings: string; stop(): Promise<void> }>();
  return {
    use(providers) {
      const wanted = new Map(providers.map((provider) => [provider.id, { provider, settings: settingsOf(provider) }]));
      for (const [id, pull] of running) {
        if (wanted.get(id)?.settings === pull.settings) continue;
        running.delete(id);
        void pull.stop();
      }
      for (const [id, { provider, settings }] of wanted) {
        if (!running.has(id)) running.set(id, startPull(provider, settings, parts));
      }
    },
    async close() {
      const all = [...running.values()];
      running.clear();
      await Promise.all(all.map((pull) => pull.stop()));
    },
  };
}

/** Hashed, since it holds secrets. */
function settingsOf(provider: DeviceProvider): string {
  const text = JSON.stringify({ ...provider, facts: [...provider.facts] });
  return createHash('sha256').update(text).digest('base64url');
}

function startPull(provider: DeviceProvider, settings: string, parts: DevicePullParts) {
  const { store, devices, ask, now, fraction, onPulled, onFault, later = setTimer } = parts;
  const token = createBearerToken(provider, ask);
  const stopping = new AbortController();
  let cancel = () => {};
  let work: Promise<void> = Promise.resolve();

  function schedule(waitMs: number): void {
    if (stopping.signal.aborted) return;
    cancel = later(Math.min(Math.max(waitMs, 0), longestWaitMs), () => {
      work = step();
    });
  }

  /** Writes a turn over the one that was read; false when another process was first. */
  async function write(next: Turn, over: StoredRecord | undefined): Promise<boolean> {
    const { outcome } = await store.write({
      kind: 'device_pull',
      key: provider.id,
      value: JSON.stringify(next),
      expectedVersion: over?.version ?? 0,
      isLogged: false,
    });
    return outcome === 'written';
  }

  async function readTurn(): Promise<StoredRecord | undefined> {
    const read = await store.read('device_pull', provider.id);
    return read.found === 'record' ? read.record : undefined;
  }

  async function step(): Promise<void> {
    try {
      schedule(await takeTurn());
    } catch (fault) {
      if (stopping.signal.aborted) return;
      onFault(fault);
      schedule(faultWaitMs);
    }
  }

  /** Answers how long to wait. */
  async function takeTurn(): Promise<number> {
    const record = await readTurn();
    const known = record === undefined ? undefined : parseTurn(record.value);
    const nowMs = now();
    const isDue =
      known === undefined ||
      known.settings !== settings ||
      nowMs >= known.nextAtMs ||
      known.nextAtMs > nowMs + longestWaitMs;
    if (!isDue) return known.nextAtMs - nowMs + Math.round(fraction() * 1000);
    const failures = known?.settings === settings ? known.failures : 0;
    if (!(await write({ settings, nextAtMs: nowMs + claimMs, failures }, record)))
      return 1000 + Math.round(fraction() * 1000);

    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(claimMs - 60_000)]);
    const credential = (until: AbortSignal) => token.header(until, now());
    const listing = await readListing(provider, { ask, credential, nowMs, signal, breathe });
    if (stopping.signal.aborted) {
      // Somebody else may go on where this process stops.
      await write({ settings, nextAtMs: nowMs, failures }, await readTurn());
      return 0;
    }
    return listing.outcome === 'failed' ? giveUp(listing, failures + 1) : applyListing(listing);
  }

  async function applyListing(
    listing: Extract<Awaited<ReturnType<typeof readListing>>, { outcome: 'read' }>,
  ): Promise<number> {
    const taken = await devices.applyListing(provider.id, listing.devices);
    const waitMs = waitAfterSuccess(provider.refreshMs, fraction());
    await write({ settings, nextAtMs: now() + waitMs, failures: 0 }, await readTurn());
    onPulled(provider.id, { result: 'ok', devices: listing.devices.size, ...taken, skipped: listing.skipped });
    return waitMs;
  }

  async function giveUp({ problem, why, retryAfterMs }: ListingFailed, failures: number): Promise<number> {
    token.forget();
    const waitMs = waitAfterFailure(failures, fraction(), retryAfterMs);
    await write({ settings, nextAtMs: now() + waitMs, failures }, await readTurn());
    onPulled(provider.id, { result: problem, why, failures, waitMs });
    return waitMs;
  }

  schedule(0);
  return {
    settings,
    async stop() {
      stopping.abort();
      cancel();
      await work;
    },
  };
}

/** What cannot be read is nobody's turn. */
function parseTurn(json: string): Turn | undefined {
  try {
    return turn.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}

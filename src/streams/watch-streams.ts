import { setImmediate as breathe } from 'node:timers/promises';
import type { Snapshot } from '../config/snapshot.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import { type Fault, toFault } from '../decision/fault.ts';
import type { Change } from '../state/state-store.ts';
import { createRecentCount } from './recent-count.ts';
import type { OpenStream, StreamRegistry } from './stream-registry.ts';

export interface StreamWatchParts {
  readonly streams: Pick<
    StreamRegistry,
    'isWatching' | 'all' | 'ofSession' | 'ofDevice' | 'close' | 'promoteOlderThan' | 'promoteWhere'
  >;
  /** The configuration that runs now. */
  readonly snapshot: () => Snapshot;
  /** Hears the changes that other processes have written. */
  readonly freshen: () => Promise<void> | undefined;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  readonly nextDecisionId: () => DecisionId;
  /** Hears of a store that does not answer; it is asked again. */
  readonly onFault?: (fault: Fault) => void;
  /** Calls `task` every `everyMs` until the answer is called. Default: a timer that does not hold the process. */
  readonly every?: (everyMs: number, task: () => void) => () => void;
}

/** Decides open streams again when something that they were decided on changes, and from time to time. */
export interface StreamWatch {
  /** Hears of a change in the state: what it concerns is decided again. */
  heard(change: Change): void;
  /** Decides these again soon. Costs little when it is said more than once. */
  lookAt(streams: Iterable<OpenStream>): void;
  /** Decides everything again that is open or being carried, however young: what all were decided by is another now. */
  lookAtAll(): void;
  /** How many were closed in the last so many milliseconds, 10,000 at most, because they were decided again. */
  refusedWithin(ageMs: number): number;
  /** Resolves when everything that is to be decided again at the time of the call has been. */
  settled(): Promise<void>;
  stop(): void;
}

/** An idle process with anything open hears of revocations this often, at about 3 µs each (security-rules.md 26). */
const freshenEveryMs = 10;
/** How often it is looked which stream's time has come. */
const tickMs = 1_000;
/**
 * A request that has taken so long is a stream without any change, and decided again from time to time: long enough that
 * ordinary ones cost nothing. A change makes streams of younger ones too.
 */
const transferAfterMs = 5_000;
/** How long the state may not answer before streams that depend on it are closed. */
const undecidedForMs = 10_000;
/** How long deciding may hold the event loop at once. */
const sliceMs = 5;

interface Schedule {
  lookedAtMs: number;
  lookAgainAtMs: number;
  undecidedSinceMs: number | undefined;
}

function everyWithoutHolding(everyMs: number, task: () => void): () => void {
  const timer = setInterval(task, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Keeps open streams from outliving the decision that let them in: requests make memories true when they come, but a
 * stream sends none. Changes by other processes are heard within 10 ms; what merely grows old, within a second of its
 * time. Costs nothing while nothing is open.
 */
export function watchStreams(parts: StreamWatchParts): StreamWatch {
  const { streams, now, monotonicMs, every = everyWithoutHolding } = parts;
  const schedules = new WeakMap<OpenStream, Schedule>();
  const due = new Set<OpenStream>();
  let running: Promise<void> | undefined;
  let isFreshening = false;
  let isDeaf = false;
  let areAllDue = false;
  let isCarryingDue = false;
  const refusals = createRecentCount(monotonicMs);
  let isDeciding = false;
  /** How many decisions each of those that wait is still behind: they are made in the order in which they became due. */
  const waiting = new Set<{ behind: number; readonly done: () => void }>();

  async function decide(stream: OpenStream): Promise<void> {
    const verdict = (await stream.decideAgain?.(parts.snapshot())) ?? never;
    const nowMs = now();
    const schedule = schedules.get(stream) ?? { lookedAtMs: nowMs, lookAgainAtMs: nowMs, undecidedSinceMs: undefined };
    schedules.set(stream, schedule);
    schedule.lookedAtMs = nowMs;
    switch (verdict.outcome) {
      case 'stays':
        schedule.undecidedSinceMs = undefined;
        schedule.lookAgainAtMs = verdict.lookAgainAtMs;
        return;
      case 'ends':
        refusals.note();
        return streams.close(stream, verdict.closing);
      case 'undecided':
        schedule.undecidedSinceMs ??= monotonicMs();
        schedule.lookAgainAtMs = nowMs;
        if (monotonicMs() - schedule.undecidedSinceMs >= undecidedForMs) {
          streams.close(stream, {
            reason: 'state_unavailable',
            decisionId: parts.nextDecisionId(),
            because: 'decision',
          });
        }
        return;
      default:
        return verdict satisfies never;
    }
  }

  async function work(): Promise<void> {
    let began = monotonicMs();
    for (const stream of due) {
      // Taken out first: a change that comes while it is being decided puts it back.
      due.delete(stream);
      isDeciding = true;
      try {
        if (!stream.socket.destroyed) await decide(stream);
      } finally {
        isDeciding = false;
        tellWaiting();
      }
      if (monotonicMs() - began < sliceMs) continue;
      await breathe();
      began = monotonicMs();
    }
  }

  function tellWaiting(): void {
    for (const one of waiting) {
      one.behind -= 1;
      if (one.behind > 0) continue;
      waiting.delete(one);
      one.done();
    }
  }

  function lookAt(these: Iterable<OpenStream>): void {
    for (const stream of these) if (stream.decideAgain !== undefined) due.add(stream);
    if (due.size === 0 || running !== undefined) return;
    running = Promise.resolve()
      .then(work)
      .catch((thrown: unknown) => parts.onFault?.(toFault(thrown)))
      .finally(() => {
        running = undefined;
        if (due.size > 0) lookAt([]);
      });
  }

  function lookAtAll(): void {
    streams.promoteWhere(() => true);
    // What was being decided in this moment is carried in the next.
    isCarryingDue = true;
    lookAt(streams.all());
  }

  function isDue(stream: OpenStream, nowMs: number): boolean {
    const schedule = schedules.get(stream);
    // A clock that was set back makes every time that was reckoned by it worthless.
    return schedule === undefined || nowMs >= schedule.lookAgainAtMs || nowMs < schedule.lookedAtMs;
  }

  function tick(): void {
    if (!streams.isWatching()) return;
    streams.promoteOlderThan(monotonicMs() - (isCarryingDue ? 0 : transferAfterMs));
    isCarryingDue = false;
    const nowMs = now();
    const these: OpenStream[] = [];
    for (const stream of streams.all()) if (areAllDue || isDue(stream, nowMs)) these.push(stream);
    areAllDue = false;
    lookAt(these);
  }

  function couldNotHear(thrown: unknown): void {
    // Told once, and they are looked at once: each of them asks again by itself from then on.
    if (isDeaf) return;
    isDeaf = true;
    parts.onFault?.(toFault(thrown));
    lookAt(streams.all());
  }

  /** One at a time: a slow store must not be asked again and again. */
  function freshen(): void {
    if (isFreshening || !streams.isWatching()) return;
    try {
      const waiting = parts.freshen();
      if (waiting === undefined) {
        isDeaf = false;
        return;
      }
      isFreshening = true;
      waiting
        .then(() => {
          isDeaf = false;
        }, couldNotHear)
        .finally(() => {
          isFreshening = false;
        });
    } catch (thrown) {
      couldNotHear(thrown);
    }
  }

  const stopFreshening = every(freshenEveryMs, freshen);
  const stopTicking = every(tickMs, tick);

  return {
    heard(change) {
      if (change.type === 'everything') return lookAtAll();
      const { kind, key } = change;
      // The end of a session is told by the sessions themselves.
      if (kind === 'session' && !change.wasBuried) {
        streams.promoteWhere(({ sessionId }) => sessionId === key);
        lookAt(streams.ofSession(key));
      } else if (kind === 'device') {
        streams.promoteWhere(({ deviceId }) => deviceId === key);
        lookAt(streams.ofDevice(key));
      } else if (kind === 'lock') lookAtAll();
      else if (kind === 'risk_score') {
        // Whom it is about is not to be seen from its key, and a feed may set many: all of them together, within a second.
        areAllDue = true;
        isCarryingDue = true;
      }
    },
    lookAtAll,
    lookAt,
    refusedWithin: refusals.within,
    settled: () => {
      const behind = due.size + (isDeciding ? 1 : 0);
      if (behind === 0) return Promise.resolve();
      return new Promise((done) => waiting.add({ behind, done }));
    },
    stop() {
      stopFreshening();
      stopTicking();
    },
  };
}

/** Of a stream that nobody can decide: its session closes it. */
const never = { outcome: 'stays', lookAgainAtMs: Number.POSITIVE_INFINITY } as const;

import { Fault } from '../decision/fault.ts';
import type { AuditEvent } from './audit-event.ts';
import { createWaitingEvents, type WaitingEvent } from './waiting-events.ts';

/** Plain allows wait at most so long for company; encoding and writing fit into the rest of 100 ms. */
const flushDelayMs = 75;
const largestBatch = 2048;
/** A write that takes longer counts as failed for whoever waits for it. */
const stallMs = 5_000;
const firstRetryMs = 100;
const longestRetryMs = 5_000;

/** Counts what became of each event. */
export interface AuditMetrics {
  auditEvent(sink: 'file', result: 'delivered' | 'retried' | 'dropped'): void;
}

export interface EventQueueDependencies {
  readonly onFailure: 'allow' | 'deny';
  /** Whether plain allows may point to facts that a line before them holds. */
  readonly facts: 'once' | 'each';
  /** Events kept in memory while the disk refuses them; the ones beyond are dropped and counted. */
  readonly maxQueued: number;
  /** Writes all or none. */
  readonly write: (events: readonly WaitingEvent[], isDurable: boolean) => Promise<void>;
  /** Runs after each batch, before the next: signing and rotating. */
  readonly afterWrite: (wasDurable: boolean) => Promise<void>;
  /** The event that stands for events that had to be dropped. */
  readonly makeDropGap: (dropped: number) => AuditEvent;
  readonly now: () => number;
  readonly metrics: AuditMetrics;
  readonly onProblem: (message: string, cause: unknown) => void;
}

/** Events on their way to the file, in order. One write at a time; what waits meanwhile is the next group. */
export interface EventQueue {
  push(event: AuditEvent): void;
  pushDurably(event: AuditEvent): Promise<void>;
  /** Runs a job between two writes. */
  runBetweenWrites(job: () => Promise<void>): Promise<void>;
  /** Writes what is queued now, as far as the disk lets it. */
  flush(): Promise<void>;
  isHealthy(): boolean;
  /** What keeps events from being written just now; `undefined` when nothing does. */
  trouble(): unknown;
  oldestAgeMs(): number;
  /** Those whose decision id begins so. */
  find(prefix: string): readonly WaitingEvent[];
  /** Writes the rest, runs the last job, refuses everything after. */
  close(lastJob: () => Promise<void>): Promise<void>;
}

interface Waiter {
  /** Settled once so many events of this queue were written. */
  readonly ticket: number;
  readonly resolve: () => void;
  readonly reject: (fault: Fault) => void;
}

/** Builds the queue. */
export function createEventQueue(dependencies: EventQueueDependencies): EventQueue {
  const { onFailure, facts, maxQueued, write, afterWrite, makeDropGap, now, metrics, onProblem } = dependencies;
  const waitingEvents = createWaitingEvents();
  let queued: WaitingEvent[] = [];
  let writing: readonly WaitingEvent[] = [];
  let waiters: Waiter[] = [];
  let written = 0;
  let dropped = 0;
  let oldestAtMs = 0;
  let failures = 0;
  let isStalled = false;
  let lastError: unknown;
  let isClosed = false;
  let flushTimer: NodeJS.Timeout | undefined;
  let retryTimer: NodeJS.Timeout | undefined;
  let chain: Promise<void> = Promise.resolve();
  let isPumpScheduled = false;

  function enqueue(event: AuditEvent, mayPoint: boolean): boolean {
    if (isClosed || queued.length >= maxQueued) {
      dropped += 1;
      metrics.auditEvent('file', 'dropped');
      return false;
    }
    if (queued.length === 0 && writing.length === 0) oldestAtMs = now();
    queued.push(waitingEvents.add(event, mayPoint));
    return true;
  }

  function unavailable(): Fault {
    return new Fault('audit_unavailable', 'The audit trail cannot be written, and on_failure is deny.');
  }

  function settleUnwritten(waiter: Pick<Waiter, 'resolve' | 'reject'>): void {
    if (onFailure === 'deny') waiter.reject(unavailable());
    else waiter.resolve();
  }

  function schedulePump(): void {
    if (isPumpScheduled) return;
    isPumpScheduled = true;
    // A turn of the event loop, so that everything that happens in this one goes to the disk together.
    setImmediate(() => {
      isPumpScheduled = false;
      void inOrder(pump);
    });
  }

  function inOrder(job: () => Promise<void>): Promise<void> {
    const result = chain.then(job);
    chain = result.catch(() => undefined);
    return result;
  }

  async function pump(): Promise<void> {
    clearTimeout(flushTimer);
    flushTimer = undefined;
    while (queued.length > 0) {
      const written = await writeBatch();
      if (written === 'failed') return;
      await afterWriteSafely(written === 'durably');
    }
  }

  async function writeBatch(): Promise<'durably' | 'plainly' | 'failed'> {
    const batch = queued.length <= largestBatch ? queued : queued.slice(0, largestBatch);
    queued = batch === queued ? [] : queued.slice(largestBatch);
    writing = batch;
    const upTo = written + batch.length;
    const first = waiters[0];
    const isDurable = first !== undefined && first.ticket <= upTo;
    const stallTimer = setTimeout(onStall, stallMs);
    try {
      await write(batch, isDurable);
    } catch (error) {
      queued = queued.length === 0 ? batch.slice() : batch.concat(queued);
      writing = [];
      onWriteFailed(error, batch.length);
      return 'failed';
    } finally {
      clearTimeout(stallTimer);
    }
    writing = [];
    written = upTo;
    oldestAtMs = now();
    for (let index = 0; index < batch.length; index += 1) metrics.auditEvent('file', 'delivered');
    onWritten();
    return isDurable ? 'durably' : 'plainly';
  }

  function onWritten(): void {
    let settled = 0;
    while (settled < waiters.length && (waiters[settled]?.ticket ?? Number.POSITIVE_INFINITY) <= written) {
      waiters[settled]?.resolve();
      settled += 1;
    }
    if (settled > 0) waiters = waiters.slice(settled);
    isStalled = false;
    failures = 0;
    clearTimeout(retryTimer);
    retryTimer = undefined;
    if (dropped > 0) {
      const count = dropped;
      dropped = 0;
      if (!enqueue(makeDropGap(count), false)) dropped += count;
    }
  }

  function onWriteFailed(error: unknown, events: number): void {
    failures += 1;
    lastError = error;
    for (let index = 0; index < events; index += 1) metrics.auditEvent('file', 'retried');
    if (failures === 1) onProblem('The audit trail cannot be written. It is tried again until it can.', error);
    settleAllUnwritten();
    if (isClosed || retryTimer !== undefined) return;
    retryTimer = setTimeout(
      () => {
        retryTimer = undefined;
        schedulePump();
      },
      Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 10)),
    );
    retryTimer.unref();
  }

  function onStall(): void {
    isStalled = true;
    onProblem(`Writing the audit trail has taken more than ${stallMs / 1000} seconds.`, undefined);
    settleAllUnwritten();
  }

  function settleAllUnwritten(): void {
    const waiting = waiters;
    waiters = [];
    waiting.forEach(settleUnwritten);
  }

  async function afterWriteSafely(wasDurable: boolean): Promise<void> {
    try {
      await afterWrite(wasDurable);
    } catch (error) {
      onProblem('The audit trail could not be signed or continued in a new file. It is tried again.', error);
    }
  }

  return {
    push(event) {
      if (!enqueue(event, facts === 'once') || flushTimer !== undefined || retryTimer !== undefined) return;
      flushTimer = setTimeout(schedulePump, flushDelayMs);
      flushTimer.unref();
    },
    pushDurably(event) {
      const isKept = enqueue(event, false);
      if (!isKept || isStalled || retryTimer !== undefined) {
        return onFailure === 'deny' ? Promise.reject(unavailable()) : Promise.resolve();
      }
      schedulePump();
      return new Promise((resolve, reject) => {
        waiters.push({ ticket: written + writing.length + queued.length, resolve, reject });
      });
    },
    runBetweenWrites: inOrder,
    async flush() {
      await inOrder(pump);
    },
    isHealthy: () => failures === 0 && !isStalled,
    trouble() {
      if (failures > 0) return lastError;
      return isStalled ? new Fault('audit_unavailable', 'Writing the audit trail takes too long.') : undefined;
    },
    oldestAgeMs: () => (queued.length + writing.length === 0 ? 0 : Math.max(0, now() - oldestAtMs)),
    find: (prefix) => [...writing, ...queued].filter(({ id }) => id.startsWith(prefix)),
    async close(lastJob) {
      if (isClosed) return chain;
      await inOrder(pump);
      isClosed = true;
      clearTimeout(flushTimer);
      clearTimeout(retryTimer);
      retryTimer = undefined;
      await inOrder(pump);
      for (let index = 0; index < queued.length; index += 1) metrics.auditEvent('file', 'dropped');
      if (queued.length > 0) onProblem(`${queued.length} audit events could not be written before the end.`, undefined);
      settleAllUnwritten();
      await inOrder(lastJob);
    },
  };
}

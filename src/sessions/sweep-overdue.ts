import { setTimeout as delay } from 'node:timers/promises';
import type { SessionSettings } from '../config/snapshot.ts';
import { readOrDamaged } from '../state/read-or-damaged.ts';
import type { RecordWrite, StateStore } from '../state/state-store.ts';
import { planLastSeen } from './activity.ts';
import { graceMs, overdueCause, sweepSlackMs } from './expiry.ts';
import type { EndCause, Session } from './session.ts';
import { asSessionId, decodeLastSeen, decodeSession } from './session-record.ts';

/** Ends sessions that are over by time although nobody asks for them, so that counts are true and the file stays small. */
export interface Sweep {
  /** Ends all that are overdue, a slice at a time; called again while it runs, it goes on with what it does. */
  run(): Promise<void>;
  stop(): void;
}

/** A few milliseconds of the event loop and of the write lock. */
const sliceLength = 10;
/** Between two slices, for those who serve and write. */
const pauseMs = 5;

interface Overdue {
  readonly session: Session;
  readonly cause: 'idle' | 'absolute';
}

/**
 * Which sessions are due stands in an index: by their last use, or by their promised end. A stricter configuration is seen
 * at the lookup of a session at once, and here when its time by the former one has come.
 */
export function createSweep(deps: {
  readonly store: StateStore;
  readonly settings: () => SessionSettings;
  readonly now: () => number;
  readonly onEnded: ((session: Session, cause: EndCause) => void) | undefined;
}): Sweep {
  const { store, settings, now, onEnded } = deps;
  let running: Promise<void> | undefined;
  let isStopped = false;

  /** Looks at sessions whose last use is long ago. */
  async function lookAtIdle(): Promise<{ readonly looked: number; readonly overdue: readonly Overdue[] }> {
    const due = await store.listDue('last_seen', 'due', now(), sliceLength);
    const overdue: Overdue[] = [];
    const writes: RecordWrite[] = [];
    for (const record of due) {
      const stored = await readOrDamaged(store, 'session', record.key);
      if (stored === 'damaged') {
        // Whoever asks for it is told; here it must not hold up the others.
        writes.push(planLastSeen(asSessionId(record.key), decodeLastSeen(record), settings(), record.version, now()));
        continue;
      }
      if (stored.found !== 'record') {
        await store.remove('last_seen', record.key);
        continue;
      }
      const session = decodeSession(stored.record);
      const usedAtMs = Math.max(decodeLastSeen(record), session.signedInAtMs);
      const cause = overdueCause(session, usedAtMs, settings(), now() - sweepSlackMs);
      if (cause !== undefined) overdue.push({ session, cause });
      // Its time was reckoned by another configuration. Whoever has written it meanwhile has reckoned anew.
      else writes.push(planLastSeen(session.id, usedAtMs, settings(), record.version, now()));
    }
    for (const write of writes) await store.write(write);
    return { looked: due.length, overdue };
  }

  async function lookAtEnded(): Promise<readonly Overdue[]> {
    const ended = await store.listDue('session', 'expiry', now() + graceMs - sweepSlackMs, sliceLength);
    return ended.map((record) => ({ session: decodeSession(record), cause: 'absolute' }));
  }

  async function endThem(overdue: readonly Overdue[]): Promise<void> {
    if (overdue.length === 0) return;
    const burials = overdue.map(({ session, cause }) => ({
      key: session.id,
      cause,
      untilMs: Math.max(session.expiresAtMs, now()) + graceMs,
    }));
    const gone = await store.buryAll('session', burials, { isClosing: false });
    for (const [index, { session, cause }] of overdue.entries()) if (gone[index] !== 0) onEnded?.(session, cause);
  }

  async function slice(): Promise<boolean> {
    const idle = await lookAtIdle();
    await endThem(idle.overdue);
    const ended = await lookAtEnded();
    await endThem(ended);
    return idle.looked === sliceLength || ended.length === sliceLength;
  }

  async function runAll(): Promise<void> {
    while (!isStopped && (await slice())) await delay(pauseMs, undefined, { ref: false });
  }

  return {
    run() {
      running ??= runAll().finally(() => {
        running = undefined;
      });
      return running;
    },
    stop() {
      isStopped = true;
    },
  };
}

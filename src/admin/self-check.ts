import { setTimeout as delay } from 'node:timers/promises';
import { toFault } from '../decision/fault.ts';
import { recently } from './recently.ts';

/** What every process needs, and tries by itself. */
export type OwnPart = 'state' | 'audit';

/** Why a part does not work, in words that hold no path: the log has it. */
export type Why = 'disk_full' | 'not_writable' | 'damaged' | 'missing' | 'unavailable' | 'silent';

/** A part of this process that does not work. */
export interface OwnShortfall {
  readonly part: OwnPart;
  readonly why: Why;
  readonly sinceMs: number;
}

export interface SelfCheckParts {
  /** Each reads and writes; rejects when that does not work. */
  readonly probes: Readonly<Record<OwnPart, () => Promise<void>>>;
  readonly isDiskFull: () => boolean;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  /** Hears once of each part that fails, and once that it works again. */
  readonly onTurn: (part: OwnPart, why: Why | undefined, cause: unknown) => void;
}

/** A busy machine is slow; whoever asks meanwhile hears what was found before. */
const patienceMs = 10_000;
const answerWithinMs = 500;
/** Another process may be writing: that is no fault. */
const lockTries = 8;
const lockPauseMs = 50;

/** Builds what tries whether this process can do its work: a real read and a real write (security-rules.md 40). */
export function createSelfCheck(parts: SelfCheckParts): () => Promise<readonly OwnShortfall[]> {
  const failing = new Map<OwnPart, OwnShortfall>();

  async function tryPart(part: OwnPart): Promise<void> {
    let why: Why | undefined;
    let cause: unknown;
    try {
      await within(patienceMs, part === 'state' ? tryState(parts.probes.state) : parts.probes[part]());
    } catch (thrown) {
      why = whyOf(thrown, parts.isDiskFull);
      cause = thrown;
    }
    const before = failing.get(part);
    if (why === undefined) failing.delete(part);
    else failing.set(part, { part, why, sinceMs: before?.sinceMs ?? parts.now() });
    if (before?.why !== why) parts.onTurn(part, why, cause);
  }

  async function tryAll(): Promise<void> {
    await Promise.all([tryPart('state'), tryPart('audit')]);
  }

  let running: Promise<void> | undefined;
  let isKnown = false;
  return recently(async () => {
    running ??= tryAll().finally(() => {
      running = undefined;
      isKnown = true;
    });
    if (isKnown) await Promise.race([running, delay(answerWithinMs, undefined, { ref: false })]);
    else await running;
    return [...failing.values()];
  }, parts.monotonicMs);
}

async function tryState(probe: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await probe();
    } catch (thrown) {
      if (toFault(thrown).code !== 'state_unavailable' || tries === lockTries) throw thrown;
    }
    await delay(lockPauseMs);
  }
}

const silence = Symbol('silence');

async function within(ms: number, work: Promise<void>): Promise<void> {
  const patience = new AbortController();
  const late = delay(ms, silence, { signal: patience.signal }).catch(() => undefined);
  try {
    if ((await Promise.race([work, late])) === silence) throw silence;
  } finally {
    patience.abort();
  }
}

function whyOf(thrown: unknown, isDiskFull: () => boolean): Why {
  if (thrown === silence) return 'silent';
  switch (toFault(thrown).code) {
    case 'state_unwritable':
      return isDiskFull() ? 'disk_full' : 'not_writable';
    case 'state_corrupt':
      return 'damaged';
    case 'state_unavailable':
      return 'unavailable';
    default:
      return whyOfSystem(thrown);
  }
}

/** An error of the system, itself or as the cause of a fault. */
function whyOfSystem(thrown: unknown): Why {
  const code: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'code') : undefined;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'disk_full';
    case 'ENOENT':
    case 'ENOTDIR':
      return 'missing';
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
    case 'EFBIG':
      return 'not_writable';
    default: {
      const cause: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'cause') : undefined;
      return cause === undefined ? 'unavailable' : whyOfSystem(cause);
    }
  }
}

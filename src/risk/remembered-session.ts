import { emptyHistory, type RiskHistory } from './history.ts';
import { type HistoryMarks, updateMarks } from './history-marks.ts';
import type { OutsideScore } from './outside-score.ts';
import { emptyBaseline, type PersonBaseline } from './person-baseline.ts';
import type { Place } from './place.ts';

/** A session's history in memory, with what makes a request cheap and a merge exact. */
export interface RememberedSession {
  readonly history: RiskHistory;
  /** The person's key in the store. */
  readonly person: string;
  /** The last address as sent, and what is known of it as of the sources' generation: the same again needs no reading. */
  address: string | undefined;
  generation: number;
  network: string;
  place: Place | undefined;
  list: string | undefined;
  userAgent: string | undefined;
  family: string;
  platform: string | undefined;
  hint: string;
  /** The hour whose unusualness is remembered. */
  hour: number;
  unusual: string | undefined;
  /** What the person's baseline was last taught from this session. */
  learnedMinute: number;
  learnedRoute: string | undefined;
  /** When the last request was: an earlier one tells that the clock went back. */
  lastAtMs: number;
  /** What stands in the store: what this process counted beyond the minute's count is still to be added there. */
  written: WrittenHistory;
  /** When it is to be written or read again; infinite: neither. */
  dueAtMs: number;
  /** True while something waits to be written that changes answers: other processes hear of it. */
  isUrgent: boolean;
  /** True once another process has written what may change answers here. */
  isStale: boolean;
  readonly marks: HistoryMarks;
}

/** What tells how much of a history the store has. */
export interface WrittenHistory {
  readonly minute: number;
  readonly count: number;
  /** Of how many bits the sketch of paths was made. */
  readonly paths: number;
  readonly version: number;
  readonly atMs: number;
  readonly expiresAtMs: number | undefined;
}

/** A person's baseline in memory. */
export interface RememberedPerson {
  /** Replaced, never changed in place, but for its `familiar`. */
  baseline: PersonBaseline;
  outside: OutsideScore | undefined;
  /** False once another score may have been set: it is to be read again. */
  isOutsideCurrent: boolean;
}

/** A history as the store has it. */
export interface StoredHistory {
  readonly history: RiskHistory;
  readonly version: number;
  readonly expiresAtMs: number | undefined;
}

/** Wraps a history that was read, or begins one. */
export function rememberSession(
  stored: StoredHistory | undefined,
  person: string,
  readAtMs: number,
): RememberedSession {
  const history = stored?.history ?? emptyHistory();
  const marks: HistoryMarks = [];
  if (stored !== undefined) updateMarks(marks, history);
  return {
    history,
    person,
    address: undefined,
    generation: -1,
    network: '',
    place: undefined,
    list: undefined,
    userAgent: undefined,
    family: '',
    platform: undefined,
    hint: '',
    hour: -1,
    unusual: undefined,
    learnedMinute: -1,
    learnedRoute: undefined,
    lastAtMs: 0,
    written: writtenNow(history, stored ?? { version: 0, expiresAtMs: undefined }, readAtMs),
    dueAtMs: Number.POSITIVE_INFINITY,
    isUrgent: false,
    isStale: false,
    marks,
  };
}

export function rememberPerson(
  baseline: PersonBaseline | undefined,
  outside: OutsideScore | undefined,
): RememberedPerson {
  return { baseline: baseline ?? emptyBaseline(), outside, isOutsideCurrent: true };
}

/** What the store has once a history as it is now is in it. */
export function writtenNow(
  { rate, breadth }: RiskHistory,
  { version, expiresAtMs }: Pick<StoredHistory, 'version' | 'expiresAtMs'>,
  atMs: number,
): WrittenHistory {
  return { minute: rate.minute, count: rate.count, paths: breadth.ones, version, atMs, expiresAtMs };
}

/** So many requests, or paths, that only this process knows of are worth telling the others: a twentieth of what is never too many. */
const mostUntold = 30;

/** Whether this process counted so much since the last write that another one would answer differently for it. */
export function isMuchUntold(session: RememberedSession): boolean {
  const { history, written } = session;
  return unwrittenRequests(session) >= mostUntold || Math.abs(history.breadth.ones - written.paths) >= mostUntold;
}

/** Requests of the current minute that are not in the store yet. */
export function unwrittenRequests({ history, written }: RememberedSession): number {
  return written.minute === history.rate.minute ? Math.max(0, history.rate.count - written.count) : history.rate.count;
}

import { emptyHistory, type RiskHistory } from './history.ts';
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
  /** The minute's count as it stands in the store: what this process counted beyond it is still to be added there. */
  written: { readonly minute: number; readonly count: number };
}

/** A person's baseline in memory. */
export interface RememberedPerson {
  /** Replaced, never changed in place, but for its `familiar`. */
  baseline: PersonBaseline;
  outside: OutsideScore | undefined;
  /** False once another score may have been set: it is to be read again. */
  isOutsideCurrent: boolean;
}

/** Wraps a history that was read, or begins one. */
export function rememberSession(history: RiskHistory | undefined, person: string): RememberedSession {
  return {
    history: history ?? emptyHistory(),
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
    written: { minute: history?.rate.minute ?? 0, count: history?.rate.count ?? 0 },
  };
}

export function rememberPerson(
  baseline: PersonBaseline | undefined,
  outside: OutsideScore | undefined,
): RememberedPerson {
  return { baseline: baseline ?? emptyBaseline(), outside, isOutsideCurrent: true };
}

/** Requests of the current minute that are not in the store yet. */
export function unwrittenRequests({ history, written }: RememberedSession): number {
  return written.minute === history.rate.minute ? Math.max(0, history.rate.count - written.count) : history.rate.count;
}

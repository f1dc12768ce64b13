import type { RiskSignalName } from '../config/snapshot.ts';
import type { RiskHistory } from './history.ts';
import type { OutsideScore } from './outside-score.ts';
import type { PersonBaseline } from './person-baseline.ts';

/** All that is known of a session and its person. */
export interface SignalContext {
  readonly history: RiskHistory;
  readonly baseline: PersonBaseline;
  readonly outside: OutsideScore | undefined;
}

/** What a signal says of a session at an instant. */
export interface SignalReading {
  /** 0-1: how much of the signal's weight applies while its condition lasts. */
  readonly strength: number;
  readonly sinceMs: number;
  /** When the condition ended: from then on the points halve with each half-life. `undefined`: it lasts. */
  readonly endedAtMs: number | undefined;
  /** The numbers of the formula, in plain words for the analyst. Called only when there are points to explain. */
  readonly detail: () => string;
}

/**
 * What several signals may tell of the same event: somebody who moves has a new network, a new country and an impossible
 * journey at once. Of one family only the strongest counts.
 */
export type SignalFamily =
  | 'place'
  | 'program'
  | 'device'
  | 'hour'
  | 'doors'
  | 'factors'
  | 'volume'
  | 'theft'
  | 'list'
  | 'outside';

/** One way in which a session can be unlike itself or its person. */
export interface Signal {
  readonly name: RiskSignalName;
  readonly family: SignalFamily;
  /** What a proof younger than its beginning does: it answers, or it says nothing about this. */
  readonly answeredBy: 'step_up' | 'nothing';
  /** Reads without changing anything; `undefined` when there is nothing to say. */
  read(context: SignalContext, nowMs: number): SignalReading | undefined;
}

/** A reading of an episode in full strength. */
export function readingOf(
  episode: { readonly what: string; readonly sinceMs: number; readonly endedAtMs: number | undefined } | undefined,
  detail: (what: string) => string,
): SignalReading | undefined {
  if (episode === undefined) return undefined;
  const { what, sinceMs, endedAtMs } = episode;
  return { strength: 1, sinceMs, endedAtMs, detail: () => detail(what) };
}

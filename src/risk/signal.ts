import type { RiskSignalName } from '../config/snapshot.ts';
import type { RiskHistory } from './history.ts';

/** What a signal says of a session at an instant. */
export interface SignalReading {
  /** 0-1: how much of the signal's weight applies while its condition lasts. */
  readonly strength: number;
  readonly sinceMs: number;
  /** When the condition ended: from then on the points halve with each half-life. `undefined`: it lasts. */
  readonly endedAtMs: number | undefined;
  /** The numbers of the formula, in plain words. Called only when there are points to explain. */
  readonly detail: () => string;
}

/** One way in which a session can be unlike itself. */
export interface Signal {
  readonly name: RiskSignalName;
  /** Reads without changing anything; `undefined` when there is nothing to say. */
  read(history: RiskHistory, nowMs: number): SignalReading | undefined;
}

import type { RiskSettings } from '../config/snapshot.ts';
import type { RiskFacts } from '../policy/facts.ts';

/** What risk learns from one request of a session. */
export interface RiskObservation {
  readonly sessionId: string;
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly nowMs: number;
  /** The newest proof that this credential carries: a step-up after a signal began answers that signal. */
  readonly lastProofAtMs: number;
}

/** Scores sessions from their own history. In memory; written every second, merged across processes (SECURITY.md 28). */
export interface Risk {
  /**
   * Fetches what the store knows of a session that is not in memory: call before `assess` and `peek`. `undefined` when
   * there is nothing to wait for (the common case). Rejects with `Fault('state_unavailable')` or `Fault('state_corrupt')`:
   * a history that cannot be read is not a clean one.
   */
  load(sessionId: string): Promise<void> | undefined;
  /** Takes the request in and answers the score as of now. */
  assess(observation: RiskObservation, settings: RiskSettings): RiskFacts;
  /** The score without taking anything in: portal, admin. */
  peek(sessionId: string, lastProofAtMs: number, settings: RiskSettings, nowMs: number): RiskFacts;
  /** An enforced denial of a document; counted once per route and minute (SECURITY.md 19). */
  countDenial(sessionId: string, route: string, nowMs: number): void;
  /** The session ended. */
  forget(sessionId: string): void;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

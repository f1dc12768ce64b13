import type { RiskSettings } from '../config/snapshot.ts';
import type { RiskFacts } from '../decision/facts.ts';
import type { FetchKind } from '../http/fetch-kind.ts';
import type { PersonId } from '../state/person-key.ts';
import type { OutsideScore } from './outside-score.ts';

/** Whose risk it is: a session, and the person that it is of. */
export interface RiskSubject {
  readonly sessionId: string;
  readonly person: PersonId;
}

/** What risk learns from one request of a session. */
export interface RiskObservation extends RiskSubject {
  readonly address: string;
  readonly userAgent: string | undefined;
  /** What the answer is for. Absent: not known. */
  readonly fetch?: FetchKind | undefined;
  /** The platform that the browser names (`Sec-CH-UA-Platform`); absent: it names none. */
  readonly platform?: string | undefined;
  /** The fingerprint of the connection's device certificate; absent: there is none. */
  readonly device?: string | undefined;
  /** The name of the route. */
  readonly route?: string | undefined;
  /** Canonical. */
  readonly path?: string | undefined;
  readonly nowMs: number;
  /** The newest proof that this credential carries: a step-up after a signal began answers that signal. */
  readonly lastProofAtMs: number;
  /**
   * The newest proof of a second factor that this credential carries (where the providers have none: of a password that
   * was asked for again). 0, the default: the session never stepped up, and nothing is learned from it (security-rules.md 19).
   */
  readonly steppedUpAtMs?: number;
}

/** Scores sessions from their own history and their person's. In memory; written every second, merged across processes (security-rules.md 28). */
export interface Risk {
  /**
   * Fetches what the store knows of a session and its person that is not in memory: call before `assess` and `peek`.
   * `undefined` when there is nothing to wait for (the common case). Rejects with `Fault('state_unavailable')` or
   * `Fault('state_corrupt')`: a history that cannot be read is not a clean one.
   */
  load(subject: RiskSubject): Promise<void> | undefined;
  /** Takes the request in and answers the score as of now. */
  assess(observation: RiskObservation, settings: RiskSettings): RiskFacts;
  /** The score without taking anything in: portal, admin. */
  peek(subject: RiskSubject, lastProofAtMs: number, settings: RiskSettings, nowMs: number): RiskFacts;
  /** An enforced denial of a document; counted once per route and minute (security-rules.md 19). */
  countDenial(subject: RiskSubject, route: string, nowMs: number): void;
  /** A step-up of the session that failed; one that was cancelled is none. */
  countFailedFactor(subject: RiskSubject, nowMs: number): void;
  /** A credential of the session was shown at another host than its own. Counted once per host and minute; answers whether it was. */
  countForeignHost(subject: RiskSubject, host: string, nowMs: number): boolean;
  /** The person said of another session of theirs that it was not they. Counted once per such session and minute. */
  countDisownedSession(subject: RiskSubject, disowned: string, nowMs: number): void;
  /** The score that another system set for a person, on disk when it answers; every process goes by it on its next request. */
  setOutsideScore(person: PersonId, score: OutsideScore): Promise<void>;
  /** Answers false when there was none. */
  clearOutsideScore(person: PersonId): Promise<boolean>;
  outsideScoreOf(person: PersonId): Promise<OutsideScore | undefined>;
  /** The session ended. */
  forget(sessionId: string): void;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

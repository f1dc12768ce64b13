import type { AuthenticationMethod, CheckResult } from './decision.ts';

/** Who said a thing and when: every fact that a decision reads carries it. */
export interface Provenance {
  /** `idp:<provider>`, `self`, `admin`, `connection`, `session`. */
  readonly source: string;
  readonly asOfMs: number;
}

/** The request, as the one parse at the door saw it. */
export interface RequestFacts {
  readonly method: string;
  /** Canonical path (security-rules.md 17), the very string that is forwarded. */
  readonly path: string;
  /** The client's address after trusted proxies, canonical text; IPv4-mapped addresses are unmapped. `undefined` only in a question about a request that nobody has made. */
  readonly address: string | undefined;
  readonly nowMs: number;
  /** True in a question about a request that nobody has made, whose time was not given: hours are unknown then, while ages still count from `nowMs`. */
  readonly isTimeAssumed?: boolean | undefined;
}

/** A value of a claim: what JSON can hold. */
export type ClaimValue =
  | string
  | number
  | boolean
  | null
  | readonly ClaimValue[]
  | { readonly [name: string]: ClaimValue };

/** Claims of the provider, by name. */
export type ClaimFacts = Readonly<Record<string, ClaimValue>>;

/** A person with a live session. */
export interface PersonFacts extends Provenance {
  readonly sessionId: string;
  readonly providerId: string;
  readonly issuer: string;
  readonly subject: string;
  readonly name: string | undefined;
  readonly email: string | undefined;
  /** True when the provider says `email_verified`, or is configured with `trust_email`. */
  readonly isEmailVerified: boolean;
  /** `undefined` when the provider did not say (group overage too): unknown, not empty. */
  readonly groups: readonly string[] | undefined;
  /** Every claim that the provider sent, but for those of the protocol; `undefined`: none were kept. One that is absent is unknown (security-rules.md 14). */
  readonly claims?: ClaimFacts | undefined;
  /** True in a question about somebody whose other claims were not given: one that is absent may be there. */
  readonly mayHaveOtherClaims?: boolean | undefined;
}

/** A machine that showed a credential of its own: a bearer token of ours, or a client certificate (security-rules.md 8). */
export interface ServiceFacts extends Provenance {
  readonly serviceId: string;
  readonly provedBy: 'token' | 'certificate';
}

/** When each method was last proved by the credential of this request; a missing method was never proved. */
export interface AuthenticationFacts {
  readonly provedAtMs: Readonly<Partial<Record<AuthenticationMethod, number>>>;
}

/** A named posture, judged for this device now. */
export interface PostureFacts {
  readonly posture: string;
  /** `warned`: it fails, and is let pass until `warnedUntilMs`. `stale`: facts older than `max_age`; `unknown`: a fact that is needed was never reported; `unavailable`: the store of facts did not answer. */
  readonly result: 'pass' | 'warned' | 'fail' | 'stale' | 'unknown' | 'unavailable';
  readonly checks: readonly CheckResult[];
  /** When this person was first warned of it; absent where nobody is warned. */
  readonly warnedSinceMs?: number | undefined;
  /** When the grace ends, or ended. */
  readonly warnedUntilMs?: number | undefined;
}

/** The device of this request's connection. */
export interface DeviceFacts extends Provenance {
  readonly deviceId: string;
  /** Only the postures that the route's rules name. */
  readonly postures: Readonly<Record<string, PostureFacts>>;
}

/** One signal's share of the score, so that every point can be explained. */
export interface RiskPoint {
  readonly signal: string;
  readonly points: number;
  /** When the signal's condition began. */
  readonly sinceMs: number;
  /** Plain words for the analyst, with the numbers that the formula used. */
  readonly detail: string;
  /** What it would be worth, where it is only reported; `points` is 0 then. */
  readonly reportedPoints?: number | undefined;
  /** `nothing`: no proof of the person's answers it. Absent: one that is younger than `sinceMs` does. */
  readonly answeredBy?: 'nothing' | undefined;
}

export interface RiskFacts extends Provenance {
  /** 0-100. */
  readonly score: number;
  readonly points: readonly RiskPoint[];
  /** What would be left of the score after a proof now. Absent: nothing. */
  readonly scoreAfterProof?: number | undefined;
  /** The score if signals in report-only mode counted too. Absent: there are none. */
  readonly reportedScore?: number | undefined;
}

/** Everything a decision may look at. A part that is `undefined` is absent or unknown; a rule that needs it is not met. */
export interface Facts {
  readonly request: RequestFacts;
  /** Never together with `service`. */
  readonly person: PersonFacts | undefined;
  readonly service?: ServiceFacts | undefined;
  readonly authentication: AuthenticationFacts | undefined;
  /** `undefined`: this connection showed no device certificate that we accept. */
  readonly device: DeviceFacts | undefined;
  readonly risk: RiskFacts | undefined;
}

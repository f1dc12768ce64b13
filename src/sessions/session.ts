import type { AuthenticationMethod } from '../decision/decision.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import type { PersonFacts } from '../decision/facts.ts';

declare const sessionIdBrand: unique symbol;

/** The stable id of a session record (`ses_` + ULID). Not a secret: it opens nothing. */
export type SessionId = string & { readonly [sessionIdBrand]: true };

/** Why a session ended: the metric's closed set. */
export type EndCause = 'logout' | 'idle' | 'absolute' | 'admin' | 'user' | 'idp_logout' | 'risk' | 'policy';

/** Times of proof, per method. */
export type ProofTimes = Readonly<Partial<Record<AuthenticationMethod, number>>>;

/** The one record that all credentials of a person's sign-in point to (security-rules.md 1). */
export interface Session {
  readonly id: SessionId;
  readonly version: number;
  readonly person: Omit<PersonFacts, 'sessionId'>;
  /** Proved at the sign-in host. A credential has its own, fixed when it was minted. */
  readonly provedAtMs: ProofTimes;
  readonly acr: string | undefined;
  readonly amr: readonly string[];
  readonly signedInAtMs: number;
  readonly expiresAtMs: number;
  /** SHA-256 fingerprint of the device certificate that it is bound to; `undefined`: signed in without a device. */
  readonly deviceFingerprint: string | undefined;
  /** Where it began, for the person's own list. */
  readonly signedInFrom: { readonly address: string; readonly userAgent: string | undefined };
  /** For RP-initiated sign-out; never logged, never shown. */
  readonly idToken: string;
  /**
   * The key of the one single sign-on record that stands for this session; every other one, and so every copied cookie, is
   * nobody's from the moment that this changes. `undefined`: of before it was kept, any record of the session counts.
   */
  readonly singleSignOnKey?: string | undefined;
}

/** A single sign-on record that is written together with what it may do (security-rules.md 3, 34). */
export interface SingleSignOnRecord {
  /** The hash of what the cookie holds. */
  readonly key: string;
  readonly value: string;
  readonly expiresAtMs: number;
}

/** A browser's change from one single sign-on record to the next. */
export interface Rotation {
  /** What the browser showed: `Session.singleSignOnKey` when the answer began. */
  readonly from: string | undefined;
  readonly to: SingleSignOnRecord;
}

/** What is proved anew of a session. */
export interface Proof {
  readonly provedAtMs: ProofTimes;
  readonly acr: string | undefined;
  readonly amr: readonly string[];
  /** Absent: the one that is kept stays. */
  readonly idToken?: string;
  /** Whose proof it is; another subject than the session's is `Fault('idp_refused')`. */
  readonly person?: NewSession['person'];
}

/** A session with when it was last used; a sign-in is a use. */
export type SeenSession = Session & { readonly lastSeenAtMs: number };

/** Some of all sessions. */
export interface SessionPage {
  readonly sessions: readonly SeenSession[];
  /** Of all pages together; as `count` says where all are asked for. */
  readonly total: number;
  /** What to give as `after` for the next page; `undefined`: this was the last. */
  readonly next: string | undefined;
}

/** What an app host's cookie stands for. */
export interface HostCredential {
  readonly sessionId: SessionId;
  readonly host: string;
  readonly mintedAtMs: number;
  /** What was proved when it was minted: a later step-up elsewhere never raises it (security-rules.md 3). */
  readonly provedAtMs: ProofTimes;
  /** The key that proved the browser; absent: none did. */
  readonly browserKeyId?: string | undefined;
}

/** A registered browser that has just shown that it holds its key. */
export interface ProvedBrowser {
  readonly keyId: string;
  readonly atMs: number;
}

export type CredentialLookup =
  | { readonly found: 'session'; readonly session: Session; readonly credential: HostCredential }
  /** It stood for a session that has ended. */
  | { readonly found: 'ended'; readonly cause: EndCause }
  | { readonly found: 'nothing' };

/** Hears that a session's credential was shown at another host than its own: somebody has a copy. */
export type OnForeignHost = (id: SessionId, host: string, decisionId: DecisionId | undefined) => void;

/** Where a person wants to go after sign-in: the record behind an opaque id (security-rules.md 2). */
export interface ReturnTarget {
  readonly host: string;
  /** `https://host[:port]` of the listener that was asked. */
  readonly origin: string;
  /** Canonical path and query. */
  readonly path: string;
  /** SHA-256 of the browser's attempt secret at that host. */
  readonly attemptHash: string;
  /** Canonical path and query of the page of the same host that led there, where the browser said one. */
  readonly cameFrom?: string | undefined;
  /** `open`: back to the sign-in host's page about the app. `past_worker`: in a window that says when it is done. Absent: to the path. */
  readonly way?: 'open' | 'past_worker' | undefined;
}

export interface NewSession {
  readonly person: Omit<PersonFacts, 'sessionId'>;
  readonly provedAtMs: ProofTimes;
  readonly acr: string | undefined;
  readonly amr: readonly string[];
  readonly deviceFingerprint: string | undefined;
  readonly signedInFrom: Session['signedInFrom'];
  readonly idToken: string;
}

export type RedeemResult =
  | {
      readonly outcome: 'redeemed';
      readonly credential: string;
      readonly maxAgeMs: number;
      readonly session: Session;
      readonly target: ReturnTarget;
    }
  /** `cookie_missing`: the browser did not bring its attempt cookie; `spent`: unknown, used, expired or for another host. */
  | { readonly outcome: 'refused'; readonly cause: 'cookie_missing' | 'spent' };

/** The session registry: memory in front of the state store, kept true by the change log. */
/** Whom an administrator means by a name. */
export interface PeopleNamed {
  readonly emails: readonly string[];
  readonly people: readonly Pick<Session['person'], 'issuer' | 'subject'>[];
}

export interface Sessions {
  /** Brings memory up to date; `undefined` when there is nothing to wait for. */
  freshen(): Promise<void> | undefined;
  /**
   * The hot path: a remembered credential is answered without a promise. Counts as activity only when `touch` is called.
   * @param decisionId what it is looked up for, told where the credential turns out to be of another host
   */
  findByCredential(
    secret: string,
    host: string,
    nowMs: number,
    decisionId?: DecisionId,
  ): CredentialLookup | Promise<CredentialLookup>;
  /** Marks the session as used: memory now, the store within a second (security-rules.md 28). */
  touch(id: SessionId, nowMs: number): void;
  lastSeenAtMs(id: SessionId): number | undefined;
  /** Sessions that this process has seen used since then; forgets the others. */
  usedSince(sinceMs: number): readonly SessionId[];
  find(id: SessionId): Promise<Session | undefined>;
  /** Why and when a session was ended on purpose or by time; `undefined` while it lives, and once nothing is known of it any more. */
  endOf(id: SessionId): Promise<{ readonly cause: EndCause; readonly atMs: number } | undefined>;
  /**
   * Refuses with `revoked_since` when the subject was revoked after `authenticatedAtMs` (security-rules.md 1).
   * @param issue makes the browser's single sign-on record, which is written with the session or not at all
   */
  start(
    session: NewSession,
    authenticatedAtMs: number | undefined,
    issue?: (id: SessionId) => SingleSignOnRecord,
  ): Promise<{ outcome: 'started'; session: Session } | { outcome: 'revoked_since'; sinceMs: number }>;
  /**
   * Adds proofs, and changes the browser's single sign-on record in the same transaction: of all cookies of the session
   * only the one that goes out with this answer has them (security-rules.md 3). Never lowers a time. What the provider says of
   * the person by then replaces what it said before, whole (security-rules.md 6). A session that has ended is
   * `Fault('state_conflict')`. Answers `undefined`, and changes nothing, when another answer has changed the record since
   * `rotation.from`: that one's cookie counts.
   */
  raise(id: SessionId, proof: Proof, rotation: Rotation): Promise<Session | undefined>;
  /** Replaces what the provider says of the person, and proves nothing; the browser keeps its cookie. Faults as `raise`. */
  renewPerson(id: SessionId, person: NewSession['person']): Promise<Session>;
  /** Ends it and everything that points to it. Revocations (admin, user, risk, policy) also mark the subject. Answers false when it was over already. */
  end(id: SessionId, cause: EndCause): Promise<boolean>;
  /**
   * Ends all sessions of a person as revoked, and marks the subject first, also where there is none: the next sign-in
   * must be proved anew (security-rules.md 1). Answers how many ended.
   */
  endAllOf(person: Pick<Session['person'], 'issuer' | 'subject'>, cause: 'admin' | 'risk'): Promise<number>;
  /** When the person's sign-ins were last revoked; `undefined`: never, or it was forgiven (security-rules.md 36). */
  revokedAtMs(person: Pick<Session['person'], 'issuer' | 'subject'>): Promise<number | undefined>;
  /**
   * Lifts that mark. Danger: the provider's cookie of before the revocation signs in again, the thief's too.
   * Answers false when there was none.
   */
  forgive(person: Pick<Session['person'], 'issuer' | 'subject'>): Promise<boolean>;
  /** Hears of ends by any process: to close streams. May be told twice. */
  onEnd(listener: (id: SessionId) => void): () => void;
  /** The live sessions of a person. */
  ofPerson(person: Pick<Session['person'], 'issuer' | 'subject'>): Promise<readonly SeenSession[]>;
  /**
   * Live sessions in the order of their ids, which is that of signing in.
   * @param query `of`: only of people with one of these e-mail addresses, and of these people; `after`: behind this id
   */
  page(query: {
    readonly limit: number;
    readonly after?: string | undefined;
    readonly of?: PeopleNamed | undefined;
  }): Promise<SessionPage>;
  /** How many there are, by provider. One that is over by time counts until it is swept, within about a minute. */
  count(): Promise<ReadonlyMap<string, number>>;
  saveReturnTarget(target: ReturnTarget): Promise<string>;
  findReturnTarget(id: string): Promise<ReturnTarget | undefined>;
  /**
   * A one-time ticket, ≤ 60 s, bound to the target's host and attempt and to the session; the proof times of `session`
   * are what the credential will have. A session that has ended is `Fault('state_conflict')`.
   * @param browser proved for this ticket alone: the session never carries it, so that no cookie of the sign-in host does
   */
  mintTicket(session: Session, target: ReturnTarget, browser?: ProvedBrowser): Promise<string>;
  /** Ends the sessions with a credential that this key proved, once it is no longer registered. Answers how many ended. */
  endProvedBy(keyId: string, person: Pick<Session['person'], 'issuer' | 'subject'>, cause: EndCause): Promise<number>;
  /**
   * Consumes the ticket, also where it is refused, and mints the host's credential.
   * @param replacedCredential the credential that the browser brought along, if any: it is removed, when it was this host's.
   */
  redeemTicket(
    ticket: string,
    host: string,
    attemptSecret: string | undefined,
    replacedCredential?: string,
  ): Promise<RedeemResult>;
  close(): Promise<void>;
}

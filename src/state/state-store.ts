/**
 * The kinds of records. Each has one owner module; the store knows nothing about their content.
 * `last_seen`, `credential`, `ticket` and `single_sign_on` records carry the id of the session that they belong to as
 * `owner` (where there is one), and die with it.
 */
export type RecordKind =
  | 'session'
  /** When a session was last used; owned by it, kept apart so that it never fights with the session's own version. */
  | 'last_seen'
  /** What a session's claims are read again with; owned by it. */
  | 'provider_grant'
  /** Who reads a session's claims again just now; owned by it. */
  | 'refresh_lease'
  | 'credential'
  | 'ticket'
  | 'return_target'
  | 'sign_in_attempt'
  | 'single_sign_on'
  | 'subject'
  | 'device'
  | 'device_nonce'
  /** When the list of a provider of devices is read next, whichever process does it. */
  | 'device_pull'
  /** When a person was first warned of a posture; kept for good. */
  | 'posture_warning'
  /** The browsers that a person registered. */
  | 'registered_browsers'
  /** Access that is paused: of a person, a session, a device or a route. */
  | 'lock'
  | 'risk_baseline'
  /** What is usual for a person. */
  | 'risk_person'
  /** A score that another system set for a person. */
  | 'risk_score'
  /** What could not be written; stands in the reserve beside the file, never in it. */
  | 'reserve'
  | 'signing_key'
  /** What tags are hashed with; the store's own. */
  | 'index_key'
  /** Configurations that ran, and the list of them. */
  | 'configuration'
  | 'audit_head'
  /** Who has signed in, with the claims of the newest sign-in. */
  | 'person'
  /** When a person last used which route; under the person's key, kept apart because it changes all day. */
  | 'person_use'
  /** With which requests somebody was let in last whom no reload may lock out. */
  | 'last_openings';

export interface StoredRecord {
  readonly kind: RecordKind;
  /** Opaque. A secret (credential, ticket) is hashed by its owner before it becomes a key. */
  readonly key: string;
  /** Grows by one with each write; the first is 1. */
  readonly version: number;
  readonly owner: string | undefined;
  readonly expiresAtMs: number | undefined;
  readonly dueAtMs?: number | undefined;
  /** JSON text; encrypted at rest, clear here. */
  readonly value: string;
}

export type ReadResult =
  | { readonly found: 'record'; readonly record: StoredRecord }
  /** The record was ended on purpose; `cause` says why, as its owner wrote it. */
  | { readonly found: 'tombstone'; readonly cause: string; readonly sinceMs: number }
  | { readonly found: 'nothing' };

/** Which record is meant. */
export interface RecordName {
  readonly kind: RecordKind;
  readonly key: string;
}

export interface RecordWrite {
  readonly kind: RecordKind;
  readonly key: string;
  readonly owner?: string | undefined;
  readonly expiresAtMs?: number | undefined;
  readonly value: string;
  /** 0: must not exist yet (expired counts as not there). A number: must have this version. `any`: last writer wins (never over a tombstone). */
  readonly expectedVersion: number | 'any';
  /**
   * What else it is found by (`list`), three at most: a person, an address, a browser. Kept as keyed hashes, so that the
   * file names nobody. Two may share a hash: whoever lists looks at what the record says. No two kinds give the same tag
   * to the same key.
   */
  readonly tags?: readonly string[] | undefined;
  /** What it is counted under (`count`) for as long as it is there. In clear: a provider, never a person. */
  readonly countedAs?: string | undefined;
  /** When its owner module wants to look at it again (`listDue`). */
  readonly dueAtMs?: number | undefined;
  /** False for what changes on every request and is not in the change log (security-rules.md 28). Default true. */
  readonly isLogged?: boolean;
  /** Also waits for the disk, so that it survives a power failure; in `writeAll` it says nothing. Default false. */
  readonly isDurable?: boolean;
  /**
   * It takes something away from somebody: where the disk takes nothing, it holds all the same and is written later
   * (security-rules.md 52). Such a write wins over any version. Default false.
   */
  readonly isClosing?: boolean;
}

export type WriteResult =
  | { readonly outcome: 'written'; readonly version: number }
  /** The record has another version; in `writeAll` also: another write of the same call failed. */
  | { readonly outcome: 'conflict' }
  /** The record, or the owner that the write names, was ended on purpose. */
  | { readonly outcome: 'buried' };

export interface BuryOptions {
  /**
   * False for an end that everybody finds out alone, such as one by time: where the disk takes nothing, the call fails.
   * Default true: it holds all the same and is written later (security-rules.md 52).
   */
  readonly isClosing?: boolean;
}

/** What `list` answers: all of a kind, unless something narrows it. */
export interface ListFilter {
  readonly owner?: string;
  /** One of the tags that it was written with; not together with `owner`. */
  readonly tag?: string;
  readonly limit?: number;
  readonly after?: string;
}

/** One end among several. */
export interface Burial {
  readonly key: string;
  readonly cause: string;
  readonly untilMs: number;
}

export interface BuryAllOptions extends BuryOptions {
  /** Written in the same transaction, whatever version is there. */
  readonly writes?: readonly RecordWrite[];
}

/** One entry of the change log: which record changed. `everything` empties memories (a gap was seen, the link was lost). */
export type Change =
  | {
      readonly type: 'record';
      readonly kind: RecordKind;
      readonly key: string;
      readonly owner: string | undefined;
      /** True when it was ended by `bury`, itself or with its owner. */
      readonly wasBuried: boolean;
    }
  | { readonly type: 'everything' };

/**
 * What Postern keeps. Two engines, one contract test. Any method may reject with `Fault('state_unavailable')`, those that
 * write also with `Fault('state_unwritable')`; nobody may read that as "not there".
 */
export interface StateStore {
  /**
   * Makes memories true: call before using anything remembered. Returns `undefined` when nothing has to be waited for
   * (the common case, a few µs, at most one look per millisecond). Throws `Fault('state_unavailable')`.
   */
  freshen(): Promise<void> | undefined;
  /**
   * Hears of every change by any process before `freshen` returns, of own ones before the write answers. A change may
   * be told twice. Returns how to stop.
   */
  onChange(listener: (change: Change) => void): () => void;
  read(kind: RecordKind, key: string): Promise<ReadResult>;
  /** Several records as of one moment, in the order in which they are named; for requests: it costs little more than one. */
  readAll(names: readonly RecordName[]): Promise<readonly ReadResult[]>;
  /** Replaces the whole record, owner and expiry included. */
  write(write: RecordWrite): Promise<WriteResult>;
  /** All or nothing; the results stand in the order of the writes. When one is not `written`, none is. */
  writeAll(writes: readonly RecordWrite[]): Promise<readonly WriteResult[]>;
  /** Several in one transaction, each for itself: what is not `written` keeps no other from being. */
  writeEach(writes: readonly RecordWrite[]): Promise<readonly WriteResult[]>;
  /** Reads and removes in one step: of two callers, one gets the record. */
  take(kind: RecordKind, key: string): Promise<StoredRecord | undefined>;
  remove(kind: RecordKind, key: string): Promise<void>;
  /**
   * Ends a record: unconditional, never written over, kept until `untilMs`, on disk when it answers. Every record whose
   * `owner` is this key is buried with it for the same cause, and so on down, in the same transaction; a later write
   * that names a buried owner is `buried` too. The first cause stays. Answers how many records went (0: it was buried
   * or gone already).
   */
  bury(kind: RecordKind, key: string, cause: string, untilMs: number, options?: BuryOptions): Promise<number>;
  /**
   * Ends several records of a kind in one transaction, each as `bury` does, together with what must not happen without it.
   * Answers how many records went with each.
   */
  buryAll(kind: RecordKind, burials: readonly Burial[], options?: BuryAllOptions): Promise<readonly number[]>;
  /**
   * Records of a kind in the order of their keys, not expired, not buried; `owner` or `tag` narrows, `after` goes on behind
   * a key. For admin pages and limits, not for requests; where there may be many, page by page.
   */
  list(kind: RecordKind, filter?: ListFilter): Promise<readonly StoredRecord[]>;
  /**
   * Records of a kind whose time has come by then, the earliest first; expired ones too, as long as they are there. One that is
   * damaged is left out: it must not hide those behind it.
   */
  listDue(kind: RecordKind, by: 'due' | 'expiry', untilMs: number, limit: number): Promise<readonly StoredRecord[]>;
  /** How many records of a kind there are, by `countedAs`; kept by every write, so that nothing is walked. */
  count(kind: RecordKind): Promise<ReadonlyMap<string, number>>;
  /** Reads and writes something small: for /readyz. Rejects with the fault that says what does not work. */
  probe(): Promise<void>;
  close(): Promise<void>;
}

/** A store that several processes of one machine follow by its change log. */
export interface FollowingStore extends StateStore {
  /**
   * Applies now what any process had committed before the call, and answers the sequence of the newest entry of the log
   * that was applied. For confirming a revocation; `freshen` is for requests. Throws `Fault('state_unavailable')`.
   */
  catchUp(): number;
  /**
   * Looks for changes if nobody has for 250 ms: to be called before anything is passed on that was allowed earlier. True when
   * a look that came so late, this one or another, has told any since the last call. Costs less than a microsecond otherwise. Throws `Fault('state_unavailable')`.
   */
  fence(): boolean;
}

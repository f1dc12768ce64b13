import type { LoadResult } from '../load-configuration.ts';
import type { Problem } from '../problem.ts';
import type { Snapshot } from '../snapshot.ts';

/** Who asked for a reload. */
export type ReloadTrigger = 'signal' | 'file_change' | 'admin';

/** What is asked for. */
export interface ReloadRequest {
  readonly trigger: ReloadTrigger;
  /** Who asked, where it is known: `admin`. */
  readonly author?: string | undefined;
  /** Says what would happen and changes nothing. Default false. */
  readonly checkOnly?: boolean | undefined;
  /** Goes on where the lockout guard says no. Default false. Danger: break-glass accounts may be locked out then. */
  readonly allowLockout?: boolean | undefined;
  /** Runs a configuration of the history in place of the file: its hash, or a beginning of it that is its alone. */
  readonly to?: string | undefined;
  /** Applies only the configuration with this hash: what somebody was shown. */
  readonly expect?: string | undefined;
  /** Absolute paths of the files that changed, where a change of files asks. */
  readonly changed?: readonly string[] | undefined;
}

/** What a check of a candidate says before it may run. */
export interface CheckOutcome {
  readonly outcome: 'passed' | 'blocked';
  /** For people: one line each, without a line break. */
  readonly lines: readonly string[];
  /** For programs: plain JSON, snake_case. */
  readonly detail?: unknown;
}

/** A check of a candidate against what runs. It changes nothing. A rejection blocks, as a failing check does. */
export interface ReloadCheck {
  /** Shown before its lines: `tests`, `diff`, `lockout`. */
  readonly name: string;
  run(candidate: Snapshot, running: Snapshot, request: ReloadRequest): Promise<CheckOutcome>;
}

/** How a check came out. */
export interface ReloadStage extends CheckOutcome {
  readonly name: string;
}

/** A file that a load read: SHA-256 of what it held, in hex, or `!CODE` when it could not be read. By absolute path. */
export type FileFingerprints = ReadonlyMap<string, string>;

/** What a load read and what came of it. */
export interface Loaded {
  readonly result: LoadResult;
  readonly files: FileFingerprints;
  /** The configuration's text as it stands in the file; `undefined` when it could not be read. */
  readonly text: string | undefined;
}

/** Where a configuration comes from: its file, or a text that ran before. */
export type ReloadSource = { readonly kind: 'file' } | { readonly kind: 'text'; readonly text: string };

interface Candidate {
  readonly hash: string;
  /** The hash of what ran when it was asked for. */
  readonly was: string;
  readonly stages: readonly ReloadStage[];
}

/** How many workers decide by a configuration since it was applied, and how many were killed since they did not answer. */
export interface Activation {
  readonly workers: number;
  readonly killed: number;
}

/** What came of a reload. Whatever is refused changed nothing. */
export type ReloadOutcome =
  | (Candidate & {
      readonly outcome: 'applied';
      readonly warnings: readonly Problem[];
      readonly activation?: Activation | undefined;
      readonly tookMs: number;
    })
  | (Candidate & { readonly outcome: 'checked_only'; readonly warnings: readonly Problem[] })
  /** It may open something, and its files may be half written: it is tried again once they are known to be whole. */
  | {
      readonly outcome: 'waiting';
      readonly hash: string;
      readonly was: string;
      /** What it may open, in words. */
      readonly opens: readonly string[];
      /** `undefined`: until the files change again, or somebody says that they are whole. */
      readonly retryAfterMs: number | undefined;
    }
  /** Text and files are those that run. */
  | { readonly outcome: 'unchanged'; readonly hash: string }
  | (Partial<Candidate> & {
      readonly outcome: 'refused';
      readonly because: RefusedBecause;
      /** A sentence. */
      readonly message: string;
      readonly problems: readonly Problem[];
    });

export type RefusedBecause =
  /** The configuration has errors or cannot be read. */
  | 'problems'
  /** It changes what is fixed while the program runs. */
  | 'restart_needed'
  | 'check'
  /** No configuration of the history has this hash, or several have. */
  | 'not_in_history'
  /** It is not the one that was expected. */
  | 'not_expected'
  /** The audit trail must be written and cannot be. */
  | 'not_recorded'
  /** Something broke on the way. */
  | 'failed';

/** One configuration that ran. */
export interface HistoryEntry {
  readonly hash: string;
  readonly atMs: number;
  readonly trigger: ReloadTrigger | 'start';
  readonly author: string | undefined;
}

/** The configurations that ran lately, the newest first. */
export interface ConfigurationHistory {
  /** @param entry with the text as it stands in the file */
  add(entry: HistoryEntry & { readonly text: string }): Promise<void>;
  list(): Promise<readonly HistoryEntry[]>;
  textOf(hash: string): Promise<string | undefined>;
}

/** A configuration that may open something and whose files may be half written. */
export interface Waiting {
  readonly hash: string;
  readonly sinceMs: number;
  /** In words. */
  readonly opens: readonly string[];
}

/** The running configuration, and how the last reload went. */
export interface ReloadStatus {
  readonly hash: string;
  readonly sinceMs: number;
  readonly file: string;
  /** `history`: another one than the file's runs, until the file changes. */
  readonly origin: 'file' | 'history';
  /** Of the text that the file held when it was last read; `undefined` when that had errors. */
  readonly fileHash: string | undefined;
  /** What the files hold and does not run yet, since they may be half written. */
  readonly waiting: Waiting | undefined;
  /** `undefined` until the first reload. */
  readonly last:
    | { readonly atMs: number; readonly trigger: ReloadTrigger; readonly outcome: ReloadOutcome }
    | undefined;
}

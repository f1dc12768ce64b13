import { emptyHistory, type RiskHistory } from './history.ts';

/** A session's history in memory, with what makes a request cheap and a merge exact. */
export interface RememberedSession {
  readonly history: RiskHistory;
  /** The last address and user agent as sent: the same again needs no reading. */
  address: string | undefined;
  network: string;
  userAgent: string | undefined;
  family: string;
  /** The minute's count as it stands in the store: what this process counted beyond it is still to be added there. */
  written: { readonly minute: number; readonly count: number };
}

/** Wraps a history that was read, or begins one. */
export function rememberSession(history: RiskHistory | undefined): RememberedSession {
  return {
    history: history ?? emptyHistory(),
    address: undefined,
    network: '',
    userAgent: undefined,
    family: '',
    written: { minute: history?.rate.minute ?? 0, count: history?.rate.count ?? 0 },
  };
}

/** Requests of the current minute that are not in the store yet. */
export function unwrittenRequests({ history, written }: RememberedSession): number {
  return written.minute === history.rate.minute ? Math.max(0, history.rate.count - written.count) : history.rate.count;
}

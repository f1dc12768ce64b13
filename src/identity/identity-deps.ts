import type { IncomingMessage } from 'node:http';
import type { Judge } from '../access/judge.ts';
import type { AuditTrail } from '../audit/audit-event.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { DecisionIdGenerator } from '../decision/decision-id.ts';
import type { ConnectionDevice, Devices } from '../devices/device.ts';
import type { Locks } from '../locks/create-locks.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { PageRenderer } from '../pages/page.ts';
import type { Session, SessionId, Sessions } from '../sessions/session.ts';
import type { SingleSignOnStore } from '../sessions/single-sign-on-store.ts';
import type { StateStore } from '../state/state-store.ts';
import type { Later } from './watch-provider.ts';

/** The three calls of pino that are used here. Only objects made here are logged: never a request, a query or a foreign error. */
export interface Log {
  info(facts: Readonly<Record<string, unknown>>, message: string): void;
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
  error(facts: Readonly<Record<string, unknown>>, message: string): void;
}

/** What may be done in a minute before it is answered 429. In memory: with several workers, each counts for itself. */
export interface IdentityLimits {
  /** Sign-ins begun by strangers, by IPv4 address or IPv6 /64; see `SignInBudget`. Offices share an address: keep it generous. */
  readonly attemptsPerMinute: number;
  /** Reports and nonces of a device, and of an address without one. */
  readonly reportsPerMinute: number;
}

/** Everything that the sign-in host is built from. */
export interface IdentityDeps {
  /** The configuration as of now: for what is no request. */
  readonly snapshot: () => Snapshot;
  /** The configuration that decides a request, the same from start to end. */
  readonly snapshotOf: (request: IncomingMessage) => Snapshot;
  readonly sessions: Sessions;
  readonly judge: Judge;
  readonly locks: Pick<Locks, 'load' | 'find'>;
  /** Hears of a step-up that failed: the person did not bring the proof, or the provider refused it. Cancelled is not failed. */
  readonly onFailedStepUp?: (session: Session) => void;
  /** Hears that the person said of a session that it was not they, with the sessions of theirs that are left. */
  readonly onDisowned?: (disowned: Session, remaining: readonly Session[]) => Promise<void>;
  readonly devices: Devices;
  /** The verified device of the request's connection (security-rules.md 10, 11). */
  readonly connectionDevice: (request: IncomingMessage) => ConnectionDevice | undefined;
  /** The client's address after trusted proxies (security-rules.md 21), canonical text. */
  readonly addressOf: (request: IncomingMessage) => string;
  readonly pages: PageRenderer;
  readonly audit: AuditTrail;
  readonly metrics: Metrics;
  readonly nextDecisionId: DecisionIdGenerator;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
  readonly store: StateStore;
  readonly singleSignOnStore: SingleSignOnStore;
  /** Signs cookies and forms; the same in every worker and at every start. */
  readonly secret: string;
  /** Cookies that these signed are believed too. */
  readonly formerSecrets: readonly string[];
  /**
   * The public origin of the sign-in host on the listener that was asked, one of a closed set.
   * Danger: it decides redirect URIs and whether `Secure` cookies are set; it must never come from Host or a forwarded header.
   */
  readonly originOf: (request: IncomingMessage) => string;
  /** The same for an app's host, on the same listener. */
  readonly originFor: (host: string, request: IncomingMessage) => string;
  /** Where the sign-in host asks browsers for a device's certificate; `undefined`: it was asked for here, or nowhere is. */
  readonly certificateOriginOf: (request: IncomingMessage) => string | undefined;
  /** True in the demo: pages say so. */
  readonly isDevelopment: boolean;
  readonly log: Log;
  /** When providers are looked at again. Default: timers that do not hold the process. */
  readonly later?: Later;
  readonly limits?: IdentityLimits;
  /** Sessions of what is open in this process: they are in use. Default: none. */
  readonly openSessions?: () => Iterable<SessionId>;
}

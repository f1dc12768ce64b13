import type { IncomingMessage } from 'node:http';
import type { PeerCertificate } from 'node:tls';
import type { Judge, Judgement, Question } from '../access/judge.ts';
import type { LockByRisk } from '../access/lock-by-risk.ts';
import type { AuditTrail } from '../audit/audit-event.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { DecisionIdGenerator } from '../decision/decision-id.ts';
import type { Devices } from '../devices/device.ts';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import type { Locks } from '../locks/create-locks.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { PageRenderer } from '../pages/page.ts';
import type { People } from '../people/known-person.ts';
import type { LastOpenings } from '../people/last-openings.ts';
import type { AttemptSecrets } from '../sessions/attempt-secret.ts';
import type { Session, Sessions } from '../sessions/session.ts';
import type { SignInBudget } from '../sessions/sign-in-budget.ts';
import type { StreamRegistry } from '../streams/stream-registry.ts';
import type { StreamWatch } from '../streams/watch-streams.ts';
import type { Forwarder, TunnelOpener } from '../upstream/forward.ts';
import type { AssertionSigner } from './assertion/assertion-signer.ts';
import type { KeptPosts } from './kept-posts.ts';
import type { InFlightLimit } from './limit-in-flight.ts';
import type { End, Received } from './stages.ts';

/** What the gateway is built from. A request keeps the parts that it began with, so one configuration decides it from start to end. */
export interface GatewayParts {
  /** The configuration of these parts: another one has parts of its own. */
  readonly snapshot: () => Snapshot;
  readonly now: () => number;
  /** Monotonic, in ms with fractions: for durations. */
  readonly monotonicMs: () => number;
  readonly nextDecisionId: DecisionIdGenerator;
  readonly sessions: Sessions;
  readonly people: Pick<People, 'noteUse'>;
  /** Hears what people of `break_glass` are let in with. Absent: nobody is guarded. */
  readonly lastOpenings?: Pick<LastOpenings, 'note'> | undefined;
  readonly devices: Devices;
  /** Hears of each refusal by the rules. */
  readonly risk: {
    countDenial(subject: Pick<Session, 'person'> & { sessionId: string }, route: string, nowMs: number): void;
  };
  readonly judge: Judge;
  /** Locks the person of a session whose risk is too high, and ends all of theirs. */
  readonly lockByRisk: LockByRisk;
  /** For what no rule is asked of: a locked route answers no preflight. */
  readonly locks: Pick<Locks, 'load' | 'find'>;
  /** Looks at each decision of the judge, without effect; absent where no second configuration can be compared. */
  readonly shadow?: { observe(question: Question, decided: Judgement | Promise<Judgement>): void };
  readonly pages: PageRenderer;
  readonly audit: AuditTrail;
  /** With the routes of that configuration: a route's index means nothing in another one. */
  readonly metrics: Metrics;
  readonly attemptSecrets: AttemptSecrets;
  readonly keptPosts: KeptPosts;
  readonly signInBudget: SignInBudget;
  readonly inFlight: InFlightLimit;
  /** Closes over what is called for a connection later on. */
  readonly guard: ConnectionGuard;
  readonly streams: StreamRegistry;
  readonly streamWatch: Pick<StreamWatch, 'lookAt'>;
  readonly forwarder: Forwarder;
  readonly tunnels: TunnelOpener;
  readonly assertions: AssertionSigner;
  /** The certificate that this connection showed, if any; remembered per connection, since reading it costs. */
  readonly peerCertificate: (request: IncomingMessage) => PeerCertificate | undefined;
  /** Serves the sign-in host. Resolves when its answer is over. */
  readonly signInHost: (received: Received, parts: Pick<GatewayParts, 'guard'>) => Promise<End>;
  /** True once draining has begun: answers then close their connections. */
  readonly isDraining: () => boolean;
  /** True once the state is closed. Only a host application can still send requests then; none may pass. */
  readonly isClosed: () => boolean;
  readonly isDevelopment: boolean;
  /** Where the same host is served over TLS, for pages on the demo's plain listener. */
  readonly tlsPort: () => number | undefined;
  /** One line per decision, for people; structured fields, no secrets. */
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

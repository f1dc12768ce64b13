import type { Route } from '../config/route.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { Decision } from '../decision/decision.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import type { Facts } from '../decision/facts.ts';
import type { ConnectionDevice } from '../devices/device.ts';
import type { FetchKind } from '../http/fetch-kind.ts';
import type { HostCredential, ProofTimes, Session } from '../sessions/session.ts';

/** Everything that is known when somebody asks whether a request may pass. */
export interface Question {
  readonly snapshot: Snapshot;
  readonly route: Route;
  readonly method: string;
  readonly path: string;
  readonly address: string;
  readonly userAgent: string | undefined;
  /** What the answer is for. Absent: not known. */
  readonly fetch?: FetchKind | undefined;
  /** The platform that the browser names (`Sec-CH-UA-Platform`); absent: it names none. */
  readonly platform?: string | undefined;
  readonly nowMs: number;
  /** By which log and trail find it again; absent: nobody is told one. */
  readonly decisionId?: DecisionId | undefined;
  readonly session: Session | undefined;
  /** The proofs that count: the host credential's at an app, the session's at the sign-in host and in the portal. */
  readonly provedAtMs: ProofTimes;
  readonly credential: HostCredential | undefined;
  readonly device: ConnectionDevice | undefined;
  /** A machine that asks by itself; never together with a session. Absent: none. */
  readonly service?: { readonly id: string; readonly provedBy: 'token' | 'certificate' } | undefined;
  /** Why there is no session, when a credential was shown that stood for one that ended. */
  readonly endedBecause: 'idle' | 'absolute' | 'revoked' | undefined;
  /** `request` is learned from by risk; `preview` (portal, admin, step-up) is not. */
  readonly purpose: 'request' | 'preview';
  /** True for what is open already: a yes by a first warning is noted as that of a request is. Absent: only requests note it. */
  readonly isOpen?: boolean | undefined;
}

/** A decision together with every fact that it read. */
export interface Judgement {
  readonly decision: Decision;
  readonly facts: Facts;
  /** True when the policy asks that the session end now (risk `high: end_session`). */
  readonly endsSession: boolean;
  /** Set when all sessions of the person end and no new one may begin: risk, where the configuration says `lock`. */
  readonly locksPerson?: { readonly untilMs: number | undefined } | undefined;
}

/** The one judge: gateway, portal, step-up and admin all ask it. Answers without a promise when nothing has to be waited for. */
export interface Judge {
  decide(question: Question): Judgement | Promise<Judgement>;
}

import type { Judgement } from '../access/judge.ts';
import type { Route } from '../config/route.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import type { ReasonCode } from '../decision/reason.ts';
import type { ConnectionDevice } from '../devices/device.ts';
import type { CanonicalTarget } from '../http/canonical-target.ts';
import type { ClientKind } from '../http/client-kind.ts';
import type { HostCredential, Session } from '../sessions/session.ts';
import type { Arrival } from './arrival.ts';
import type { ServiceIdentity } from './find-service.ts';

/** What is fixed when a request comes in, before anything is known of it. One configuration decides it from start to end. */
export interface Opening {
  readonly arrival: Arrival;
  readonly decisionId: DecisionId;
  readonly snapshot: Snapshot;
  readonly nowMs: number;
  /** From the monotonic clock: for durations. */
  readonly startedMs: number;
}

/** After `receive`: the request is well formed and parsed, once and for all. */
export interface Received extends Opening {
  readonly outcome: 'received';
  readonly target: CanonicalTarget;
  readonly client: ClientKind;
  readonly address: string;
  readonly userAgent: string | undefined;
  /** Set where it is a kept post that a person's click has sent on. */
  readonly sentOn?: SentOn | undefined;
}

/** A post of another site's page, as it lies in the page that asks about it. */
export interface SentOn {
  readonly sealed: string;
  readonly origin: string;
}

/** After `route`. */
export type Routed =
  | { readonly outcome: 'app'; readonly received: Received; readonly route: Route; readonly client: ClientKind }
  | OwnWork;

/** A request that no rule is asked of: it is for Postern itself. */
export type OwnWork =
  | { readonly outcome: 'sign_in_host'; readonly received: Received }
  | { readonly outcome: 'own_path'; readonly received: Received; readonly path: string };

/** After `authenticate`: who asks, on what device, as far as it is known. */
export interface Identity {
  readonly session: Session | undefined;
  readonly credential: HostCredential | undefined;
  readonly device: ConnectionDevice | undefined;
  readonly endedBecause: 'idle' | 'absolute' | 'revoked' | undefined;
  /** A machine that asks by itself; never together with a session. Absent: none. */
  readonly service?: ServiceIdentity | undefined;
}

/** Everything about a request that was judged. */
export interface Judged {
  readonly outcome: 'judged';
  readonly received: Received;
  readonly route: Route;
  readonly client: ClientKind;
  readonly identity: Identity;
  readonly judgement: Judgement;
}

/** A no from before the judge (malformed, unknown host, an abuse of credentials) or because of a fault. */
export interface Refusal {
  readonly outcome: 'refused';
  readonly opening: Opening;
  readonly reason: ReasonCode;
  /** For the analyst; never shown. */
  readonly detail: string;
  readonly target: CanonicalTarget | undefined;
  readonly client: ClientKind;
  readonly address: string;
  readonly route: Route | undefined;
  readonly session: Session | undefined;
  /** Whose request it was, where a service asked. */
  readonly serviceId?: string | undefined;
  /** True where something broke: when bytes of an answer are out by then, only a reset is honest. */
  readonly isFault?: boolean;
}

/** What was decided, before anything acts on it. */
export type Outcome = Judged | Refusal | OwnWork;

/** Writes the decision down before its answer's head is sent. Await it where nothing may go out without a record. */
export type RecordDecision = (status: number) => Promise<void> | undefined;

/** How a request ended. */
export interface End {
  readonly outcome: 'ended';
  /** 0: nobody was there to be answered. */
  readonly status: number;
  readonly origin: 'postern' | 'upstream';
  /** What client or upstream took; the rest is ours. */
  readonly waitedMs: number;
}

/** The end of a request that Postern answered itself. */
export function answered(status: number): End {
  return { outcome: 'ended', status, origin: 'postern', waitedMs: 0 };
}

/** A refusal of a request that the rules allow. */
export function refusalOfJudged(judged: Judged, reason: ReasonCode, detail: string): Refusal {
  const { received, route, client, identity } = judged;
  return { ...refusalOf(received, reason, detail, route), client, ...asker(identity) };
}

/** Whose request it was, as far as that was known: what an app was given must not stand in the trail without a name. */
export function asker({ session, service }: Judged['identity']): Pick<Refusal, 'session' | 'serviceId'> {
  return { session, serviceId: service?.service.id };
}

/** A refusal of a request that was read but belongs to no route. */
export function refusalOf(received: Received, reason: ReasonCode, detail: string, route?: Route): Refusal {
  const { target, client, address } = received;
  return { outcome: 'refused', opening: received, reason, detail, target, client, address, route, session: undefined };
}

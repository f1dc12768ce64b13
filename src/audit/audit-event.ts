import type { Decision } from '../decision/decision.ts';
import type { DecisionId, DecisionIdRange } from '../decision/decision-id.ts';
import type { Facts } from '../decision/facts.ts';
import type { ReasonCode } from '../decision/reason.ts';

interface EventBase {
  readonly atMs: number;
  readonly decisionId: DecisionId;
  /** First 12 hex digits of the configuration's hash. */
  readonly config: string;
}

/** One decision about one request: what was asked, every fact that was read, how each rule came out. */
export interface DecisionEvent extends EventBase {
  readonly type: 'decision';
  readonly route: string;
  readonly host: string;
  readonly method: string;
  /** Without the query string (security-rules.md 29). */
  readonly path: string;
  readonly client: string;
  readonly decision: Decision;
  readonly facts: Facts;
  /** The claims that the rules of the route name: no others are written down. Absent: none. */
  readonly claims?: readonly string[] | undefined;
  /** The status of our answer or of the upstream's; 0 when the client left first. */
  readonly status: number;
}

/** A person: `issuer` and `sub`, and the e-mail where known. */
export interface EventSubject {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | undefined;
}

/**
 * A refusal before any route or session was known (malformed, unknown host), or a fault. The app may have had the request
 * by then: so it says whose it was.
 */
export interface RefusalEvent extends EventBase {
  readonly type: 'refusal';
  readonly reason: ReasonCode;
  readonly route?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly subject?: EventSubject | undefined;
  readonly serviceId?: string | undefined;
  readonly address: string;
  readonly host: string | undefined;
  readonly method: string;
  readonly path: string | undefined;
  /** What was wrong, for the analyst. */
  readonly detail: string;
}

/** Something that happened to a session, a device or the program. */
export interface ActivityEvent extends EventBase {
  readonly type:
    | 'sign_in'
    | 'step_up'
    | 'sign_out'
    | 'session_ended'
    | 'session_disowned'
    | 'claims_changed'
    | 'stream_closed'
    | 'device_report'
    | 'device_facts_set'
    | 'browser_registered'
    | 'browser_removed'
    | 'lock_set'
    | 'lock_lifted'
    | 'admin_call'
    | 'start'
    | 'stop'
    | 'config_reloaded'
    | 'config_refused'
    | 'gap';
  readonly result: 'success' | 'failure';
  readonly reason: ReasonCode | undefined;
  readonly sessionId: string | undefined;
  readonly subject: EventSubject | undefined;
  readonly address: string | undefined;
  /** Facts of this kind of event: methods proved, device id, cause. No cookies, tokens or query strings. */
  readonly detail: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
}

export type AuditEvent = DecisionEvent | RefusalEvent | ActivityEvent;

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** An event as it stands in the file: the snake_case form of docs/audit.md. */
export interface RecordedEvent {
  /** `undefined` while it is not yet written. */
  readonly sequence: number | undefined;
  readonly event: { readonly [key: string]: JsonValue };
}

/** What a search in the trail found. */
export interface EventSearch {
  /** One event for each decision id. */
  readonly events: readonly RecordedEvent[];
  /** Lines that name the id and were changed after they were written, or whose facts were or are gone: nothing of them is believed. */
  readonly damaged: number;
  /** False when more was there to read than a search may cost. */
  readonly isComplete: boolean;
}

/** The audit trail. Recording is the one stated exception to failing closed; `on_failure: deny` removes it. */
export interface AuditTrail {
  /** A plain allow: in the file within 100 ms. Never blocks, never throws. */
  record(event: AuditEvent): void;
  /** A security event: resolves once it is on disk (grouped). With `on_failure: deny` rejects with `Fault('audit_unavailable')`; otherwise resolves and is counted. */
  recordDurably(event: AuditEvent): Promise<void>;
  /** False when `on_failure: deny` and the trail cannot be written: nothing may pass. */
  acceptsEvents(): boolean;
  /** Finds a decision's event, also one that is not yet written. */
  find(id: DecisionId): Promise<RecordedEvent | undefined>;
  /** The same for all ids that begin in one way. */
  search(wanted: DecisionIdRange): Promise<EventSearch>;
  close(): Promise<void>;
}

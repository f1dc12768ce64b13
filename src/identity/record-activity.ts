import type { ActivityEvent, AuditTrail } from '../audit/audit-event.ts';
import { configurationName } from '../config/snapshot.ts';
import type { PersonFacts } from '../decision/facts.ts';
import type { ReasonCode } from '../decision/reason.ts';
import type { Session } from '../sessions/session.ts';
import type { Exchange } from './exchange.ts';

/** Something that happened here, as far as it is known. */
export interface Activity {
  readonly type: ActivityEvent['type'];
  readonly result: ActivityEvent['result'];
  readonly reason?: ReasonCode | undefined;
  readonly session?: Session | undefined;
  /** Who it was about, where there is no session. */
  readonly person?: Pick<PersonFacts, 'issuer' | 'subject' | 'email'> | undefined;
  readonly detail?: ActivityEvent['detail'];
}

/** Writes security events of the sign-in host to the audit trail. */
export interface Recorder {
  /** Resolves once it is on disk: call before the answer (security-rules.md 29). */
  record(exchange: Exchange, activity: Activity): Promise<void>;
  /** For what anybody can cause at will: never makes the answer wait. */
  note(exchange: Exchange, activity: Activity): void;
}

export function createRecorder(audit: AuditTrail): Recorder {
  return {
    record: (exchange, activity) => audit.recordDurably(eventOf(exchange, activity)),
    note: (exchange, activity) => audit.record(eventOf(exchange, activity)),
  };
}

function eventOf(exchange: Exchange, activity: Activity): ActivityEvent {
  const person = activity.session?.person ?? activity.person;
  return {
    type: activity.type,
    atMs: exchange.startedAtMs,
    decisionId: exchange.decisionId,
    config: configurationName(exchange.snapshot),
    result: activity.result,
    reason: activity.reason,
    sessionId: activity.session?.id,
    subject: person === undefined ? undefined : { issuer: person.issuer, subject: person.subject, email: person.email },
    address: exchange.address,
    detail: activity.detail ?? {},
  };
}

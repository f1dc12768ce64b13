import type { DecisionIdGenerator } from '../decision/decision-id.ts';
import type { ActivityEvent } from './audit-event.ts';

/** Makes events about the program itself, which nobody asked for by a request. */
export type ActivityMaker = (
  type: ActivityEvent['type'],
  detail: ActivityEvent['detail'],
  result?: ActivityEvent['result'],
) => ActivityEvent;

/** @param parts.config names the configuration that runs */
export function createActivityMaker(parts: {
  readonly now: () => number;
  readonly nextDecisionId: DecisionIdGenerator;
  readonly config: () => string;
}): ActivityMaker {
  return (type, detail, result = 'success') => {
    const atMs = parts.now();
    return {
      type,
      atMs,
      decisionId: parts.nextDecisionId(atMs),
      config: parts.config(),
      result,
      reason: undefined,
      sessionId: undefined,
      subject: undefined,
      address: undefined,
      detail,
    };
  };
}

/** Whom an event is about: who they are, and the address that people know them by. */
export function subjectOf({
  issuer,
  subject,
  email,
}: NonNullable<ActivityEvent['subject']>): NonNullable<ActivityEvent['subject']> {
  return { issuer, subject, email };
}

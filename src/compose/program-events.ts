import type { ActivityEvent } from '../audit/audit-event.ts';
import type { DecisionIdGenerator } from '../decision/decision-id.ts';

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

/** What has to be closed at the end. */
export interface Closing {
  close(): Promise<void>;
}

/** Closes a part. One that fails, because the state is away for instance, must not keep the audit trail from being written. */
export async function closePart(part: Closing, onProblem: (message: string, cause: unknown) => void): Promise<void> {
  try {
    await part.close();
  } catch (thrown) {
    onProblem('A part of Postern could not be closed in order.', thrown);
  }
}

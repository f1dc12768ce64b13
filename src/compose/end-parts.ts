import type { ActivityMaker } from '../audit/activity-event.ts';
import type { RunningAuditTrail } from '../audit/audit-trail.ts';

/** What has to be closed at the end. */
interface Closing {
  close(): Promise<void>;
}

/** What ends with a program, in the order in which it must. */
export interface EndingParts {
  /** Stops what works in the background. */
  readonly stop: readonly (() => void)[];
  readonly reloading: Closing | undefined;
  /** Write what they still have in memory. */
  readonly writing: readonly Closing[];
  readonly audit: RunningAuditTrail;
  readonly store: Closing;
  readonly activity: ActivityMaker;
  readonly onProblem: (message: string, cause: unknown) => void;
}

/** Ends the parts of a program; one that fails keeps none of the others from ending. */
export async function endParts(hasStarted: boolean, parts: EndingParts): Promise<void> {
  const { reloading, writing, audit, store, activity, onProblem } = parts;
  const close = (part: Closing) => closePart(part, onProblem);
  for (const stop of parts.stop) stop();
  await reloading?.close();
  await Promise.all(writing.map(close));
  if (hasStarted) {
    await audit
      .recordDurably(activity('stop', {}))
      .catch((cause: unknown) => onProblem('The stop could not be recorded.', cause));
  }
  await close(audit);
  await close(store);
}

/** Closes a part. One that fails, because the state is away for instance, must not keep the audit trail from being written. */
async function closePart(part: Closing, onProblem: (message: string, cause: unknown) => void): Promise<void> {
  try {
    await part.close();
  } catch (thrown) {
    onProblem('A part of Postern could not be closed in order.', thrown);
  }
}

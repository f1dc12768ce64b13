import type { RecordedDecision } from '../../audit/facts-of-record.ts';
import type { Snapshot } from '../../config/snapshot.ts';
import { decideAgain } from '../../preview/replay-decision.ts';
import { type Explanation, explainRecord } from './explain-record.ts';

/** What today's configuration says to the recorded facts. */
export type Rerun =
  | {
      readonly outcome: 'decided';
      readonly next: Snapshot;
      readonly explanation: Explanation;
      /** The answer or its reason is another one. */
      readonly differs: boolean;
      /** What could not be compared, in sentences. */
      readonly notes: readonly string[];
    }
  | { readonly outcome: 'not_comparable'; readonly next: Snapshot; readonly why: string };

/** Decides what was recorded with another configuration, and says how that differs. */
export function decideToday(recorded: RecordedDecision, then: Explanation, next: Snapshot): Rerun {
  const again = decideAgain(next, recorded);
  if (again.outcome === 'not_comparable') return { outcome: 'not_comparable', next, why: again.why };
  const { decision, route, facts } = again;
  const explanation: Explanation = {
    ...then,
    ...explainRecord(then.event, { ...recorded, facts }, next, then.nowMs, { decision, route }),
  };
  const isOtherReason = decision.outcome === 'deny' && decision.reason !== recorded.reason;
  const hasOtherConfiguration = !next.hash.startsWith(recorded.config);
  const hasRisk = (recorded.facts.risk?.points.length ?? 0) > 0;
  return {
    outcome: 'decided',
    next,
    explanation,
    differs: decision.outcome !== recorded.outcome || isOtherReason,
    notes: hasOtherConfiguration && hasRisk ? ['Risk counts as it was scored then.'] : [],
  };
}

import { configurationName, type Snapshot } from '../../config/snapshot.ts';
import type { RuleResult } from '../../decision/decision.ts';
import { describeRule } from '../rule-table.ts';
import type { Explanation, PlaceNow } from './explain-record.ts';
import type { Found } from './find-record.ts';
import type { Rerun } from './rerun.ts';

/** An explanation for programs. Stable: keys are added, never changed. */
export function describeExplanation(
  { sequence, event, running }: Found,
  explanation: Explanation,
  today: Snapshot | undefined,
  rerun: Rerun | undefined,
) {
  const { recorded, decision, placeNow, causes, toAllow, shown } = explanation;
  return {
    decision_id: event['decision_id'],
    time: event['time'],
    outcome: decision.outcome,
    reason: decision.reason,
    route: recorded.route,
    config: {
      recorded: recorded.config,
      running: running ?? null,
      file: today === undefined ? null : { name: today.file, config: configurationName(today) },
    },
    rules: decision.trace.map((rule) => ({
      ...describeRule(rule),
      ...(placeNow === undefined ? {} : { now: describePlace(rule, placeNow(rule)) }),
    })),
    causes,
    to_allow: toAllow,
    shown: shown ?? null,
    ...(rerun === undefined ? {} : { rerun: describeRerun(rerun) }),
    sequence: sequence ?? null,
    event,
  };
}

/** Where the rule is now: `null` where it is gone. */
function describePlace({ at }: RuleResult, place: PlaceNow): string | null {
  switch (place.kind) {
    case 'same':
      return `${at.file}:${at.line}`;
    case 'moved':
      return place.at;
    case 'gone':
      return null;
  }
}

function describeRerun(rerun: Rerun) {
  const config = configurationName(rerun.next);
  if (rerun.outcome === 'not_comparable') return { config, not_comparable: rerun.why };
  const { decision, causes, toAllow } = rerun.explanation;
  return {
    config,
    outcome: decision.outcome,
    reason: decision.reason,
    differs: rerun.differs,
    rules: decision.trace.map(describeRule),
    causes,
    to_allow: toAllow,
    notes: rerun.notes,
  };
}

import type { JsonValue, RecordedEvent } from './audit-event.ts';

/** As many are named when a part of a decision id fits several. */
export const mostCandidates = 20;

/** What tells one recorded event from another, at a glance. */
export function describeCandidate({ event }: RecordedEvent) {
  const { decision_id: id, time, type, route, outcome, reason, facts } = event;
  return {
    decision_id: text(id),
    time: text(time),
    type: text(type),
    route: text(route),
    outcome: text(outcome),
    reason: text(reason),
    person: personOf(facts),
  };
}

/** Why a decision id led to nothing, and where else to look, in sentences. */
export function whyNotFound(damaged: number, isComplete: boolean): string {
  if (damaged > 0)
    return 'A line of the trail names this id, but it was changed after it was written, or the line that holds its facts was, so it is not believed: postern audit verify says where.';
  if (!isComplete)
    return 'Nothing was found in the first 512 MiB of the trail behind its time: it is not there, or was recorded much later.';
  return 'No event has this decision id: it is older than audit.retain keeps, or another node wrote it.';
}

function personOf(facts: JsonValue | undefined): string | null {
  const person = isObject(facts) ? facts['person'] : undefined;
  return isObject(person) ? (text(person['email']) ?? text(person['subject'])) : null;
}

function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

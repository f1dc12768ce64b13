import type { DecisionEvent, RecordedEvent } from '../../src/audit/audit-event.ts';
import { encodeEvent } from '../../src/audit/encode-event.ts';
import { findEvents } from '../../src/audit/find-event.ts';
import { readDecisions } from '../../src/audit/read-decisions.ts';
import { type DecisionId, parseDecisionIdRange } from '../../src/decision/decision-id.ts';

/** An event as a line says it that holds everything by itself. */
export function asWhole(event: DecisionEvent): RecordedEvent['event'] {
  return JSON.parse(encodeEvent(event));
}

/** All decisions of a folder since an instant, as whoever reads the files from their beginning sees them. */
export async function readThrough(directory: string, sinceMs = 0) {
  const events: RecordedEvent['event'][] = [];
  let unreadable = 0;
  for await (const batch of readDecisions(directory, sinceMs)) {
    events.push(...batch.events);
    unreadable += batch.unreadable;
  }
  return { events, unreadable };
}

/** One decision, as whoever looks it up by its id sees it. */
export async function lookUp(directory: string, id: DecisionId) {
  const wanted = parseDecisionIdRange(id);
  if (wanted === undefined) throw new Error(`${id} is no decision id.`);
  return findEvents(directory, wanted);
}

import type { DecisionId } from '../decision/decision-id.ts';
import type { AuditEvent, RecordedEvent } from './audit-event.ts';
import { wholeEvent } from './common-facts.ts';
import { encodeEvent, encodePointing, holdFacts } from './encode-event.ts';
import { createFactsNamer, type NamedFacts } from './name-facts.ts';

/** An event on its way to the file, as JSON bytes. */
export interface WaitingEvent {
  readonly id: DecisionId;
  readonly slab: Buffer;
  readonly start: number;
  readonly end: number;
  /** What its bytes only point to; absent for one that is whole. */
  readonly pointsTo: NamedFacts | undefined;
  /** The request's time, which the facts of its connection are of. */
  readonly nowMs: number;
}

/** Encodes events as they come. */
export interface WaitingEvents {
  /** @param mayPoint false for one that has to be whole in its line */
  add(event: AuditEvent, mayPoint: boolean): WaitingEvent;
}

const slabBytes = 256 * 1024;
/** Of one UTF-16 unit in UTF-8. */
const mostBytesPerUnit = 3;

/**
 * Events wait as bytes outside the heap. Were they kept as objects, everything that a decision read would live on for
 * as long as they wait, which the garbage collector pays for: it was the larger half of what a request cost.
 */
export function createWaitingEvents(): WaitingEvents {
  const nameFacts = createFactsNamer();
  let slab = Buffer.alloc(0);
  let used = 0;
  return {
    add(event, mayPoint) {
      const isAllow = event.type === 'decision' && event.decision.outcome === 'allow';
      const pointsTo = mayPoint && isAllow ? nameFacts(event) : undefined;
      const json = isAllow && pointsTo !== undefined ? encodePointing(event, pointsTo.id) : encodeEvent(event);
      const mostBytes = json.length * mostBytesPerUnit;
      if (used + mostBytes > slab.length) {
        slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, mostBytes));
        used = 0;
      }
      const start = used;
      used += slab.write(json, start);
      const nowMs = isAllow ? event.facts.request.nowMs : event.atMs;
      return { id: event.decisionId, slab, start, end: used, pointsTo, nowMs };
    },
  };
}

/** The event's JSON, which holds all of its facts. */
export function textOf({ slab, start, end, pointsTo, nowMs }: WaitingEvent): string {
  const text = slab.toString('utf8', start, end);
  return pointsTo === undefined ? text : holdFacts(text, pointsTo, nowMs);
}

/** The event as readers of the file see it. */
export function readWaiting(event: WaitingEvent): RecordedEvent['event'] {
  const read: RecordedEvent['event'] = JSON.parse(textOf(event));
  return wholeEvent(read, undefined) ?? read;
}

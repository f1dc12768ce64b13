import type { DecisionId } from '../decision/decision-id.ts';
import type { AuditEvent } from './audit-event.ts';
import { encodeEvent } from './encode-event.ts';

/** An event on its way to the file, as JSON bytes. */
export interface WaitingEvent {
  readonly id: DecisionId;
  readonly slab: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Encodes events as they come. */
export interface WaitingEvents {
  add(event: AuditEvent): WaitingEvent;
}

const slabBytes = 256 * 1024;
/** Of one UTF-16 unit in UTF-8. */
const mostBytesPerUnit = 3;

/**
 * Events wait as bytes outside the heap. Were they kept as objects, everything that a decision read would live on for
 * as long as they wait, which the garbage collector pays for: it was the larger half of what a request cost.
 */
export function createWaitingEvents(): WaitingEvents {
  let slab = Buffer.alloc(0);
  let used = 0;
  return {
    add(event) {
      const json = encodeEvent(event);
      const mostBytes = json.length * mostBytesPerUnit;
      if (used + mostBytes > slab.length) {
        slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, mostBytes));
        used = 0;
      }
      const start = used;
      used += slab.write(json, start);
      return { id: event.decisionId, slab, start, end: used };
    },
  };
}

/** The event's JSON. */
export function textOf({ slab, start, end }: WaitingEvent): string {
  return slab.toString('utf8', start, end);
}

import type { AuditEvent, DecisionEvent, RefusalEvent } from './audit-event.ts';
import { encodeEvent } from './encode-event.ts';

/** What somebody who follows decisions wants to see; whatever is left out may be anything. */
export interface DecisionFilter {
  /** An e-mail address, in any case of letters, a subject, or a service's id. */
  readonly user?: string | undefined;
  readonly route?: string | undefined;
  /** `allow`, `deny`, `sign_in`, `step_up`; `refusal` for what came to no decision. */
  readonly outcome?: string | undefined;
  readonly reason?: string | undefined;
}

export interface FeedRead {
  /** Where the next read goes on. */
  readonly cursor: number;
  /** Decisions of any kind that nobody can be shown any more. */
  readonly skipped: number;
  /** As in the trail, each the text of a JSON object. */
  readonly events: readonly string[];
}

/** The newest decisions of this process, for whoever follows them. */
export interface DecisionFeed {
  /** Takes a number for it, and keeps it only while somebody reads: it costs a request nothing. */
  note(event: AuditEvent): void;
  /** @param cursor of the read before; `undefined` begins now. `isOnlyCounted`: goes on without showing anything. */
  read(cursor: number | undefined, filter: DecisionFilter, isOnlyCounted?: boolean): FeedRead;
}

/** Beyond so many between two reads the oldest are skipped. */
const mostKept = 1_000;
const mostPerRead = 250;
/** Whoever reads does so several times a second; after so long nobody does. */
const leaseMs = 5_000;

export function createDecisionFeed(now: () => number): DecisionFeed {
  const kept = new Map<number, DecisionEvent | RefusalEvent>();
  let next = 0;
  let readUntilMs = Number.NEGATIVE_INFINITY;

  return {
    note(event) {
      if (event.type !== 'decision' && event.type !== 'refusal') return;
      const number = next;
      next += 1;
      if (readUntilMs === Number.NEGATIVE_INFINITY) return;
      if (now() >= readUntilMs) {
        readUntilMs = Number.NEGATIVE_INFINITY;
        kept.clear();
        return;
      }
      kept.set(number, event);
      kept.delete(number - mostKept);
    },
    read(cursor, filter, isOnlyCounted = false) {
      readUntilMs = now() + leaseMs;
      // A number of the future is of a process that was there before this one.
      if (cursor === undefined || cursor > next) return { cursor: next, skipped: 0, events: [] };
      if (isOnlyCounted) return { cursor: next, skipped: next - cursor, events: [] };
      const events: string[] = [];
      let skipped = 0;
      let at = cursor;
      for (; at < next && events.length < mostPerRead; at += 1) {
        const event = kept.get(at);
        if (event === undefined) skipped += 1;
        else if (isWanted(event, filter)) events.push(encodeEvent(event));
      }
      return { cursor: at, skipped, events };
    },
  };
}

function isWanted(event: DecisionEvent | RefusalEvent, { user, route, outcome, reason }: DecisionFilter): boolean {
  const isDecision = event.type === 'decision';
  const was = isDecision ? event.decision : { outcome: 'refusal', reason: event.reason };
  if (outcome !== undefined && was.outcome !== outcome) return false;
  if (reason !== undefined && was.reason !== reason) return false;
  if (route !== undefined && event.route !== route) return false;
  return user === undefined || isOf(event, user);
}

function isOf(event: DecisionEvent | RefusalEvent, user: string): boolean {
  const isDecision = event.type === 'decision';
  const person = isDecision ? event.facts.person : event.subject;
  const serviceId = isDecision ? event.facts.service?.serviceId : event.serviceId;
  const isSameAddress = person?.email?.toLowerCase() === user.toLowerCase();
  return isSameAddress || person?.subject === user || serviceId === user;
}

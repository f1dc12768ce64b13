import type { RecordedEvent } from './audit-event.ts';
import type { AuditLine } from './audit-line.ts';
import { factsHeldBy } from './common-facts.ts';
import { createFactsWindow } from './facts-window.ts';

/** What is wrong with the facts of a line. */
interface FactsProblem {
  readonly problem: 'facts_missing' | 'facts_changed';
  readonly detail: string;
}

/**
 * Checks the lines of one file, in their order: facts that have a name are those that the name was made of, and what a
 * line points to stands in front of it, where readers look for it.
 */
export function createFactsCheck(): (line: AuditLine, at: number) => FactsProblem | undefined {
  const standing = createFactsWindow<true>();
  return (line, at) => {
    if (!('event' in line)) return undefined;
    const event = line.event as RecordedEvent['event'];
    const { type, facts_id: id, facts_ref: ref } = event;
    if (type !== 'decision') return undefined;
    if (ref !== undefined && (typeof ref !== 'string' || id !== undefined || standing.find(ref, at) === undefined)) {
      const detail = 'The line points to facts that no line near enough before it in this file holds.';
      return { problem: 'facts_missing', detail };
    }
    if (id === undefined) return undefined;
    if (typeof id !== 'string' || factsHeldBy(event) === undefined) {
      const detail = 'The facts of the line are not those that its facts_id was made of.';
      return { problem: 'facts_changed', detail };
    }
    standing.note(id, at, true);
    return undefined;
  };
}

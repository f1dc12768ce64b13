import { open } from 'node:fs/promises';
import type { RecordedEvent } from './audit-event.ts';
import type { AuditLine } from './audit-line.ts';
import { type FactsPointer, factsHeldBy, pointerOf } from './common-facts.ts';
import { holdsFacts } from './read-facts.ts';

/** What is wrong with the facts of a line. */
interface FactsProblem {
  readonly problem: 'facts_missing' | 'facts_changed';
  readonly detail: string;
}

/** Of so many lines it is remembered what they hold; others are looked at again. */
const mostRemembered = 65_536;

/**
 * Checks the lines of one file, in their order: facts that have a name are those that the name was made of, and what a
 * line points to stands in front of it, as far as it says.
 */
export function createFactsCheck(
  path: string,
  most = mostRemembered,
): (line: AuditLine, at: number) => Promise<FactsProblem | undefined> {
  const held = new Map<number, string>();

  async function isHeld(pointer: FactsPointer): Promise<boolean> {
    const known = held.get(pointer.at);
    if (known !== undefined) return known === pointer.id;
    const handle = await open(path);
    try {
      return await holdsFacts(handle, pointer);
    } finally {
      await handle.close();
    }
  }

  return async (line, at) => {
    if (!('event' in line)) return undefined;
    const event = line.event as RecordedEvent['event'];
    const { type, facts_id: id, facts_ref: ref, facts_back: back } = event;
    if (type !== 'decision') return undefined;
    if (ref !== undefined || back !== undefined) {
      const pointer = pointerOf(event, at);
      if (id === undefined && pointer !== undefined && (await isHeld(pointer))) return undefined;
      const detail = 'The line points to facts that no line before it holds at that place of this file.';
      return { problem: 'facts_missing', detail };
    }
    if (id === undefined) return undefined;
    if (typeof id !== 'string' || factsHeldBy(event) === undefined) {
      const detail = 'The facts of the line are not those that its facts_id was made of.';
      return { problem: 'facts_changed', detail };
    }
    held.set(at, id);
    for (const [oldest] of held) {
      if (held.size <= most) break;
      held.delete(oldest);
    }
    return undefined;
  };
}

import type { RecordedEvent } from './audit-event.ts';
import { type CommonFacts, factsHeldBy, wholeEvent } from './common-facts.ts';
import { createFactsWindow } from './facts-window.ts';

/** Remembers the facts of a file that is read from its beginning, for the lines that point to them. */
export interface FactsMemory {
  /** @param body of a decision, as JSON; `at`: where its line begins in the file */
  pass(body: Buffer, at: number): void;
  /** The event as if its line had been written whole; `undefined` when its facts did not come by. */
  complete(event: RecordedEvent['event'], at: number): RecordedEvent['event'] | undefined;
}

// Nothing in front of the name can hold what somebody chose.
const named = /^\{"type":"decision","time":"[^"]*","decision_id":"[^"]*","config":"[^"]*","facts_id":"([\w-]{22})"/;
const longestStart = 256;

/** One file's. Lines are read once they are pointed to. */
export function createFactsMemory(): FactsMemory {
  const window = createFactsWindow<() => CommonFacts | undefined>();
  return {
    pass(body, at) {
      const id = named.exec(body.toString('latin1', 0, longestStart))?.[1];
      if (id !== undefined) window.note(id, at, readOnce(body, id));
    },
    complete: (event, at) => wholeEvent(event, (ref) => window.find(ref, at)?.()),
  };
}

function readOnce(body: Buffer, id: string): () => CommonFacts | undefined {
  let isRead = false;
  let common: CommonFacts | undefined;
  return () => {
    if (!isRead) common = factsOfBody(body, id);
    isRead = true;
    return common;
  };
}

function factsOfBody(body: Buffer, id: string): CommonFacts | undefined {
  try {
    const event: RecordedEvent['event'] = JSON.parse(body.toString('utf8'));
    return event['facts_id'] === id ? factsHeldBy(event) : undefined;
  } catch {
    return undefined;
  }
}

import { splitPathKey } from './problem.ts';
import type { Configuration } from './schema/configuration-schema.ts';
import type { Snapshot } from './snapshot.ts';

/** What a snapshot was compiled from, as plain data: for comparing configurations. Holds secrets: only `diffSnapshots` may show what is in it. */
export interface ConfigurationDocument {
  /** Parsed, with defaults. */
  readonly configuration: Configuration;
  /** As it was written, with `${env:…}` and `${file:…}` in place of what they stand for. Made anew by each call; not to be changed. */
  readonly written: () => unknown;
}

/**
 * A configuration's plain data with its references in place again. Only what leads to a reference is copied: the rest is
 * shared, since there may be ten thousand routes and a server compares them while it serves.
 */
export function withReferences(resolved: unknown, references: ReadonlyMap<string, string>): unknown {
  const root = { value: resolved };
  const copies = new Set<object>();
  for (const [key, reference] of references) {
    let holder: object = root;
    let name = 'value';
    for (const part of key === '' ? [] : splitPathKey(key)) {
      let next: unknown = Reflect.get(holder, name);
      if (typeof next !== 'object' || next === null) break;
      if (!copies.has(next)) {
        const copy: object = Array.isArray(next) ? [...next] : { ...next };
        copies.add(copy);
        Reflect.set(holder, name, copy);
        next = copy;
      }
      holder = Object(next);
      name = part;
    }
    Reflect.set(holder, name, reference);
  }
  return root.value;
}

const documents = new WeakMap<Snapshot, ConfigurationDocument>();

/** Keeps a snapshot's document for as long as the snapshot lives. */
export function keepDocument(snapshot: Snapshot, document: ConfigurationDocument): void {
  documents.set(snapshot, document);
}

/** What the snapshot was compiled from; `undefined` for one that was not loaded from a text. */
export function documentOf(snapshot: Snapshot): ConfigurationDocument | undefined {
  return documents.get(snapshot);
}

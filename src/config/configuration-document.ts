import { splitPathKey } from './problem.ts';
import type { Configuration } from './schema/configuration-schema.ts';
import type { Snapshot } from './snapshot.ts';

/** What a snapshot was compiled from, as plain data: for comparing configurations. Holds secrets: only `diffSnapshots` may show what is in it. */
export interface ConfigurationDocument {
  /** Parsed, with defaults. */
  readonly configuration: Configuration;
  /** As it was written, with `${env:…}` and `${file:…}` in place of what they stand for. Made anew by each call. */
  readonly written: () => unknown;
}

/** A copy of a configuration's plain data with its references in place again. */
export function withReferences(resolved: unknown, references: ReadonlyMap<string, string>): unknown {
  const root = { value: structuredClone(resolved) };
  for (const [key, reference] of references) {
    let holder: object = root;
    let name = 'value';
    for (const part of key === '' ? [] : splitPathKey(key)) {
      const next: unknown = Reflect.get(holder, name);
      if (typeof next !== 'object' || next === null) break;
      holder = next;
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

import type { KeyPath } from './problem.ts';
import type { ConfigurationDraft } from './schema/configuration-schema.ts';

type Refused = Map<string, Refused | 'whole'>;

/**
 * Takes out of a tree everything that the schema refused, so that checks between keys can look at the rest and all
 * problems show at once. What is left has the shape of the schema's input: that is the checked edge of this cast. Only
 * what leads to a refused part is copied.
 */
export function draftOf(tree: unknown, refused: readonly KeyPath[]): ConfigurationDraft {
  const root: Refused = new Map();
  if (refused.some((path) => path.length === 0)) return {} as ConfigurationDraft;
  for (const path of refused) note(root, path);
  return (prune(tree, root) ?? {}) as ConfigurationDraft;
}

function note(root: Refused, path: KeyPath): void {
  let level = root;
  for (const [index, part] of path.entries()) {
    const key = String(part);
    const known = level.get(key);
    if (known === 'whole') return;
    if (index === path.length - 1) level.set(key, 'whole');
    else if (known === undefined) {
      const next: Refused = new Map();
      level.set(key, next);
      level = next;
    } else level = known;
  }
}

function prune(value: unknown, refused: Refused): unknown {
  if (refused.size === 0 || typeof value !== 'object' || value === null) return value ?? undefined;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  for (const [key, inner] of refused) {
    if (!Object.hasOwn(copy, key)) continue;
    Reflect.set(copy, key, inner === 'whole' ? undefined : prune(Reflect.get(copy, key), inner));
  }
  return copy;
}

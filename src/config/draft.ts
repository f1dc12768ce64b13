import { type KeyPath, pathKey } from './problem.ts';
import type { ConfigurationDraft } from './schema/configuration-schema.ts';

/**
 * Takes out of a tree everything that the schema refused, so that checks between keys can look at the rest and all
 * problems show at once. What is left has the shape of the schema's input: that is the checked edge of this cast.
 */
export function draftOf(tree: unknown, refused: readonly KeyPath[]): ConfigurationDraft {
  const gone = new Set(refused.map(pathKey));
  const prune = (value: unknown, path: KeyPath): unknown => {
    if (gone.has(pathKey(path))) return undefined;
    if (Array.isArray(value)) return value.map((item, index) => prune(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value ?? undefined;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, prune(item, [...path, key])]));
  };
  return (prune(tree, []) ?? {}) as ConfigurationDraft;
}

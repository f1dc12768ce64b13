import type { PathPattern } from '../../policy/rule.ts';
import { compilePathEntry } from './path-entry.ts';

/**
 * Hands out one set for equal lists: of a hundred thousand rules, most name the same few methods and groups. Fewer sets
 * are less memory, and what many routes share stays in the processor's cache.
 */
export function createSharedSets(): (values: readonly string[] | undefined) => ReadonlySet<string> | undefined {
  const known = new Map<string, ReadonlySet<string>>();
  return (values) => {
    if (values === undefined) return undefined;
    const key = values.length === 1 ? (values[0] ?? '') : values.join('\u0000');
    const set = known.get(key) ?? new Set(values);
    known.set(key, set);
    return set;
  };
}

/** The same for lists of paths, which are dearer: a regular expression is compiled once. */
export function createSharedPaths(): (entries: readonly string[]) => readonly PathPattern[] {
  const known = new Map<string, readonly PathPattern[]>();
  return (entries) => {
    const key = entries.join('\u0000');
    const paths = known.get(key) ?? entries.map(compilePathEntry);
    known.set(key, paths);
    return paths;
  };
}

import { RE2JS } from 're2js';
import type { PathPattern } from '../../policy/rule.ts';
import { loosePath } from './loose-path.ts';
import { compilePathPattern } from './path-pattern.ts';

const exactKind = 'path:';
const expressionKind = 'regex:';

/** An entry of a rule's `paths`, by its kind: a glob begins with a slash, the others with their kind. */
export function readPathEntry(entry: string): { readonly kind: 'glob' | 'path' | 'regex'; readonly text: string } {
  if (entry.startsWith(exactKind)) return { kind: 'path', text: entry.slice(exactKind.length) };
  if (entry.startsWith(expressionKind)) return { kind: 'regex', text: entry.slice(expressionKind.length) };
  return { kind: 'glob', text: entry };
}

/** Compiles an entry of a rule's `paths`. @param entry was checked as the file was read. */
export function compilePathEntry(entry: string): PathPattern {
  const { kind, text } = readPathEntry(entry);
  switch (kind) {
    case 'glob':
      return compilePathPattern(text);
    case 'path':
      return { ...withSpellings((path) => path === text, lowerCaseEquals(text)), source: entry };
    case 'regex':
      return compilePathExpression(text);
  }
}

/** A regular expression for whole paths, by an engine whose time grows with the path alone. */
export function compilePathExpression(text: string): PathPattern {
  // Grants ask for the one, denials for the other.
  let exact: RE2JS | undefined;
  let anyCase: RE2JS | undefined;
  return {
    ...withSpellings(
      (path) => {
        exact ??= RE2JS.compile(text);
        return exact.testExact(path);
      },
      (path) => {
        anyCase ??= RE2JS.compile(text, RE2JS.CASE_INSENSITIVE);
        return anyCase.testExact(path);
      },
    ),
    source: `${expressionKind}${text}`,
  };
}

function lowerCaseEquals(text: string): (path: string) => boolean {
  const lower = text.toLowerCase();
  return (path) => path.toLowerCase() === lower;
}

/** For denials also what a careless server would read, as globs are compared (SECURITY.md 17). */
function withSpellings(
  matches: (path: string) => boolean,
  matchesLoosely: (path: string) => boolean,
): Omit<PathPattern, 'source'> {
  return {
    matches,
    matchesAnyCase: (canonicalPath) => {
      if (matchesLoosely(canonicalPath)) return true;
      const loose = loosePath(canonicalPath);
      return matchesLoosely(loose) || (loose.length > 1 && loose.endsWith('/') && matchesLoosely(loose.slice(0, -1)));
    },
  };
}

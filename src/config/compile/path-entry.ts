import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import type { PathPattern } from '../../policy/rule.ts';
import { foldPath, readingsOf } from './loose-path.ts';
import { compilePathPattern } from './path-pattern.ts';

const require = createRequire(import.meta.url);

/** Loaded where a rule has a regular expression. */
const engine = (): typeof import('re2js').RE2JS => require('re2js').RE2JS;

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
      return compileExactPath(text, entry);
    case 'regex':
      return compilePathExpression(text);
  }
}

function compileExactPath(text: string, source: string): PathPattern {
  const alike: ReadonlySet<string> = new Set([text.toLowerCase(), foldPath(text)]);
  return {
    source,
    matches: (path) => path === text,
    matchesAnyCase: (canonicalPath) => readingsOf(canonicalPath).some((reading) => alike.has(reading)),
  };
}

/** A regular expression for whole paths, by an engine whose time grows with the path alone. */
export function compilePathExpression(text: string): PathPattern {
  // Grants ask for the one, denials for the others.
  let exact: RE2JS | undefined;
  let loose: readonly RE2JS[] | undefined;
  return {
    source: `${expressionKind}${text}`,
    matches: (path) => {
      exact ??= engine().compile(text);
      return exact.testExact(path);
    },
    matchesAnyCase: (canonicalPath) => {
      loose ??= [...new Set([text, foldExpression(text)])].map((one) =>
        engine().compile(one, engine().CASE_INSENSITIVE),
      );
      const readings = [canonicalPath, ...readingsOf(canonicalPath)];
      return loose.some((one) =>
        readings.some((reading) => one.testExact(reading) || one.testExact(reading.replaceAll('%2a', '*'))),
      );
    },
  };
}

/** What stands in an expression as encoded bytes, as readings spell it. */
function foldExpression(text: string): string {
  return text.replace(/(?:%[0-9A-F]{2})+/gi, (run) => engine().quote(foldPath(run)));
}

import { readPathEntry } from '../../compile/path-entry.ts';
import type { Route } from '../../route.ts';
import { examplesOfExpression } from './examples-of-expression.ts';

/** Paths of one route: those that its address and its rules speak of, and their neighbours. */
const mostOfRoute = 40;

/**
 * Paths at which routes of one host may answer differently: examples of what their addresses and the `paths` of their rules
 * match, the folder around each, what lies below it, and another spelling of it.
 */
export function samplePaths(routes: readonly Route[]): readonly string[] {
  const found = new Set<string>();
  for (const route of routes) {
    const own = new Set<string>();
    for (const example of examplesOf(route)) {
      for (const path of [example, ...neighboursOf(example)]) if (path.startsWith('/')) own.add(path);
      if (own.size >= mostOfRoute) break;
    }
    for (const path of [...own].slice(0, mostOfRoute)) found.add(path);
  }
  return [...found];
}

function* examplesOf({ match, policy }: Route): Generator<string> {
  yield* match.kind === 'regex' ? examplesOfEntry(match.pattern.source) : [match.path];
  const prefix = match.kind === 'prefix' && match.path !== '/' ? match.path : '';
  if (match.kind === 'prefix') yield `${prefix}/x`;
  const rules = [...policy.grants, ...policy.grants.flatMap(({ segment }) => segment?.keys ?? []), ...policy.denials];
  for (const { paths } of rules) for (const { source } of paths ?? []) yield* examplesOfEntry(source);
}

/** Paths that an entry of `paths` matches. */
export function examplesOfEntry(entry: string): readonly string[] {
  const { kind, text } = readPathEntry(entry);
  switch (kind) {
    case 'path':
      return [text];
    case 'regex':
      return examplesOfExpression(text);
    case 'glob':
      return globExamples(text);
  }
}

function globExamples(glob: string): readonly string[] {
  const fill = (deep: string) =>
    glob
      .split('/')
      .flatMap((segment) => (segment === '**' ? (deep === '' ? [] : [deep]) : [segment.replaceAll('*', 'x')]))
      .join('/');
  return [...new Set([fill(''), fill('x'), fill('x/y')])].map((path) => (path === '' ? '/' : path));
}

function neighboursOf(path: string): readonly string[] {
  const base = path.endsWith('/') ? path.slice(0, -1) : path;
  const folder = base.slice(0, base.lastIndexOf('/'));
  return [`${base}/x`, folder === '' ? '/' : folder, base.toUpperCase()];
}

import { parseCanonicalPath } from '../../config/values/canonical-path.ts';
import { parsePathExpression } from '../../config/values/path-expression.ts';

/**
 * What an expression over paths comes to where it is a simple one: `exact`: this path; `below`: this path and what is under
 * it, as a prefix of Postern is; `starts`: every path that begins with these letters, `/api` and `/apis` too.
 */
export interface PathShape {
  readonly kind: 'exact' | 'below' | 'starts';
  readonly path: string;
}

/** Every path. */
export const everyPath: PathShape = { kind: 'starts', path: '/' };

const tails: readonly (readonly [tail: string, kind: PathShape['kind']])[] = [
  ['([/?].*)?$', 'below'],
  ['([/?].*)?', 'starts'],
  ['(/.*)?$', 'below'],
  ['(|/.*)$', 'below'],
  ['(/|$)', 'below'],
  ['.*$', 'starts'],
  ['.*', 'starts'],
  ['$', 'exact'],
  ['', 'starts'],
];

/** Reads an expression of RE2 that is searched for, as Go's MatchString does; `undefined` where it is not a simple one. */
export function shapeOf(expression: string): PathShape | undefined {
  if (['', '.*', '^.*', '.*$', '^.*$', '^', '^/', '^/.*', '^/.*$'].includes(expression)) return everyPath;
  if (!expression.startsWith('^/')) return undefined;
  for (const [tail, kind] of tails) {
    if (!expression.endsWith(tail)) continue;
    const body = expression.slice(1, expression.length - tail.length);
    if (!/^(?:[A-Za-z0-9_/~%=:,;@-]|\\[./_~-])+$/.test(body)) continue;
    const path = body.replaceAll('\\', '');
    return parseCanonicalPath(path).ok ? { kind, path } : undefined;
  }
  return undefined;
}

/** The whole path in the place of a part of it, as Postern compares; `undefined` where Postern does not take it. */
export function wholeExpression(expression: string): string | undefined {
  const isSimple = expression.startsWith('^') && !expression.includes('|');
  const isClosed = /(?<!\\)(?:\\\\)*\$$/.test(expression);
  const whole = isSimple ? `${expression}${isClosed ? '' : '.*$'}` : `^.*(?:${expression}).*$`;
  return parsePathExpression(whole).ok ? whole : undefined;
}

/** True when every path of `inner` is one of `outer`. */
export function covers(outer: PathShape, inner: PathShape): boolean {
  switch (outer.kind) {
    case 'exact':
      return inner.kind === 'exact' && inner.path === outer.path;
    case 'starts':
      return inner.path.startsWith(outer.path);
    case 'below':
      return isBelow(outer.path, inner);
  }
}

function isBelow(path: string, inner: PathShape): boolean {
  const folder = path.endsWith('/') ? path : `${path}/`;
  if (inner.path.startsWith(folder)) return true;
  return inner.path === path && inner.kind !== 'starts';
}

/** False only where no path is of both. */
export function mayOverlap(one: PathShape, other: PathShape): boolean {
  if (one.kind === 'exact' && other.kind === 'exact') return one.path === other.path;
  if (one.kind === 'exact') return covers(other, one);
  if (other.kind === 'exact') return covers(one, other);
  return one.path.startsWith(other.path) || other.path.startsWith(one.path);
}

/** The same as a condition in CEL. */
export function conditionOf({ kind, path }: PathShape): string {
  const text = celText(path);
  if (kind === 'exact') return `request.path == ${text}`;
  if (kind === 'starts') return `request.path.startsWith(${text})`;
  return path.endsWith('/')
    ? `request.path.startsWith(${text})`
    : `(request.path == ${text} || request.path.startsWith(${celText(`${path}/`)}))`;
}

/** A text as CEL writes it. */
export function celText(text: string): string {
  return JSON.stringify(text);
}

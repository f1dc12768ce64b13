import type { Reporter } from '../../reporter.ts';
import { definedAt } from '../check-context.ts';
import { type RouteScope, scopeOf } from './path-reach.ts';
import type { RouteSettings } from './rule-keys.ts';

interface Placed {
  readonly index: number;
  readonly scope: RouteScope;
}

/**
 * Warns of a route with `regex:` that others of its host may take paths from: a prefix, or an expression that stands before
 * it. Two expressions overlap when nothing shows that they do not: the texts that both begin with tell them apart.
 */
export function warnOfOverlaps(routes: readonly RouteSettings[], reporter: Reporter): void {
  if (routes.every(({ regex }) => regex === undefined)) return;
  const placed = routes.map((route, index) => ({ index, host: route.from.hostname, scope: scopeOf(route) }));
  for (const [, ofHost] of Map.groupBy(placed, ({ host }) => host)) {
    for (const one of ofHost) {
      if (one.scope.kind !== 'regex') continue;
      const other = ofHost.find((candidate) => takesFrom(candidate, one));
      if (other === undefined) continue;
      const at = definedAt(reporter, ['routes', other.index, other.scope.kind]);
      reporter.report(['routes', one.index, 'regex'], 'P116', wordsFor(other.scope, one.scope), {
        help: `the other one is at ${at}; ${adviceFor(other.scope)}`,
      });
    }
  }
}

function takesFrom(other: Placed, one: Placed): boolean {
  const head = literalHead(one.scope.path);
  switch (other.scope.kind) {
    case 'exact':
      // One path beside an expression is an exception that somebody wants.
      return false;
    case 'prefix': {
      const { path } = other.scope;
      return path === '/' || isUnder(head, path) || path.startsWith(head);
    }
    case 'regex': {
      if (other.index >= one.index) return false;
      const otherHead = literalHead(other.scope.path);
      return head.startsWith(otherHead) || otherHead.startsWith(head);
    }
  }
}

function isUnder(head: string, prefix: string): boolean {
  return head === prefix || head.startsWith(`${prefix}/`);
}

/** What every path that fits begins with: as far as the expression is plain text. */
function literalHead(expression: string): string {
  const plain = /^\^((?:[A-Za-z0-9/_~-]|\\[./-])*)/.exec(expression)?.[1] ?? '';
  const rest = expression.slice(1 + plain.length);
  // Another branch anywhere may begin otherwise; a repetition makes the last letter one that may be absent.
  if (expression.includes('|') || expression.startsWith('^(?')) return '';
  const kept = /^[?*{]/.test(rest) ? plain.replace(/(?:\\.|.)$/, '') : plain;
  return kept.replaceAll('\\', '');
}

function wordsFor(other: RouteScope, one: RouteScope): string {
  if (other.kind === 'regex') return 'the expression of another route may fit the same paths, and is asked first';
  return isUnder(literalHead(one.path), other.path) || other.path === '/'
    ? `no request comes to this route: the prefix ${other.path} of another one takes it first`
    : `the prefix ${other.path} of another route takes what is under it first`;
}

function adviceFor({ kind }: RouteScope): string {
  return kind === 'prefix' ? 'narrow that prefix' : 'begin them with other texts, or put the narrower one first';
}

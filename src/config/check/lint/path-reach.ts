import { loosePath } from '../../compile/loose-path.ts';
import { compilePathEntry, readPathEntry } from '../../compile/path-entry.ts';
import { compilePathPattern } from '../../compile/path-pattern.ts';
import type { RouteSettings } from './rule-keys.ts';

/** The paths that a route takes: one, all at and under a prefix, or (`path` is the expression) those that a regular expression fits. */
export type RouteScope = { readonly kind: 'exact' | 'prefix' | 'regex'; readonly path: string };

/** The scope of a route, as requests find it. */
export function scopeOf(route: Pick<RouteSettings, 'path' | 'prefix' | 'regex'>): RouteScope {
  if (route.path !== undefined) return { kind: 'exact', path: route.path };
  if (route.regex !== undefined) return { kind: 'regex', path: route.regex };
  const prefix = route.prefix ?? '/';
  return { kind: 'prefix', path: prefix.length > 1 && prefix.endsWith('/') ? prefix.slice(0, -1) : prefix };
}

/** The scope as a path pattern, so that it can be compared with those of rules. */
export function patternOfScope({ kind, path }: RouteScope): string {
  if (kind === 'exact') return path;
  if (kind === 'regex') return `regex:${path}`;
  return path === '/' ? '/**' : `${path}/**`;
}

function segmentsOf(path: string): readonly string[] {
  return path === '/' ? [] : path.slice(1).split('/');
}

/**
 * Whether a pattern of a rule may fit a path of the route. A yes may be wrong, a no never is: it is said of what the
 * segments of the prefix alone rule out.
 */
export function mayReach(pattern: string, scope: RouteScope, comparison: 'exact' | 'loose'): boolean {
  if (scope.kind === 'exact') return fits(pattern, scope.path, comparison);
  const entry = readPathEntry(pattern);
  if (entry.kind === 'path') return fits(patternOfScope(scope), entry.text, comparison);
  // Of two expressions, or of an expression and a pattern, nobody can tell so easily.
  if (scope.kind === 'regex' || entry.kind === 'regex') return true;
  if (comparison === 'exact') return mayFitUnder(pattern, scope.path);
  const lower = pattern.toLowerCase();
  return mayFitUnder(lower, scope.path.toLowerCase()) || mayFitUnder(lower, loosePath(scope.path));
}

function fits(pattern: string, path: string, comparison: 'exact' | 'loose'): boolean {
  const compiled = compilePathEntry(pattern);
  return comparison === 'exact' ? compiled.matches(path) : compiled.matchesAnyCase(path);
}

function mayFitUnder(pattern: string, prefix: string): boolean {
  const wanted = segmentsOf(pattern);
  for (const [index, segment] of segmentsOf(prefix).entries()) {
    const one = wanted[index];
    if (one === undefined) return false;
    if (one === '**') return true;
    if (!compilePathPattern(`/${one}`).matches(`/${segment}`)) return false;
  }
  return true;
}

/** True when every path that fits `inner` fits `outer` too. A no may be wrong, a yes never is. */
export function isPatternWithin(inner: string, outer: string): boolean {
  if (inner === outer || outer === '/**') return true;
  if (!inner.startsWith('/') || !outer.endsWith('/**')) return false;
  const prefix = outer.slice(0, -'/**'.length);
  if (prefix.includes('*') || (prefix !== '' && !prefix.startsWith('/'))) return false;
  return inner === prefix || inner.startsWith(`${prefix}/`);
}

/** True when requests for everything that fits the pattern go to this other route of the host, and never come here. */
export function isTakenBy(pattern: string, here: RouteScope, other: RouteScope): boolean {
  if (!pattern.startsWith('/') || other.kind === 'regex') return false;
  if (other.kind === 'exact') return here.kind !== 'exact' && pattern === other.path;
  if (here.kind === 'regex') return isPatternWithin(pattern, patternOfScope(other));
  if (here.kind === 'exact' || other.path.length <= here.path.length) return false;
  return isPatternWithin(pattern, patternOfScope(other));
}

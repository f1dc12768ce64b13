import { loosePath } from '../../compile/loose-path.ts';
import type { KeyPath } from '../../problem.ts';
import type { Reporter } from '../../reporter.ts';
import { definedAt } from '../check-context.ts';
import { scopeOf } from './path-reach.ts';
import type { RouteSettings } from './rule-keys.ts';

/**
 * Warns of two routes of a host whose paths many servers take for the same. With them, no path of the host is compared
 * loosely any more, and a request can choose by spelling which of the two rules judge it.
 */
export function warnOfLooseTwins(routes: readonly RouteSettings[], reporter: Reporter): void {
  const first = new Map<string, KeyPath>();
  for (const [index, route] of routes.entries()) {
    const { kind, path } = scopeOf(route);
    if (kind === 'regex') continue;
    const key = `${route.from.hostname} ${kind} ${loosePath(path)}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, ['routes', index]);
      continue;
    }
    const word = route.path === undefined ? 'prefix' : 'path';
    reporter.report(
      ['routes', index, word],
      'P114',
      `many servers take ${path} for the ${word} of another route here`,
      {
        help: `the other one is at ${definedAt(reporter, [...earlier, word])}; a client chooses by spelling which rules judge it: keep one of them, or give both the same rules`,
      },
    );
  }
}

import type { Route, RouteMatch, RouteTable } from '../route.ts';
import { loosePath, loosePaths } from './loose-path.ts';

interface PrefixNode {
  route: Route | undefined;
  readonly children: Map<string, PrefixNode>;
}

interface PathIndex {
  readonly exact: ReadonlyMap<string, Route>;
  readonly root: PrefixNode;
  /** In file order. */
  readonly expressions: readonly { readonly route: Route; matches(path: string): boolean }[];
}

interface HostRoutes extends PathIndex {
  /** The same by loose paths; absent where it could tell nothing more. */
  readonly loose: PathIndex | undefined;
}

/**
 * Builds the table that finds a route by exact host, then exact path, then longest prefix at a segment border, then by
 * the first regular expression that fits. A lookup walks the path's segments once and only as deep as prefixes go;
 * expressions are asked only on hosts that have some, by an engine whose time grows with the path alone.
 *
 * A path that another server could read as another route's (`/Admin` or `/admin;x` beside a route for `/admin`) belongs
 * to none: the laxer of two routes must not carry what the stricter one guards (security-rules.md 17).
 */
export function createRouteTable(routes: readonly Route[]): RouteTable {
  const builder = createRouteTableBuilder();
  for (const route of routes) builder.add(route);
  for (const _ of builder.index());
  return builder.table();
}

/** Builds the same table in steps. */
export interface RouteTableBuilder {
  add(route: Route): void;
  /** Once all are added: a step for each host. */
  index(): Generator<undefined, void>;
  table(): RouteTable;
}

/** Begins an empty table. */
export function createRouteTableBuilder(): RouteTableBuilder {
  const routesOfHosts = new Map<string, Route[]>();
  const hosts = new Map<string, HostRoutes>();
  return {
    add: (route) => {
      const known = routesOfHosts.get(route.host);
      if (known === undefined) routesOfHosts.set(route.host, [route]);
      else known.push(route);
    },
    index: function* () {
      for (const [host, routes] of routesOfHosts) {
        hosts.set(host, indexHost(routes));
        yield;
      }
      routesOfHosts.clear();
    },
    table: () => ({
      hasHost: (host) => hosts.has(host),
      find: (host, canonicalPath) => {
        const found = hosts.get(host);
        if (found === undefined) return undefined;
        const route = lookUp(found, canonicalPath);
        const { loose } = found;
        if (loose === undefined) return route;
        return loosePaths(canonicalPath).every((path) => lookUp(loose, path) === route) ? route : undefined;
      },
    }),
  };
}

function lookUp({ exact, root, expressions }: PathIndex, path: string): Route | undefined {
  const found = exact.get(path) ?? longestPrefix(root, path);
  if (found !== undefined || expressions.length === 0) return found;
  return expressions.find((one) => one.matches(path))?.route;
}

function indexHost(routes: readonly Route[]): HostRoutes {
  const loosePaths = new Set(routes.map(({ match }) => looseKey(match)));
  // Whoever has routes that differ in case alone tells them apart on purpose.
  const isLooseOfUse = routes.length > 1 && loosePaths.size === routes.length;
  return {
    ...indexPaths(routes, (path) => path, 'exact'),
    loose: isLooseOfUse ? indexPaths(routes, loosePath, 'loose') : undefined,
  };
}

function looseKey(match: RouteMatch): string {
  return match.kind === 'regex' ? `regex ${match.pattern.source}` : `${match.kind} ${loosePath(match.path)}`;
}

function indexPaths(
  routes: readonly Route[],
  read: (path: string) => string,
  comparison: 'exact' | 'loose',
): PathIndex {
  const exact = new Map<string, Route>();
  const root: PrefixNode = { route: undefined, children: new Map() };
  const expressions: { readonly route: Route; matches(path: string): boolean }[] = [];
  for (const route of routes) {
    const { match } = route;
    if (match.kind === 'exact') {
      exact.set(read(match.path), route);
      continue;
    }
    if (match.kind === 'regex') {
      const { pattern } = match;
      const matches = comparison === 'exact' ? pattern.matches : pattern.matchesAnyCase;
      expressions.push({ route, matches });
      continue;
    }
    let node = root;
    for (const segment of read(match.path).split('/').slice(1)) {
      if (segment === '') continue;
      const next = node.children.get(segment) ?? { route: undefined, children: new Map() };
      node.children.set(segment, next);
      node = next;
    }
    node.route = route;
  }
  return { exact, root, expressions };
}

function longestPrefix(root: PrefixNode, path: string): Route | undefined {
  let best = root.route;
  let node = root;
  let start = 1;
  while (node.children.size > 0 && start < path.length) {
    const slash = path.indexOf('/', start);
    const end = slash === -1 ? path.length : slash;
    const next = node.children.get(path.slice(start, end));
    if (next === undefined) break;
    best = next.route ?? best;
    node = next;
    start = end + 1;
  }
  return best;
}

import type { Route, RouteTable } from '../snapshot.ts';

interface PrefixNode {
  route: Route | undefined;
  readonly children: Map<string, PrefixNode>;
}

interface HostRoutes {
  readonly exact: ReadonlyMap<string, Route>;
  readonly root: PrefixNode;
}

/**
 * Builds the table that finds a route by exact host, then exact path, then longest prefix at a segment border.
 * A lookup walks the path's segments once and only as deep as prefixes go; no regular expressions.
 */
export function createRouteTable(routes: readonly Route[]): RouteTable {
  const hosts = new Map<string, HostRoutes>();
  for (const [host, routesOfHost] of Map.groupBy(routes, (route) => route.host))
    hosts.set(host, indexHost(routesOfHost));
  return {
    hasHost: (host) => hosts.has(host),
    find: (host, canonicalPath) => {
      const found = hosts.get(host);
      if (found === undefined) return undefined;
      return found.exact.get(canonicalPath) ?? longestPrefix(found.root, canonicalPath);
    },
  };
}

function indexHost(routes: readonly Route[]): HostRoutes {
  const exact = new Map<string, Route>();
  const root: PrefixNode = { route: undefined, children: new Map() };
  for (const route of routes) {
    if (route.match.kind === 'exact') {
      exact.set(route.match.path, route);
      continue;
    }
    let node = root;
    for (const segment of route.match.path.split('/').slice(1)) {
      if (segment === '') continue;
      const next = node.children.get(segment) ?? { route: undefined, children: new Map() };
      node.children.set(segment, next);
      node = next;
    }
    node.route = route;
  }
  return { exact, root };
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

import type { Route } from './route.ts';
import type { Snapshot } from './snapshot.ts';

/** The routes whose app has a service worker that answers navigations; the first of the file where several fit. */
export interface AppsWithWorker {
  readonly byName: ReadonlyMap<string, Route>;
  readonly byHost: ReadonlyMap<string, Route>;
}

const known = new WeakMap<Snapshot['routes'], AppsWithWorker>();

/** Finds them once for each configuration: strangers ask for them, and no request walks all routes (security-rules.md 31). */
export function appsWithWorkerOf({ routes }: Pick<Snapshot, 'routes'>): AppsWithWorker {
  const found = known.get(routes);
  if (found !== undefined) return found;
  const byName = new Map<string, Route>();
  const byHost = new Map<string, Route>();
  for (const route of routes) {
    if (route.hasServiceWorker !== true) continue;
    if (!byName.has(route.name)) byName.set(route.name, route);
    if (!byHost.has(route.host)) byHost.set(route.host, route);
  }
  const apps = { byName, byHost };
  known.set(routes, apps);
  return apps;
}

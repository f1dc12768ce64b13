import type { AdminDependencies } from '../admin/admin-dependencies.ts';
import { configurationName, type Snapshot } from '../config/snapshot.ts';
import { createRegisteredBrowsers } from '../devices/registered-browsers.ts';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import type { People } from '../people/known-person.ts';
import { createAccessList } from '../preview/list-access.ts';
import { createConnectionCap, mostAdminConnections } from '../server/connection-cap.ts';
import { findInherited, type InheritedSocket } from '../server/inherited-sockets.ts';
import { type Listener, openListener } from '../server/listener.ts';
import type { StateStore } from '../state/state-store.ts';

/** What the admin listener is given beside what the configuration says of it. */
export type AdminParts = Omit<
  AdminDependencies,
  'token' | 'listen' | 'config' | 'riskSettings' | 'postures' | 'routeNames' | 'access' | 'browsers' | 'people'
> & {
  readonly people: People;
  readonly store: StateStore;
  readonly snapshot: () => Snapshot;
  readonly connections: ConnectionGuard;
  /** Hears of a connection that was one too many. */
  readonly onRefused: () => void;
  readonly inherited: readonly InheritedSocket[];
};

/** Opens the admin listener; `undefined` when the configuration has none. Its address stays while the program runs. */
export async function openAdmin({
  snapshot,
  connections,
  inherited,
  store,
  ...parts
}: AdminParts): Promise<Listener | undefined> {
  const { admin, server } = snapshot();
  if (admin === undefined) return undefined;
  // Workers have no admin listener, and all that only it needs stays out of them.
  const { createAdminApp } = await import('../admin/create-admin-app.ts');
  let bound = admin.listen;
  const app = createAdminApp({
    ...parts,
    access: createAccessList({ ...parts, snapshot }),
    browsers: createRegisteredBrowsers(store),
    token: () => (snapshot().admin ?? admin).token,
    listen: () => bound,
    riskSettings: () => snapshot().risk,
    routeNames: () => snapshot().routes.map(({ name }) => name),
    postures: () => snapshot().postures,
    config: () => configurationName(snapshot()),
  });
  const listener = await openListener(admin.listen, {
    limits: server.limits,
    handlers: {
      request: (request, response) => app(request, response),
      upgrade: (_request, socket) => socket.destroy(),
      malformed: () => parts.nextDecisionId(parts.now()),
      guard: connections,
    },
    inherited: findInherited(inherited, admin.listen),
  });
  bound = { host: admin.listen.host, port: listener.port };
  createConnectionCap(() => mostAdminConnections, parts.onRefused).watch(listener.server);
  return listener;
}

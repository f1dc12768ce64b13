import type { Snapshot } from '../config/snapshot.ts';
import { toFault } from '../decision/fault.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { type ConnectionGuard, createConnectionGuard } from '../http/connection-guard.ts';
import type { Metrics } from '../metrics/metrics.ts';
import {
  type ConnectionCap,
  createConnectionCap,
  mostConnections,
  readOpenFileLimit,
} from '../server/connection-cap.ts';
import { createConnectionLimit } from '../server/limit-connections.ts';
import { openAllListeners } from '../server/open-all-listeners.ts';
import type { OwnPorts } from '../server/own-ports.ts';
import type { RunningRequests } from '../server/running-requests.ts';
import type { LifecycleSteps } from './lifecycle.ts';
import type { ComposeOptions } from './program.ts';
import type { Role } from './workers/role.ts';

/** What every connection of this process runs in: what breaks closes one of them, and is told here. */
export function guardConnections(
  metrics: Pick<Metrics, 'connectionBroken'>,
  log: { error(fields: object, message: string): void },
): ConnectionGuard {
  return createConnectionGuard((work, thrown) => {
    metrics.connectionBroken(work);
    log.error(
      { err: toFault(thrown), work },
      'Something broke inside Postern; the connection that it was for is closed.',
    );
  });
}

/** How many connections this process takes: as the configuration says, or as its open files allow. */
export function capConnections(snapshot: () => Snapshot, metrics: Pick<Metrics, 'connectionRefused'>): ConnectionCap {
  const affordable = mostConnections(readOpenFileLimit());
  return createConnectionCap(() => snapshot().server.limits.connections ?? affordable, metrics.connectionRefused);
}

/** Opens what people reach: the listeners of this process, or the processes that listen for it. */
export async function openPublic(
  adminPort: number | undefined,
  parts: {
    readonly role: Pick<Role, 'front' | 'ticketKeys'>;
    readonly options: Pick<ComposeOptions, 'isMiddleware' | 'plainHttp' | 'inherited'>;
    readonly snapshot: () => Snapshot;
    readonly gateway: Gateway;
    readonly recordUnreadable: (detail: string) => string;
    readonly running: RunningRequests;
    readonly ownPorts: OwnPorts;
    readonly connections: ConnectionGuard;
    readonly cap: ConnectionCap;
    readonly metrics: Pick<Metrics, 'rateLimited'>;
  },
): ReturnType<LifecycleSteps['openPublic']> {
  const { role, options, snapshot, gateway, running, ownPorts } = parts;
  if (options.isMiddleware === true) return undefined;
  if (role.front !== undefined) return { all: [], ...(await role.front.open(adminPort)) };
  return openAllListeners(options.plainHttp, {
    snapshot,
    request: gateway.handleRequest,
    upgrade: gateway.handleUpgrade,
    malformed: parts.recordUnreadable,
    guard: parts.connections,
    connected: createConnectionLimit({
      most: () => snapshot().server.limits.connectionsPerAddress,
      isExempt: (address) => snapshot().server.trustedProxies.contains(address),
      onLimited: () => parts.metrics.rateLimited('connections_per_address'),
    }),
    running,
    ticketKeys: role.ticketKeys,
    inherited: options.inherited ?? [],
    onOpened(listener) {
      ownPorts.note([listener]);
      parts.cap.watch(listener.server);
    },
  });
}

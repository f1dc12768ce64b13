import type { ListenAddress, Snapshot } from '../config/snapshot.ts';

/** The ports that this program listens on: no upstream on this machine may be behind one of them. */
export interface OwnPorts {
  /** As configured from the first moment on; with each listener that was bound, what the system gave it. */
  ports(): ReadonlySet<number>;
  note(listeners: Iterable<{ readonly port: number }>): void;
}

/** Begins with the configured ports, so that no listener is reachable in the moments before all are open. @param others of other processes of this program */
export function createOwnPorts(
  snapshot: Snapshot,
  plainHttp: ListenAddress | undefined,
  others: readonly number[] = [],
): OwnPorts {
  const { server, admin } = snapshot;
  const ports = new Set(others);
  const note: OwnPorts['note'] = (listeners) => {
    for (const { port } of listeners) if (port !== 0) ports.add(port);
  };
  const configured = [...server.listeners, server.redirectHttp, plainHttp, admin?.listen];
  note(configured.filter((address) => address !== undefined));
  return { ports: () => ports, note };
}

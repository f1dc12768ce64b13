import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';

/** Holds the connections of a process below what the system lets it open, whichever listener they come to. */
export interface ConnectionCap {
  /** Refuses what is too many at this server from now on: before TLS, and before a byte is read. */
  watch(server: Server): void;
  open(): number;
}

/**
 * Kept free of connections: the state, the audit trail, pipes between processes, the files of a reload, the admin
 * listener. Without them nothing could be recorded, revoked or shown any more.
 */
const keptDescriptors = 96;
/** Of the admin listener, out of those. */
export const mostAdminConnections = 48;
/** Where the system does not say. */
const defaultMost = 10_000;

/**
 * How many connections a process may have: each may need a second one, to an upstream.
 * @param openFiles the process's limit of open files; `undefined`: not known
 */
export function mostConnections(openFiles: number | undefined): number {
  if (openFiles === undefined) return defaultMost;
  return Math.max(1, Math.floor((openFiles - keptDescriptors) / 2));
}

/** The limit of open files of this process; `undefined` where the system has no `/proc`, or no limit. */
export function readOpenFileLimit(path = '/proc/self/limits'): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync(path, 'utf8'))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

/** @param most asked at each connection, since a reload may change it; `onRefused` hears of each that was too many */
export function createConnectionCap(most: () => number, onRefused: () => void): ConnectionCap {
  let open = 0;
  return {
    watch(server) {
      server.on('connection', (socket) => {
        if (open >= most()) {
          onRefused();
          socket.destroy();
          return;
        }
        open += 1;
        socket.on('close', () => {
          open -= 1;
        });
      });
    },
    open: () => open,
  };
}

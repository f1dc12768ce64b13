import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { endConnection } from '../http/end-connection.ts';
import { type ApplicationGuard, listenerOf } from './host-application.ts';

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/**
 * Takes a server's upgrades over: the application's own `upgrade` listeners, those added before and those added after,
 * are called only for an upgrade that was allowed. An event cannot be stopped on its way, so they are moved aside.
 */
export function attachToServer(server: Server, guard: ApplicationGuard): void {
  if (guard.attached.has(server)) return;
  guard.attached.add(server);
  const guarded: UpgradeListener[] = [];
  for (const listener of server.listeners('upgrade')) guarded.push(listener as UpgradeListener);
  server.removeAllListeners('upgrade');

  const { connections, turns } = guard;
  function serve(...[request, socket, head]: Parameters<UpgradeListener>): unknown {
    const listener = listenerOf(request, guard);
    if (listener === undefined || guarded.length === 0) return socket.destroy();
    // It was sent before the answer to an earlier request was over: no client of WebSockets does that.
    if (turns.isOpen(socket)) return turns.close(socket, () => endConnection(socket));
    return guard.gateway.handleUpgrade(listener, request, socket, head, () => {
      for (const allowed of guarded) connections.run(socket, 'application', () => allowed(request, socket, head));
    });
  }
  const guardUpgrade: UpgradeListener = (request, socket, head) => {
    // Node listens no more, and an error that nobody hears ends the process.
    socket.on('error', ignore);
    connections.run(socket, 'upgrade', () => serve(request, socket, head));
  };
  server.on('upgrade', guardUpgrade);

  server.on('newListener', (event: string, listener: UpgradeListener) => {
    if (event !== 'upgrade' || listener === guardUpgrade) return;
    guarded.push(listener);
    // `newListener` comes before the listener is added; it can only be taken off afterwards.
    process.nextTick(() => server.removeListener('upgrade', listener));
  });
}

function ignore(): void {}

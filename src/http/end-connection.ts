import type { Duplex } from 'node:stream';

/** How long a client may take to read our last bytes and to end its own half, in ms. */
const lingerMs = 2_000;

/**
 * Ends a connection that no HTTP parser watches any more, for good. Node's servers leave a half-open connection to
 * whoever never ends its own half, and no timeout of the server covers it: without this, each refused upgrade and each
 * malformed request could hold a file descriptor for ever.
 */
export function endConnection(socket: Duplex, lastBytes?: string): void {
  if (lastBytes === undefined) socket.end();
  else socket.end(lastBytes);
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}

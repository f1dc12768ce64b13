import type { Socket } from 'node:net';

/** How long the other side's last bytes may take, once it takes none of ours any more. */
const longestMs = 1_000;

/**
 * An app that answers in mid-upload and closes (413 is the usual one) has its system reset the connection, since our bytes
 * lie there unread. Node then fails on the next write and throws away what has been received, the answer with it. Here a
 * failed write ends nothing until what came before it was read, which is when reading fails as well.
 */
export function readBeforeClosing(socket: Socket): void {
  const destroy = socket.destroy;
  let timer: NodeJS.Timeout | undefined;
  socket.destroy = (error) => {
    if (!isFailedWrite(error) || socket.destroyed) {
      clearTimeout(timer);
      return destroy.call(socket, error);
    }
    forgetError(socket);
    if (timer === undefined) {
      timer = setTimeout(() => destroy.call(socket, error), longestMs);
      timer.unref();
      socket.once('end', () => destroy.call(socket, error));
    }
    return socket;
  };
}

function isFailedWrite(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'syscall' in error && error.syscall === 'write';
}

/** A stream on which anything failed tells nobody what it still reads. */
function forgetError(socket: Socket): void {
  for (const side of ['_readableState', '_writableState']) Object.assign(Reflect.get(socket, side), { errored: null });
}

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { endConnection } from '../http/end-connection.ts';
import type { Arrival } from './arrival.ts';
import type { StreamWire } from './open-stream.ts';

/**
 * Ends an event stream in order: a browser connects again, gets a 401 or 403, and stops. No event of ours is put in,
 * which a compressed stream could not bear.
 */
export function endingEventStream({ request, response }: Arrival): StreamWire {
  return {
    close() {
      response.end();
      endConnection(request.socket);
    },
  };
}

/** Breaks a transfer off, so that half a file cannot be taken for a whole one. */
export function breakingTransfer({ request }: Arrival): StreamWire {
  return { close: () => breakOff(request) };
}

/** Cuts a connection that belongs to somebody else's code, which may go on writing to it. */
export function cuttingConnection({ request }: Arrival): StreamWire {
  const cut = () => void request.socket.destroy();
  return { hold: cut, close: cut };
}

/** Where only the connection's end ends an answer (HTTP/1.0), a reset must tell that it was not the end. */
function breakOff({ socket, httpVersionMinor }: IncomingMessage): void {
  if (httpVersionMinor === 0 && !isEncrypted(socket)) socket.resetAndDestroy();
  else socket.destroy();
}

function isEncrypted(socket: Socket): boolean {
  return 'encrypted' in socket;
}

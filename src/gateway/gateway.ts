import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { endConnection } from '../http/end-connection.ts';
import { ServerResponse } from '../http/node-http.ts';
import type { ListenerFacts } from './arrival.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { runPipeline } from './pipeline.ts';

/**
 * The data plane: what a listener calls for each request and each upgrade, inside its guard. The promises are over when
 * the request has been answered or handed on; they reject with whatever broke.
 */
export interface Gateway {
  handleRequest(
    listener: ListenerFacts,
    request: IncomingMessage,
    response: ServerResponse,
    options?: { readonly expectsContinue?: boolean; readonly next?: () => void },
  ): Promise<void>;
  handleUpgrade(
    listener: ListenerFacts,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    next?: () => void,
  ): Promise<void>;
}

/** Builds the gateway. `current` answers the parts as of now: a request keeps those that it is decided by. */
export function createGateway(current: () => GatewayParts): Gateway {
  return {
    handleRequest(listener, request, response, options) {
      return runPipeline(
        {
          listener,
          request,
          response,
          upgrade: undefined,
          expectsContinue: options?.expectsContinue ?? false,
          next: options?.next,
        },
        current,
      );
    },
    async handleUpgrade(listener, request, socket, head, next) {
      // An early error of the client's socket has no listener yet and would end the process.
      socket.on('error', destroyIt);
      const response = new ServerResponse(request);
      // Throws while an earlier answer owns the socket: nothing of ours may come into the middle of it.
      response.assignSocket(request.socket);
      response.once('finish', () => endConnection(socket));
      const arrival = { listener, request, response, upgrade: { socket, head }, expectsContinue: false, next };
      await runPipeline(arrival, current);
    },
  };
}

/** One listener for all sockets: a WebSocket keeps its own for as long as it stands. */
function destroyIt(this: Duplex): void {
  this.destroy();
}

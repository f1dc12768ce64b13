import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { endConnection } from '../http/end-connection.ts';
import type { ListenerFacts } from './arrival.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { runPipeline } from './pipeline.ts';

/** The data plane: what a listener calls for each request and each upgrade. */
export interface Gateway {
  handleRequest(
    listener: ListenerFacts,
    request: IncomingMessage,
    response: ServerResponse,
    options?: { readonly expectsContinue?: boolean; readonly next?: () => void },
  ): void;
  handleUpgrade(
    listener: ListenerFacts,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    next?: () => void,
  ): void;
}

/** Builds the gateway from its parts. */
export function createGateway(parts: GatewayParts): Gateway {
  return {
    handleRequest(listener, request, response, options) {
      void runPipeline(
        {
          listener,
          request,
          response,
          upgrade: undefined,
          expectsContinue: options?.expectsContinue ?? false,
          next: options?.next,
        },
        parts,
      );
    },
    handleUpgrade(listener, request, socket, head, next) {
      // An early error of the client's socket has no listener yet and would end the process.
      socket.on('error', () => socket.destroy());
      const response = new ServerResponse(request);
      response.assignSocket(request.socket);
      response.once('finish', () => endConnection(socket));
      void runPipeline({ listener, request, response, upgrade: { socket, head }, expectsContinue: false, next }, parts);
    },
  };
}

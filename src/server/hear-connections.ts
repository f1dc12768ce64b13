import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import { answerClientError } from './answer-client-error.ts';
import { createExchangeTurns } from './exchange-turns.ts';
import type { LastAnswers } from './last-answers.ts';
import type { RunningRequests } from './running-requests.ts';
import { watchBody } from './watch-body.ts';

/** What a listener calls, one request at a time on each connection. Promises are watched. */
export interface ListenerHandlers {
  request(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): unknown;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): unknown;
  /** A request that Node's parser refused; answers the decision id to show. */
  malformed(detail: string): string;
  /** Hears of each connection before anything is read from it, and may close it. */
  readonly connected?: ((socket: Socket) => void) | undefined;
  /** Runs all of these, so that what throws costs one connection. */
  readonly guard: ConnectionGuard;
}

/** Listens to everything that a server calls for a connection: nothing that a client sends, and nothing that fails here, costs more than its own. */
export function hearConnections(
  server: Server,
  handlers: ListenerHandlers,
  running: Pick<RunningRequests, 'begin'>,
  lastAnswers: Pick<LastAnswers, 'admit' | 'forget'>,
  leastRateBytes: () => number,
): void {
  const { guard } = handlers;
  const turns = createExchangeTurns(guard);

  function serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    turns.take(response, () => {
      if (!lastAnswers.admit(request, response)) return undefined;
      running.begin(response);
      watchBody(request, { leastRateBytes, guard });
      return handlers.request(request, response, expectsContinue);
    });
  }

  function refuse(socket: Duplex, error: NodeJS.ErrnoException): void {
    answerClientError(error, socket, handlers.malformed);
  }

  server.on('connection', (socket: Socket) => guard.run(socket, 'connection', () => handlers.connected?.(socket)));
  server.on('request', (request: IncomingMessage, response: ServerResponse) => serve(request, response, false));
  // Without this, Node would answer `100 Continue` before anybody decided.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => serve(request, response, true));
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) =>
    turns.take(response, () => response.writeHead(417, { 'Content-Length': '0', Connection: 'close' }).end()),
  );
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Nobody else listens any more, and an error that nobody hears ends the process.
    socket.on('error', ignore);
    lastAnswers.forget(socket);
    guard.run(socket, 'upgrade', () => {
      if (!turns.isOpen(socket)) return handlers.upgrade(request, socket, head);
      return turns.close(socket, () => refuse(socket, upgradeTooEarly));
    });
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', ignore);
    guard.run(socket, 'connect', () => turns.close(socket, () => socket.destroy()));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) =>
    guard.run(socket, 'unreadable', () => {
      if (!isOfParser(error) || turns.isReadingOnlyRequest(socket)) refuse(socket, error);
      else turns.close(socket, () => refuse(socket, error));
    }),
  );
  server.on('tlsClientError', (_error: Error, socket: Duplex) => socket.destroy());
}

/**
 * A client waits for the answer before it asks for an upgrade on the same connection: what it sends behind one that is
 * open is not HTTP any more, and two programs may differ about where it begins.
 */
const upgradeTooEarly: NodeJS.ErrnoException = Object.assign(
  new Error('An upgrade came before the answer to an earlier request on its connection was over.'),
  { code: 'upgrade behind an open answer' },
);

/** Of the bytes that came; any other error is of the connection itself, and nobody is there to be answered. */
function isOfParser({ code = '' }: NodeJS.ErrnoException): boolean {
  return code.startsWith('HPE_') || code === 'ERR_HTTP_REQUEST_TIMEOUT';
}

function ignore(): void {}

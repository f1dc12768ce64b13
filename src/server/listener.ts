import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Limits, ListenAddress, TlsSettings } from '../config/snapshot.ts';
import { Fault } from '../decision/fault.ts';
import { createServer as createHttpServer } from '../http/node-http.ts';
import { hearConnections, type ListenerHandlers } from './hear-connections.ts';
import type { InheritedSocket } from './inherited-sockets.ts';
import { createLastAnswers } from './last-answers.ts';
import { createRunningRequests, type RunningRequests } from './running-requests.ts';
import { createTicketKeys, type TicketKeys, ticketSecretBytes } from './ticket-keys.ts';
import { createTlsMaterial } from './tls-material.ts';

/** A bound server. */
export interface Listener {
  readonly server: Server;
  readonly port: number;
  /** Takes up other certificates and limits, for connections that begin from now on. Throws when TLS cannot use them; then nothing changed. */
  retune(tls: TlsSettings | undefined, limits: Limits): void;
  /** Takes no new connections, and closes each of the others behind its next answer; resolves when none is left. */
  stopAccepting(): Promise<void>;
  /** Closes the connections that wait for a request. */
  closeIdle(): void;
  /** Closes what is left, in the middle of whatever it does. */
  cut(): void;
}

/** What a listener is opened with, and whom it serves. */
export interface ListenerParts {
  readonly limits: Limits;
  readonly handlers: ListenerHandlers;
  /** Absent: without TLS (the demo, the admin listener, a redirect). */
  readonly tls?: TlsSettings | undefined;
  /** Default: keys of its own. */
  readonly ticketKeys?: TicketKeys | undefined;
  /** Hears of each request, for a drain. */
  readonly running?: Pick<RunningRequests, 'begin'> | undefined;
  /** The socket to listen on in the place of a new one. */
  readonly inherited?: InheritedSocket | undefined;
}

/** Opens a listener. Rejects with `Fault('config_invalid')` when the port is taken. */
export async function openListener(address: ListenAddress, parts: ListenerParts): Promise<Listener> {
  const { limits, handlers, tls, running = createRunningRequests(), inherited } = parts;
  const ticketKeys = parts.ticketKeys ?? createTicketKeys(randomBytes(ticketSecretBytes));
  const http = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headerTimeoutMs,
    // A body may take as long as it flows (watch-body.ts).
    requestTimeout: 0,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 5_000,
    insecureHTTPParser: false,
    requireHostHeader: false,
    noDelay: true,
    // Any other protocol that a client offers (h2c) is not taken up: its request is an ordinary one (RFC 9110 section 7.8).
    shouldUpgradeCallback: (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket',
  };
  const material = tls === undefined ? undefined : createTlsMaterial(tls, ticketKeys);
  const server = material === undefined ? createHttpServer(http) : createHttpsServer({ ...http, ...material.options });
  const lastAnswers = createLastAnswers(server, material !== undefined);
  let { bodyRateBytes } = limits;
  hearConnections(server, handlers, running, lastAnswers, () => bodyRateBytes);
  if (material !== undefined && server instanceof TlsServer) {
    server.once(
      'close',
      ticketKeys.onRenewed(() => server.setTicketKeys(material.ticketKeys())),
    );
  }
  const sockets = trackSockets(server);
  await listen(server, address, inherited);
  return {
    server,
    port: boundPort(server, address.port),
    retune(nextTls, nextLimits) {
      if (material !== undefined && nextTls !== undefined && server instanceof TlsServer)
        material.renew(server, nextTls);
      server.headersTimeout = nextLimits.headerTimeoutMs;
      bodyRateBytes = nextLimits.bodyRateBytes;
    },
    stopAccepting() {
      lastAnswers.begin();
      return stopAccepting(server);
    },
    closeIdle: lastAnswers.closeIdle,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Node's own list lacks connections that have not sent a request yet: one of them could hold a server open for ever. */
function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return sockets;
}

function listen(server: Server, address: ListenAddress, inherited: InheritedSocket | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new Fault(
          'config_invalid',
          cause.code === 'EADDRINUSE'
            ? `Port ${address.port} on ${address.host} is taken by another program. Stop it, or set another address.`
            : `Postern could not listen on ${address.host}:${address.port} (${cause.code}).`,
          { cause },
        ),
      ),
    );
    if (inherited === undefined) server.listen(address.port, address.host, resolve);
    else server.listen({ fd: inherited.fd }, resolve);
  });
}

function boundPort(server: Server, fallback: number): number {
  const bound: string | AddressInfo | null = server.address();
  return bound === null || typeof bound === 'string' ? fallback : bound.port;
}

function stopAccepting(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Node's own close of an HTTP server would also close the connections that wait for a request, busy ones in between two.
    NetServer.prototype.close.call(server, () => {
      // Now it has none; this ends its timer.
      server.close();
      resolve();
    });
  });
}

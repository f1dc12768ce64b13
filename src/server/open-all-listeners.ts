import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ListenAddress, Snapshot } from '../config/snapshot.ts';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import type { ListenerHandlers } from './hear-connections.ts';
import { findInherited, type InheritedSocket } from './inherited-sockets.ts';
import { type Listener, openListener } from './listener.ts';
import { isLocalPeer } from './plain-http-guard.ts';
import type { RunningRequests } from './running-requests.ts';
import type { TicketKeys } from './ticket-keys.ts';

interface OriginFacts {
  readonly scheme: 'https' | 'http';
  readonly publicPort: number;
}

/** Whom the listeners serve. */
export interface PublicHandlers {
  request(
    listener: OriginFacts,
    request: IncomingMessage,
    response: ServerResponse,
    options: { expectsContinue: boolean },
  ): Promise<void>;
  upgrade(listener: OriginFacts, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  malformed(detail: string): string;
  readonly guard: ConnectionGuard;
  /** Hears of each connection before anything is read from it, and may close it. */
  readonly connected?: ListenerHandlers['connected'];
  /** The configuration as of now. */
  readonly snapshot: () => Snapshot;
  /** Hears of each request, for a drain. */
  readonly running: Pick<RunningRequests, 'begin'>;
  /** Default: keys of its own for each listener. */
  readonly ticketKeys?: TicketKeys | undefined;
  /** Sockets that are open already; a listener whose address is among them uses that one. */
  readonly inherited: readonly InheritedSocket[];
  /** Hears of each listener as soon as it is bound. */
  onOpened?(listener: Listener): void;
}

export interface OpenListeners {
  readonly all: readonly Listener[];
  /** The port of the first TLS listener as people type it; `undefined` when there is none. */
  readonly tlsPort: number | undefined;
  readonly plainPort: number | undefined;
}

/** Opens every public listener of a configuration; when one fails, those already open are closed again. */
export async function openAllListeners(
  plainHttp: ListenAddress | undefined,
  handlers: PublicHandlers,
): Promise<OpenListeners> {
  const opened: Listener[] = [];
  const add = (listener: Listener) => {
    handlers.onOpened?.(listener);
    opened.push(listener);
  };
  const { server } = handlers.snapshot();
  try {
    const tlsPorts: number[] = [];
    for (const settings of server.listeners) {
      const facts = { scheme: 'https' as const, publicPort: settings.publicPort };
      const listener = await openListener(settings, {
        limits: server.limits,
        handlers: handlersFor(() => facts, handlers),
        tls: server.tls,
        ticketKeys: handlers.ticketKeys,
        running: handlers.running,
        inherited: findInherited(handlers.inherited, settings),
      });
      // Port 0 asks the system for one; then people type what was given.
      if (settings.publicPort === 0) facts.publicPort = listener.port;
      tlsPorts.push(facts.publicPort);
      add(listener);
    }
    const [tlsPort] = tlsPorts;
    if (server.redirectHttp !== undefined && tlsPort !== undefined) {
      add(await openRedirect(server.redirectHttp, handlers, tlsPort));
    }
    const plain = plainHttp === undefined ? undefined : await openPlain(plainHttp, handlers);
    if (plain !== undefined) add(plain);
    return { all: opened, tlsPort, plainPort: plain?.port };
  } catch (thrown) {
    for (const listener of opened) {
      void listener.stopAccepting();
      listener.cut();
    }
    throw thrown;
  }
}

function handlersFor(facts: () => OriginFacts, handlers: PublicHandlers) {
  return {
    request: (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) =>
      handlers.request(facts(), request, response, { expectsContinue }),
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      handlers.upgrade(facts(), request, socket, head),
    malformed: handlers.malformed,
    guard: handlers.guard,
    connected: handlers.connected,
  };
}

async function openPlain(address: ListenAddress, handlers: PublicHandlers): Promise<Listener> {
  const facts = { scheme: 'http' as const, publicPort: address.port };
  const inner = handlersFor(() => facts, handlers);
  const local: ListenerHandlers = {
    ...inner,
    request(request, response, expectsContinue) {
      if (isLocalPeer(request)) return inner.request(request, response, expectsContinue);
      return request.socket.destroy();
    },
    upgrade(request, socket, head) {
      if (isLocalPeer(request)) return inner.upgrade(request, socket, head);
      return socket.destroy();
    },
  };
  const { limits } = handlers.snapshot().server;
  const listener = await openListener(address, { limits, handlers: local, running: handlers.running });
  facts.publicPort = listener.port;
  return listener;
}

function openRedirect(
  address: ListenAddress,
  { snapshot, guard, connected, inherited }: Pick<PublicHandlers, 'snapshot' | 'guard' | 'connected' | 'inherited'>,
  tlsPort: number,
): Promise<Listener> {
  const isServed = (host: string) => host === snapshot().server.authHost || snapshot().routeTable.hasHost(host);
  return openListener(address, {
    limits: snapshot().server.limits,
    handlers: {
      request: (request, response) => redirectToHttps(request, response, tlsPort, isServed),
      upgrade: (_request, socket) => socket.destroy(),
      malformed: () => '',
      guard,
      connected,
    },
    inherited: findInherited(inherited, address),
  });
}

const plainHost = /^[a-z0-9.-]+$/i;

/**
 * The plain listener's whole job: 308 to the same URL over https, so that a form keeps its method. Only for hosts that
 * are served; anything else is a 404, so that it cannot be used to send people elsewhere.
 */
function redirectToHttps(
  request: IncomingMessage,
  response: ServerResponse,
  publicPort: number,
  isServed: (host: string) => boolean,
): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
  const path = request.url ?? '/';
  if (!plainHost.test(host) || !path.startsWith('/') || !isServed(host)) {
    response.writeHead(404, { 'Cache-Control': 'no-store', Connection: 'close' }).end();
    return;
  }
  const port = publicPort === 443 ? '' : `:${publicPort}`;
  response.writeHead(308, { Location: `https://${host}${port}${path}`, 'Cache-Control': 'no-store' }).end();
}

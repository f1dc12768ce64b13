import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Snapshot } from '../config/snapshot.ts';
import type { ConnectionGuard } from '../http/connection-guard.ts';
import type { ExchangeTurns } from './exchange-turns.ts';
import { isLocalPeer } from './plain-http-guard.ts';

interface OriginFacts {
  readonly scheme: 'https' | 'http';
  readonly publicPort: number;
}

/** What guards the requests of somebody else's server. */
export interface ApplicationGuard {
  readonly gateway: {
    handleRequest(
      listener: OriginFacts,
      request: IncomingMessage,
      response: ServerResponse,
      options: { readonly next: () => void },
    ): Promise<void>;
    handleUpgrade(
      listener: OriginFacts,
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      next: () => void,
    ): Promise<void>;
  };
  /** What breaks costs one connection, also where it is the application's own. */
  readonly connections: ConnectionGuard;
  /** One request at a time on each connection. */
  readonly turns: ExchangeTurns;
  readonly snapshot: () => Snapshot;
  readonly isPlainHttpAllowed: boolean;
  /** The servers whose upgrades are guarded. */
  readonly attached: WeakSet<object>;
}

/**
 * The facts of the connection that a request came over; `undefined` when it may not be served: plain HTTP is for
 * loopback, and only where the application asked for it (security-rules.md 22).
 */
export function listenerOf(request: IncomingMessage, guard: ApplicationGuard): OriginFacts | undefined {
  const { socket } = request;
  const scheme = socket instanceof TLSSocket ? 'https' : 'http';
  if (scheme === 'http' && !(guard.isPlainHttpAllowed && isLocalPeer(request))) return undefined;
  return { scheme, publicPort: guard.snapshot().server.listeners[0]?.publicPort ?? socket.localPort ?? 0 };
}

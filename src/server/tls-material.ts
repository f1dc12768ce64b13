import type { Server, TlsOptions } from 'node:tls';
import type { TlsSettings } from '../config/snapshot.ts';
import type { TicketKeys } from './ticket-keys.ts';
import { tlsOptions } from './tls-options.ts';

/** The certificates of a listener, which may be renewed while it listens. */
export interface TlsMaterial {
  /** For creating the server. */
  readonly options: TlsOptions;
  /**
   * Shows other certificates from the next handshake on. Tickets of before are worth nothing once `client_ca` is another
   * (security-rules.md 11). Throws when TLS cannot use them; what was shown before stays then.
   */
  renew(server: Pick<Server, 'setSecureContext'>, next: TlsSettings): void;
  /** The keys of tickets for what is shown now. */
  ticketKeys(): Buffer;
}

/** Prepares the TLS of a listener. */
export function createTlsMaterial(first: TlsSettings, keys: Pick<TicketKeys, 'keysFor'>): TlsMaterial {
  let settings = first;
  let current = tlsOptions(first);
  return {
    options: {
      ...current,
      ticketKeys: keys.keysFor(first.clientCa),
      SNICallback: (serverName, done) => current.SNICallback?.(serverName, done),
    },
    renew(server, next) {
      const prepared = tlsOptions(next);
      server.setSecureContext({ ...prepared, ticketKeys: keys.keysFor(next.clientCa) });
      settings = next;
      current = prepared;
    },
    ticketKeys: () => keys.keysFor(settings.clientCa),
  };
}

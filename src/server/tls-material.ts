import { randomBytes } from 'node:crypto';
import type { Server, TlsOptions } from 'node:tls';
import type { TlsSettings } from '../config/snapshot.ts';
import { tlsOptions } from './tls-options.ts';

/** The certificates of a listener, which may be renewed while it listens. */
export interface TlsMaterial {
  /** For creating the server. */
  readonly options: TlsOptions;
  /**
   * Shows other certificates from the next handshake on. Tickets of before are worth nothing once `client_ca` is another
   * (SECURITY.md 11). Throws when TLS cannot use them; what was shown before stays then.
   */
  renew(server: Pick<Server, 'setSecureContext'>, next: TlsSettings): void;
}

const ticketKeyBytes = 48;

/** Prepares the TLS of a listener. */
export function createTlsMaterial(first: TlsSettings): TlsMaterial {
  let settings = first;
  let current = tlsOptions(first);
  let ticketKeys = randomBytes(ticketKeyBytes);
  return {
    options: {
      ...current,
      ticketKeys,
      SNICallback: (serverName, done) => current.SNICallback?.(serverName, done),
    },
    renew(server, next) {
      const prepared = tlsOptions(next);
      const nextKeys = next.clientCa === settings.clientCa ? ticketKeys : randomBytes(ticketKeyBytes);
      server.setSecureContext({ ...prepared, ticketKeys: nextKeys });
      settings = next;
      current = prepared;
      ticketKeys = nextKeys;
    },
  };
}

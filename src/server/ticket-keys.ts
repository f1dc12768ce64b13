import { hkdfSync } from 'node:crypto';

/** The keys of TLS session tickets, the same in every process that is given the same secret. */
export interface TicketKeys {
  /**
   * 48 bytes for a listener. Another `client_ca` has another key: no session that it let in can be resumed under the next
   * one (security-rules.md 11).
   */
  keysFor(clientCa: string | undefined): Buffer;
  /** Forgets the secret of before: its tickets are worth nothing from now on. */
  renew(secret: Buffer): void;
  onRenewed(listener: () => void): () => void;
}

const keyBytes = 48;

/** How often the secret changes by time: what was recorded on the wire cannot be opened with a key that is gone. */
export const ticketSecretLifeMs = 6 * 3_600_000;

/** How many random bytes make a secret. */
export const ticketSecretBytes = 32;

/** @param first random; see {@link ticketSecretBytes} */
export function createTicketKeys(first: Buffer): TicketKeys {
  let secret = first;
  const listeners = new Set<() => void>();
  return {
    keysFor: (clientCa) => Buffer.from(hkdfSync('sha256', secret, clientCa ?? '', 'postern session tickets', keyBytes)),
    renew(next) {
      secret = next;
      for (const listener of listeners) listener();
    },
    onRenewed(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

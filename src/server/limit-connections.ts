import type { Socket } from 'node:net';
import { limitKeyOf } from '../http/limit-attempts.ts';

export interface ConnectionLimit {
  /** How many one address may have open, as of now. */
  readonly most: () => number;
  /** True for an address that speaks for many. */
  readonly isExempt: (address: string) => boolean;
  /** Hears of each connection that was one too many. */
  readonly onLimited: () => void;
}

/**
 * Closes what one address opens beyond its limit, before a byte of it is read. One for all listeners of a process; an
 * IPv6 address counts as its /64, all of which one client can use.
 */
export function createConnectionLimit({ most, isExempt, onLimited }: ConnectionLimit): (socket: Socket) => void {
  const open = new Map<string, number>();
  return (socket) => {
    const address = socket.remoteAddress;
    if (address === undefined || isExempt(address)) return;
    const key = limitKeyOf(address);
    const count = (open.get(key) ?? 0) + 1;
    if (count > most()) {
      onLimited();
      socket.destroy();
      return;
    }
    open.set(key, count);
    socket.on('close', () => {
      const left = (open.get(key) ?? 1) - 1;
      if (left === 0) open.delete(key);
      else open.set(key, left);
    });
  };
}

import { isIP } from 'node:net';
import type { ListenAddress } from '../config/snapshot.ts';

/**
 * Whether a Host header names this listener (security-rules.md 23). A page on the internet can point a name of its own at
 * 127.0.0.1 and so reach a listener there; its Host then still carries that name, and is refused.
 * @param listen the address as configured, with the port that was bound.
 */
export function isAdminHost(host: string | undefined, listen: ListenAddress): boolean {
  const parsed = host === undefined ? undefined : /^(\[[0-9a-f:.]+\]|[^:[\]/@]+)(?::(\d{1,5}))?$/i.exec(host);
  const name = parsed?.[1]?.toLowerCase().replace(/^\[|\]$/g, '');
  if (name === undefined) return false;
  // On every interface, also behind a container's port mapping, address and port are not known beforehand; a name is what rebinding needs.
  if (isWildcard(listen.host)) return isIP(name) !== 0 || name === 'localhost';
  if (Number(parsed?.[2] ?? 80) !== listen.port) return false;
  return name === listen.host.toLowerCase() || (isLoopback(listen.host) && (name === 'localhost' || isLoopback(name)));
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

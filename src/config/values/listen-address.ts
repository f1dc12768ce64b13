import { isIP } from 'node:net';
import type { ListenAddress } from '../snapshot.ts';
import { accept, type Parsed, refuse } from './parsed.ts';

const shape = /^(?:\[([0-9a-f:.%]+)\]|([^[\]:]+)):(\d{1,5})$/i;

/** Reads `0.0.0.0:8443` or `[::]:8443`. Port 0 lets the system choose. */
export function parseListenAddress(text: string): Parsed<ListenAddress> {
  const match = shape.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (match === null || host === undefined) {
    return refuse(
      'P014',
      'is not an address to listen on',
      'write HOST:PORT, for example 127.0.0.1:9443 or "[::]:8443"',
    );
  }
  const isAddress = match[1] === undefined ? isIP(host) === 4 || host === 'localhost' : isIP(host) === 6;
  if (!isAddress) {
    return refuse('P014', 'does not begin with an IP address', 'write an address of this machine, or 0.0.0.0 for all');
  }
  if (port > 65_535) return refuse('P014', 'has no valid port', 'ports go from 1 to 65535');
  return accept({ host, port });
}

/** True when only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

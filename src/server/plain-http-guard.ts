import type { IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';
import type { Snapshot } from '../config/snapshot.ts';
import { Fault } from '../decision/fault.ts';

const loopback = loopbackNetworks();

/** True for an address of this machine's loopback, IPv4-mapped ones included. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return loopback.check(plain, plain.includes(':') ? 'ipv6' : 'ipv4');
}

/**
 * Plain HTTP is for trying things out on one computer (security-rules.md 22). Refuses to serve it unless it binds to
 * loopback and every host is under `localhost`, which browsers treat as a secure context.
 */
export function assertPlainHttpIsLocal(bindHost: string, snapshot: Snapshot): void {
  if (!isLoopback(bindHost))
    throw new Fault('config_invalid', `Plain HTTP may only listen on loopback, not on ${bindHost}.`);
  assertHostsAreLocal(snapshot);
}

/** The part of that rule which a middleware can check before anybody listens. */
export function assertHostsAreLocal(snapshot: Snapshot): void {
  const hosts = [snapshot.server.authHost, ...snapshot.routes.map((route) => route.host)];
  const outside = hosts.find((host) => host !== 'localhost' && !host.endsWith('.localhost'));
  if (outside !== undefined) {
    throw new Fault('config_invalid', `Plain HTTP only serves hosts under localhost; ${outside} is not. Use https.`);
  }
}

/** Whoever connects must be on this machine. */
export function isLocalPeer(request: IncomingMessage): boolean {
  return isLoopback(request.socket.remoteAddress);
}

function loopbackNetworks(): BlockList {
  const list = new BlockList();
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addAddress('::1', 'ipv6');
  return list;
}

import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';

/** Whose `X-Forwarded-For` is believed. */
export interface TrustedProxies {
  readonly names: readonly string[];
  contains(address: string): boolean;
}

export type ClientAddressResult =
  | { readonly outcome: 'known'; readonly address: string }
  | { readonly outcome: 'refused'; readonly detail: string };

/**
 * Finds the client's address (security-rules.md 21): the peer, or, where the peer is a trusted proxy, the first address that
 * is not one, walking `X-Forwarded-For` from the right. What stands further left was written by the client and is not
 * read. No other forwarded header is believed from anybody.
 * @param peer `socket.remoteAddress`; `undefined` when the client has gone.
 */
export function findClientAddress(
  peer: string | undefined,
  rawHeaders: readonly string[],
  trustedProxies: TrustedProxies,
): ClientAddressResult {
  if (peer === undefined) return { outcome: 'refused', detail: 'The client has left.' };
  const peerAddress = canonicalPeer(peer);
  if (peerAddress === undefined) return { outcome: 'refused', detail: 'The peer has no IP address.' };
  if (trustedProxies.names.length === 0 || !trustedProxies.contains(peerAddress)) {
    return { outcome: 'known', address: peerAddress };
  }
  return walk(peerAddress, joinForwardedFor(rawHeaders), trustedProxies);
}

function joinForwardedFor(rawHeaders: readonly string[]): string | undefined {
  let joined: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length !== 15 || name.toLowerCase() !== 'x-forwarded-for') continue;
    const value = rawHeaders[index + 1] ?? '';
    joined = joined === undefined ? value : `${joined},${value}`;
  }
  return joined;
}

function walk(peer: string, forwardedFor: string | undefined, trustedProxies: TrustedProxies): ClientAddressResult {
  let address = peer;
  let end = forwardedFor?.length ?? 0;
  while (forwardedFor !== undefined && end >= 0) {
    const comma = end === 0 ? -1 : forwardedFor.lastIndexOf(',', end - 1);
    const next = canonicalAddress(withoutPort(forwardedFor.slice(comma + 1, end).trim()));
    if (next === undefined)
      return { outcome: 'refused', detail: 'X-Forwarded-For names something that is no address.' };
    address = next;
    if (!trustedProxies.contains(next) || comma === -1) break;
    end = comma;
  }
  return { outcome: 'known', address };
}

/** Some proxies append the port: `192.0.2.1:5000`, `[2001:db8::1]:5000`. */
function withoutPort(text: string): string {
  const match = /^(?:\[([0-9a-f:.]{2,45})\]|(\d{1,3}(?:\.\d{1,3}){3}))(?::\d{1,5})?$/i.exec(text);
  return match?.[1] ?? match?.[2] ?? text;
}

/** The few peers of a machine behind a balancer come again and again; reading an address costs more than looking it up. */
const knownPeers = new LRUCache<string, string>({ max: 1024 });

function canonicalPeer(peer: string): string | undefined {
  const known = knownPeers.get(peer);
  if (known !== undefined) return known;
  const address = canonicalAddress(peer);
  if (address !== undefined) knownPeers.set(peer, address);
  return address;
}

/** One spelling per address: IPv4-mapped addresses are unmapped, zones dropped, IPv6 short and in lower case. */
function canonicalAddress(text: string): string | undefined {
  const version = isIP(text);
  if (version === 4) return text;
  if (version !== 6) return undefined;
  const zone = text.indexOf('%');
  const address = ipaddr.IPv6.parse(zone === -1 ? text : text.slice(0, zone));
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toString();
}

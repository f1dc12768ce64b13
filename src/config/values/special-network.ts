import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Network } from './network.ts';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A range that upstreams are not in unless a segment names it. */
export interface SpecialNetwork {
  /** Completes "it is …". */
  readonly meaning: string;
  readonly network: Network;
}

function special(meaning: string, cidrs: readonly string[]): readonly SpecialNetwork[] {
  return cidrs.map((cidr) => ({ meaning, network: ipaddr.parseCIDR(cidr) }));
}

/**
 * What no upstream is reached at by accident: a name that resolves there is an attack on the machine or on its cloud
 * account more often than an app. Narrower ranges stand beside the wider ones that hold them, so that opening
 * 169.254.0.0/16 does not open the metadata service in it.
 */
export const specialNetworks: readonly SpecialNetwork[] = [
  ...special('an unspecified address', ['0.0.0.0/8', '::/128']),
  ...special('a link-local address', ['169.254.0.0/16', 'fe80::/10']),
  ...special('a metadata address of a cloud', [
    '169.254.169.254/32',
    '169.254.170.2/32',
    '169.254.170.23/32',
    'fd00:ec2::/32',
    'fd20:ce::254/128',
    '100.100.100.200/32',
    '168.63.129.16/32',
    '192.0.0.192/32',
  ]),
  ...special('a multicast address', ['224.0.0.0/4', 'ff00::/8']),
  ...special('a broadcast address', ['255.255.255.255/32']),
];

/** True when the address lies in the network; families do not mix. */
export function isIn(address: Address, [base, bits]: Network): boolean {
  if (address instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && address.match(base, bits);
  return base instanceof ipaddr.IPv6 && address.match(base, bits);
}

/** True when the whole of one network lies in another. */
export function liesWithin([base, bits]: Network, outer: Network): boolean {
  return bits >= outer[1] && isIn(base, outer);
}

/**
 * Reads the text of an address as the system would dial it: without its zone, an IPv4-mapped one as IPv4. `undefined`
 * for what is no whole address.
 */
export function readAddress(text: string): Address | undefined {
  const zoneAt = text.indexOf('%');
  const unscoped = zoneAt < 0 ? text : text.slice(0, zoneAt);
  // Tells the usual case without the errors that ipaddr.js makes inside: ten thousand upstreams are read in one go.
  if (isIPv4(unscoped)) return ipaddr.IPv4.parse(unscoped);
  if (!ipaddr.IPv6.isValid(unscoped)) return undefined;
  // ipaddr.js takes `::10.0.0.5` for the mapped form; the system dials the IPv6 address ::a00:5.
  const tail = unscoped.startsWith('::') ? unscoped.slice(2) : '';
  if (isIPv4(tail)) {
    return new ipaddr.IPv6([...new Array<number>(12).fill(0), ...ipaddr.IPv4.parse(tail).toByteArray()]);
  }
  return ipaddr.process(unscoped);
}

/** IPv6 ranges that hold an IPv4 address, and at which byte: a translator or a tunnel on the way may carry on to it. */
const carriers = [
  { network: ipaddr.parseCIDR('64:ff9b::/96'), at: 12 },
  { network: ipaddr.parseCIDR('64:ff9b:1::/48'), at: 12 },
  { network: ipaddr.parseCIDR('::ffff:0:0:0/96'), at: 12 },
  { network: ipaddr.parseCIDR('::/96'), at: 12 },
  { network: ipaddr.parseCIDR('2002::/16'), at: 2 },
] as const;

/** The IPv4 address inside an IPv6 address: NAT64 (RFC 6052, RFC 8215), translated and compatible forms, 6to4. */
export function carriedAddress(address: Address): ipaddr.IPv4 | undefined {
  if (address instanceof ipaddr.IPv4 || address.range() === 'loopback') return undefined;
  const carrier = carriers.find(({ network }) => isIn(address, network));
  return carrier === undefined ? undefined : new ipaddr.IPv4(address.toByteArray().slice(carrier.at, carrier.at + 4));
}

/** `10.20.0.0/16` */
export function networkText([base, bits]: Network): string {
  return `${base.toString()}/${bits}`;
}

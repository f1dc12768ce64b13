import ipaddr from 'ipaddr.js';
import { accept, type Parsed, refuse } from './parsed.ts';

/** A CIDR: an address and the number of its bits that count. */
export type Network = readonly [address: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

const example = 'write it like 203.0.113.0/24';

/**
 * Reads a CIDR or a single address. IPv4-mapped networks become IPv4, as client addresses do (security-rules.md 21).
 * Host bits must be zero: `10.1.2.3/8` is more likely a mistake than a wish for all of 10.
 */
export function parseNetwork(text: string): Parsed<Network> {
  const [addressText = '', bitsText, ...rest] = text.split('/');
  if (
    rest.length > 0 ||
    !(ipaddr.IPv4.isValidFourPartDecimal(addressText) || ipaddr.IPv6.isValid(addressText)) ||
    addressText.includes('%')
  ) {
    return refuse('P016', 'is not a network', example);
  }
  const written = ipaddr.parse(addressText);
  const width = written.kind() === 'ipv4' ? 32 : 128;
  if (bitsText !== undefined && !/^\d{1,3}$/.test(bitsText)) return refuse('P016', 'is not a network', example);
  const bits = bitsText === undefined ? width : Number(bitsText);
  if (bits > width) return refuse('P016', 'has too many bits', `the most here is /${width}`);
  const base = networkAddress(written, bits);
  if (base !== written.toString())
    return refuse('P016', 'is an address inside a network', `write ${base}/${bits}, or the address alone`);
  if (written instanceof ipaddr.IPv6 && written.isIPv4MappedAddress() && bits >= 96) {
    return accept([written.toIPv4Address(), bits - 96]);
  }
  return accept([written, bits]);
}

function networkAddress(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return ipaddr.fromByteArray(bytes).toString();
}

import { setImmediate as breathe } from 'node:timers/promises';
import ipaddr from 'ipaddr.js';
import { type Network, parseNetwork } from '../../config/values/network.ts';

/** Addresses and networks of one file. */
export interface BlockList {
  readonly size: number;
  contains(address: string): boolean;
}

/** Lines that are read before requests have their turn: about two milliseconds. */
const batch = 1000;
const mostLines = 2_000_000;

/**
 * Reads a list: an address or a network a line; blank lines and what follows `#` or `;` do not count. Throws an Error that
 * names the line: a list that is read in part would let the rest pass.
 */
export async function parseBlockList(text: string): Promise<BlockList> {
  const four: (readonly [first: number, last: number])[] = [];
  const six: (readonly [first: string, last: string])[] = [];
  const lines = text.split('\n');
  if (lines.length > mostLines) throw new Error(`it has more than ${mostLines} lines`);
  for (const [index, line] of lines.entries()) {
    if (index % batch === batch - 1) await breathe();
    const entry = line.replace(/[#;].*/, '').trim();
    if (entry === '') continue;
    const parsed = parseNetwork(entry);
    if (!parsed.ok)
      throw new Error(`line ${index + 1} ${parsed.says}${parsed.help === undefined ? '' : `: ${parsed.help}`}`);
    const [address, bits] = parsed.value;
    if (address instanceof ipaddr.IPv4) four.push(rangeOfFour(address, bits));
    else six.push(rangeOfSix(address, bits));
  }
  const isInFour = createSearch(four);
  const isInSix = createSearch(six);
  return {
    size: four.length + six.length,
    contains(text) {
      const address = readAddress(text);
      if (address === undefined) return false;
      return address instanceof ipaddr.IPv4 ? isInFour(numberOf(address)) : isInSix(hexOf(address));
    },
  };
}

/** Sorted and joined where they meet, so that one binary search answers. */
function createSearch<Key extends number | string>(
  ranges: (readonly [first: Key, last: Key])[],
): (key: Key) => boolean {
  const sorted = ranges.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  const firsts: Key[] = [];
  const lasts: Key[] = [];
  for (const [first, last] of sorted) {
    const before = lasts.at(-1);
    if (before === undefined || first > before) {
      firsts.push(first);
      lasts.push(last);
    } else if (last > before) lasts[lasts.length - 1] = last;
  }
  return (key) => {
    let low = 0;
    let high = firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = firsts[middle];
      if (first !== undefined && first <= key) low = middle + 1;
      else high = middle;
    }
    const last = lasts[low - 1];
    return last !== undefined && key <= last;
  };
}

function readAddress(text: string): Network[0] | undefined {
  const unscoped = text.includes('%') ? text.slice(0, text.indexOf('%')) : text;
  if (!ipaddr.IPv4.isValidFourPartDecimal(unscoped) && !ipaddr.IPv6.isValid(unscoped)) return undefined;
  return ipaddr.process(unscoped);
}

function numberOf(address: ipaddr.IPv4): number {
  return address.octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

function rangeOfFour(address: ipaddr.IPv4, bits: number): readonly [number, number] {
  const first = numberOf(address);
  return [first, first + 2 ** (32 - bits) - 1];
}

/** 32 hex digits: they compare as the numbers do. */
function hexOf(address: ipaddr.IPv6): string {
  return Buffer.from(address.toByteArray()).toString('hex');
}

function rangeOfSix(address: ipaddr.IPv6, bits: number): readonly [string, string] {
  const last = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return byte | (0xff >> kept);
  });
  return [hexOf(address), Buffer.from(last).toString('hex')];
}

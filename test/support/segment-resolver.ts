import type { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { type Network, parseNetwork } from '../../src/config/values/network.ts';
import type { SegmentNetworks } from '../../src/config/values/upstream-address.ts';
import type { DialGuardPorts } from '../../src/upstream/dial-guard.ts';

export interface FakeResolver {
  readonly lookup: NonNullable<DialGuardPorts['lookup']>;
  /** Every name that was asked for. */
  readonly asked: string[];
}

/** A resolver under an attacker's hand: the first question gets the first list of addresses, the last list stays. */
export function resolverThat(...answers: readonly (readonly string[])[]): FakeResolver {
  const asked: string[] = [];
  const lookup = (name: string, options: object, callback: (...result: unknown[]) => void) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(name);
    const found = addresses.map((address) => ({ address, family: isIP(address) }));
    process.nextTick(() => callback(null, found, options));
  };
  return { lookup: lookup as typeof systemLookup, asked };
}

/** A resolver that knows these names; what they resolve to may be changed. */
export function resolverOf(names: Readonly<Record<string, readonly string[]>>): FakeResolver['lookup'] {
  const lookup = (name: string, options: object, callback: (...result: unknown[]) => void) => {
    const found = (names[name] ?? []).map((address) => ({ address, family: isIP(address) }));
    process.nextTick(() => callback(null, found, options));
  };
  return lookup as typeof systemLookup;
}

export function segmentOf(...cidrs: readonly string[]): SegmentNetworks {
  const networks = cidrs.map((cidr): Network => {
    const parsed = parseNetwork(cidr);
    if (!parsed.ok) throw new Error(`${cidr} ${parsed.says}`);
    return parsed.value;
  });
  return { name: 'finance', networks };
}

export const upgradeHeaders = [
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
];

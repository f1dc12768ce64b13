import type { Network } from './network.ts';
import { type Address, carriedAddress, isIn, liesWithin, readAddress, specialNetworks } from './special-network.ts';

/** Where the routes of a segment may connect to. */
export interface SegmentNetworks {
  /** The segment's name. */
  readonly name: string;
  /** Nowhere else; `undefined`: the segment says nothing about addresses. Never empty. */
  readonly networks: readonly Network[] | undefined;
}

/** Why an address may not be dialled. */
export interface AddressRefusal {
  readonly kind: 'outside_segment' | 'special' | 'no_address';
  /** Completes a sentence that begins with the address. */
  readonly says: string;
}

/**
 * Whether a route may connect to an address; `undefined` when it may. Asked of the very address that is dialled and of
 * the one inside it, never of a name. With networks, nothing else is reached; special ranges (link-local, cloud
 * metadata, …) are open only where one of the networks lies wholly in them, so that 0.0.0.0/0 opens none of them.
 */
export function refuseAddress(text: string, segment: SegmentNetworks | undefined): AddressRefusal | undefined {
  const address = readAddress(text);
  if (address === undefined) return { kind: 'no_address', says: 'is not an address' };
  const networks = segment?.networks;
  if (networks !== undefined && !networks.some((network) => isIn(address, network))) {
    return { kind: 'outside_segment', says: `is outside the upstreams of the segment "${segment?.name}"` };
  }
  const meaning = closedMeaning(address, networks ?? []);
  if (meaning !== undefined) return { kind: 'special', says: `is ${meaning}` };
  const carried = carriedAddress(address);
  if (carried === undefined) return undefined;
  const inside = closedMeaning(carried, networks ?? []);
  return inside === undefined ? undefined : { kind: 'special', says: `leads to ${carried.toString()}, ${inside}` };
}

/** What closes an address: the first special range around it that no network was written for. */
function closedMeaning(address: Address, networks: readonly Network[]): string | undefined {
  for (const { meaning, network: range } of specialNetworks) {
    if (!isIn(address, range)) continue;
    const isOpened = networks.some((network) => isIn(address, network) && liesWithin(network, range));
    if (!isOpened) return meaning;
  }
  return undefined;
}

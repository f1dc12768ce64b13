import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import type { NetworkSet } from '../../policy/rule.ts';
import type { Network } from '../values/network.ts';

const rememberedAddresses = 2_000;

/**
 * Compiles networks. Answers are remembered by address text, since the same few clients ask on every request;
 * the memory is bounded. IPv4-mapped addresses count as IPv4; what is no address is in no network.
 */
export function compileNetworkSet(names: readonly string[], networks: readonly Network[]): NetworkSet {
  const ranges = networks.map(([base, bits]) => `${base.toString()}/${bits}`);
  if (networks.length === 0) return { names, ranges, contains: () => false };
  // Its room is taken up at once, so only by a set that somebody asks.
  let remembered: LRUCache<string, boolean> | undefined;
  return {
    names,
    ranges,
    contains: (address) => {
      remembered ??= new LRUCache({ max: rememberedAddresses });
      const known = remembered.get(address);
      if (known !== undefined) return known;
      const answer = isInside(address, networks);
      if (address.length <= 64) remembered.set(address, answer);
      return answer;
    },
  };
}

/** The sets that rules name, each compiled once: thousands of rules share the few that there are. */
export function createNamedNetworks(
  defined: Readonly<Record<string, readonly Network[]>>,
): (names: readonly string[]) => NetworkSet {
  const known = new Map<string, NetworkSet>();
  return (names) => {
    const key = names.join(' ');
    const set =
      known.get(key) ??
      compileNetworkSet(
        names,
        names.flatMap((name) => defined[name] ?? []),
      );
    known.set(key, set);
    return set;
  };
}

function isInside(text: string, networks: readonly Network[]): boolean {
  const unscoped = text.includes('%') ? text.slice(0, text.indexOf('%')) : text;
  if (!ipaddr.IPv4.isValidFourPartDecimal(unscoped) && !ipaddr.IPv6.isValid(unscoped)) return false;
  const address = ipaddr.process(unscoped);
  return networks.some(([base, bits]) => {
    if (address instanceof ipaddr.IPv4) return base instanceof ipaddr.IPv4 && address.match(base, bits);
    return base instanceof ipaddr.IPv6 && address.match(base, bits);
  });
}

import ipaddr from 'ipaddr.js';
import type { Signal } from '../signal.ts';

/** The network of an address: IPv4 /24, IPv6 /48. Text that is no address is a network of its own. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4'
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${parsed.toString()}/24`).toString()}/24`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/48`).toString()}/48`;
}

/**
 * The session is used from a network that it was not proved from.
 *
 * Formula: `weight` while the last request came from an unknown network (IPv4 /24, IPv6 /48), then
 * `weight × 2^-(time since the session was back in a known network ÷ half_life)`; 0 once a proof from there has
 * answered it. The network of a session's first request is known; others become known by a proof.
 */
export const newNetwork: Signal = {
  name: 'new_network',
  read: ({ network }) => {
    const { known, episode } = network;
    if (episode === undefined) return undefined;
    return {
      strength: 1,
      sinceMs: episode.sinceMs,
      endedAtMs: episode.endedAtMs,
      detail: () => `used from network ${episode.what}; known for this session: ${known.join(', ')}`,
    };
  },
};

import ipaddr from 'ipaddr.js';
import { readingOf, type Signal } from '../signal.ts';

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
 * answered it. Known are the person's networks and, where none are known of them, the network of the session's first
 * request; others become known by a proof.
 */
export const newNetwork: Signal = {
  name: 'new_network',
  family: 'place',
  answeredBy: 'step_up',
  read: ({ history }) => {
    const { known, episode } = history.traits.network;
    return readingOf(
      episode,
      (what) => `used from network ${what}; known for this session: ${known.join(', ') || 'none'}`,
    );
  },
};

import type { Condition } from '../condition.ts';
import type { NetworkSet } from '../rule.ts';

/** The client's address is in one of the networks. Where trust comes in beside the person, never in place of one. */
export function networksCondition(networks: NetworkSet): Condition {
  return {
    key: 'networks',
    check: ({ request }) => {
      if (request.address === undefined) return 'unknown';
      return networks.contains(request.address) ? 'hit' : 'miss';
    },
  };
}

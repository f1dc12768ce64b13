import * as z from 'zod';
import type { Condition } from '../condition.ts';
import { isWithin } from '../is-within.ts';
import type { NetworkSet } from '../rule-values.ts';
import { describeGrantCondition } from './condition-descriptor.ts';
import { sampledAs } from './sample-draft.ts';
import { shared } from './share-conditions.ts';

/** The client's address is in one of the networks. Where trust comes in beside the person, never in place of one. */
function networksCondition(networks: NetworkSet): Condition {
  return {
    key: 'networks',
    check: ({ request }) => {
      if (request.address === undefined) return 'unknown';
      return networks.contains(request.address) ? 'hit' : 'miss';
    },
  };
}

/** Nobody knows from where the person will come. A condition that fails is unknown: a grant misses, a denial closes. */
const anywhere: NetworkSet = {
  names: [],
  contains: () => {
    throw new RangeError('The address is not known.');
  },
};

/** `networks`: names of networks, any one of which will do. */
export const networks = describeGrantCondition({
  key: 'networks',
  description: 'Any one of these named networks.',
  schema: ({ name }) => z.array(name).min(1),
  names: 'network',
  compile: (names, { namedNetworks }) => namedNetworks(names),
  conditionOf: shared(networksCondition),
  speaksOf: 'situation',
  isOfPeople: false,
  saysWho: false,
  withoutRequest: () => anywhere,
  isNoWider: (own, wanted) => {
    if (own === wanted) return true;
    if (own?.ranges === undefined || wanted.ranges === undefined) return false;
    return isWithin(new Set(own.ranges), new Set(wanted.ranges));
  },
  comparedAs: 'list',
  demands: ({ names }, before) =>
    before.some((one) => one.names.every((name) => names.includes(name))) ? [] : [networkWords(names)],
  situations: ({ ranges }) => ({ addresses: (ranges ?? []).flatMap((range) => range.split('/')[0] ?? []) }),
  sample: ({ names, ranges }, from) => {
    const address = ranges?.[0]?.split('/')[0] ?? from.address;
    return sampledAs(from, `from ${names.join(' or ')}`, { address });
  },
  factsRead: ({ request }) => [`address ${request.address ?? 'not known'}`],
  obstacle: 'network_not_allowed',
  wanted: (set) => `network ${set?.names.join(', ') ?? ''}`,
  need: (set) => networkWords(set?.names ?? []).trim(),
  lacking: { english: 'One of the networks it opens from', german: 'Eines der zugelassenen Netze' },
});

function networkWords(names: readonly string[]): string {
  return `network ${names.join(' or ')}`;
}

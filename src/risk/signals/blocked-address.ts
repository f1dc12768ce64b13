import { readingOf, type Signal } from '../signal.ts';

/**
 * The address is on one of `block_list_files`. No proof answers it: it says something of the address, not of the person.
 *
 * Formula: `weight` while the last request came from such an address, then halving with each `half_life`.
 */
export const blockedAddress: Signal = {
  name: 'blocked_address',
  family: 'list',
  answeredBy: 'nothing',
  read: ({ history }) => readingOf(history.conditions.blockedAddress, (what) => what),
};

import * as z from 'zod';
import type { Condition } from '../condition.ts';
import { isWithin } from '../is-within.ts';
import { describeGrantCondition } from './condition-descriptor.ts';
import { listed } from './fact-words.ts';
import { mostOfKey, sampledAs } from './sample-draft.ts';
import { shared } from './share-conditions.ts';

/** The request was proved to be one of these services. That it was proved to be none is known, too: a miss. */
function servicesCondition(wanted: ReadonlySet<string>): Condition {
  return {
    key: 'services',
    check: ({ service }) => (service !== undefined && wanted.has(service.serviceId) ? 'hit' : 'miss'),
  };
}

/** What a grant for people is to a service: a service is let in only where it is named. */
export const notForServices: Condition = { key: 'services', check: () => 'miss' };

/** `services`: ids of services, any one of which will do. */
export const services = describeGrantCondition({
  key: 'services',
  description: 'Any one of these services. Then no person is meant.',
  schema: ({ name }) => z.array(name).min(1),
  names: 'service',
  compile: (ids, { setOf }): ReadonlySet<string> => setOf(ids) ?? new Set(),
  conditionOf: shared(servicesCondition),
  speaksOf: 'person',
  isOfPeople: false,
  saysWho: true,
  isNoWider: isWithin,
  sampleEach: (ids) =>
    [...ids].slice(0, mostOfKey).map((service) => ({
      axis: 'membership',
      apply: (from) => sampledAs(from, `as the service ${service}`, { service }),
    })),
  factsRead: ({ service }) => [service === undefined ? 'no service' : `service ${service.serviceId}`],
  obstacle: 'not_in_required_group',
  wanted: (ids) => `one of the services ${listed(ids)}`,
  lacking: {
    english: 'The credential of one of its services',
    german: 'Der Nachweis eines der zugelassenen Dienste',
  },
});

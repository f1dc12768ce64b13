import type { Condition } from '../condition.ts';

/** The request was proved to be one of these services. That it was proved to be none is known, too: a miss. */
export function servicesCondition(wanted: ReadonlySet<string>): Condition {
  return {
    key: 'services',
    check: ({ service }) => (service !== undefined && wanted.has(service.serviceId) ? 'hit' : 'miss'),
  };
}

/** What a grant for people is to a service: a service is let in only where it is named. */
export const notForServices: Condition = { key: 'services', check: () => 'miss' };

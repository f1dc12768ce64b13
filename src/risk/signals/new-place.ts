import { readingOf, type Signal } from '../signal.ts';

/** As {@link newNetwork}, for the operator of the network (ASN). Says nothing where no map knows the address. */
export const newAsn: Signal = {
  name: 'new_asn',
  family: 'place',
  answeredBy: 'step_up',
  read: ({ history }) => {
    const { known, episode } = history.traits.asn;
    return readingOf(episode, (what) => `network operator ${what}; known: ${known.join(', ') || 'others'}`);
  },
};

/** As {@link newNetwork}, for the country. Says nothing where no map knows the address. */
export const newCountry: Signal = {
  name: 'new_country',
  family: 'place',
  answeredBy: 'step_up',
  read: ({ history }) => {
    const { known, episode } = history.traits.country;
    return readingOf(episode, (what) => `country ${what}; known: ${known.join(', ') || 'others'}`);
  },
};

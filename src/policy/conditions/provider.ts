import { type Condition, conditionOfPerson } from '../condition.ts';
import { describeGrantCondition } from './condition-descriptor.ts';
import { nobody } from './fact-words.ts';
import { sampledAs } from './sample-draft.ts';
import { sharedByText } from './share-conditions.ts';

/** The person signed in with this identity provider: a subject is `iss` + `sub` (security-rules.md 6). Unknown without a person. */
function providerCondition(provider: string): Condition {
  return conditionOfPerson('provider', (person) => {
    if (person === undefined) return 'unknown';
    return person.providerId === provider ? 'hit' : 'miss';
  });
}

/** `provider`: the id of an identity provider. */
export const provider = describeGrantCondition({
  key: 'provider',
  description: 'The identity provider whose word counts. Needed in grants when there are several.',
  schema: ({ name }) => name,
  names: 'provider',
  compile: (id) => id,
  conditionOf: sharedByText((id) => id, providerCondition),
  speaksOf: 'person',
  isOfPeople: true,
  saysWho: false,
  isNoWider: (own, wanted) => own === wanted,
  comparedAs: 'text',
  sample: (id, from) => sampledAs(from, `of ${id}`, { provider: id }),
  factsRead: ({ person }) => [person === undefined ? nobody : `signed in with ${person.providerId}`],
  obstacle: 'wrong_account',
  wanted: (id) => `sign-in with ${id ?? ''}`,
  lacking: {
    english: 'An account from another sign-in provider',
    german: 'Ein Konto eines anderen Anmeldedienstes',
  },
});

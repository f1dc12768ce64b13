import type { Condition } from '../condition.ts';

/** The person signed in with this identity provider: a subject is `iss` + `sub` (security-rules.md 6). Unknown without a person. */
export function providerCondition(provider: string): Condition {
  return {
    key: 'provider',
    check: ({ person }) => {
      if (person === undefined) return 'unknown';
      return person.providerId === provider ? 'hit' : 'miss';
    },
  };
}

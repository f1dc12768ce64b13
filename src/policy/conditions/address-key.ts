import type { Facts } from '../../decision/facts.ts';
import { isWithin } from '../is-within.ts';
import type { GivenFacts, RuleContext, Wording } from './condition-words.ts';
import { addressWords } from './fact-words.ts';

/** What the keys that ask for the person's address have in common: a list, any of which will do. */
export const addressKey = {
  compile: (wanted: readonly string[], { setOf }: RuleContext): ReadonlySet<string> => setOf(wanted) ?? new Set(),
  speaksOf: 'person',
  isOfPeople: true,
  saysWho: true,
  isSettledBy: ({ user, email }: GivenFacts) => (user ?? email) !== undefined,
  isNoWider: isWithin<string>,
  comparedAs: 'list',
  factsRead: (facts: Facts, _asked: unknown, wording: Wording) => [addressWords(facts, wording)],
  obstacle: 'wrong_account',
} as const;

import * as z from 'zod';
import type { Condition } from '../condition.ts';
import { isWithin } from '../is-within.ts';
import { describeGrantCondition } from './condition-descriptor.ts';
import { listed, nobody, personSource } from './fact-words.ts';
import { mostOfKey, sampledAs } from './sample-draft.ts';
import { shared } from './share-conditions.ts';

/** The person is in one of the groups, compared exactly. An absent claim (group overage too) is unknown, not empty (security-rules.md 14). */
function groupsCondition(wanted: ReadonlySet<string>): Condition {
  return {
    key: 'groups',
    check: ({ person }) => {
      if (person?.groups === undefined) return 'unknown';
      for (const group of person.groups) if (wanted.has(group)) return 'hit';
      return 'miss';
    },
  };
}

/** `groups`: names of groups, any one of which will do. */
export const groups = describeGrantCondition({
  key: 'groups',
  description: 'Any one of these groups.',
  schema: ({ line }) => z.array(line(256, 'finance')).min(1),
  compile: (names, { setOf }): ReadonlySet<string> => setOf(names) ?? new Set(),
  conditionOf: shared(groupsCondition),
  speaksOf: 'person',
  isOfPeople: true,
  saysWho: true,
  groupsNamed: (names) => [...names],
  isNoWider: isWithin,
  comparedAs: 'list',
  sampleEach: (names) =>
    [...names].slice(0, mostOfKey).map((group) => ({
      axis: 'membership',
      apply: (from) => sampledAs(from, `in ${group}`, { groups: [...from.groups, group] }),
    })),
  factsRead: (facts, _asked, wording) => [
    facts.person === undefined ? nobody : `groups ${groupWords(facts.person.groups)} ${personSource(facts, wording)}`,
  ],
  obstacle: 'not_in_required_group',
  wanted: (names) => `one of the groups ${listed(names)}`,
  lacking: {
    english: 'Membership in one of the groups that may open it',
    german: 'Mitgliedschaft in einer der zugelassenen Gruppen',
  },
});

function groupWords(names: readonly string[] | undefined): string {
  if (names === undefined) return 'not known';
  return names.length === 0 ? 'none' : names.join(', ');
}

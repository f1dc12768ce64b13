import * as z from 'zod';
import { type Condition, conditionOfPerson } from '../condition.ts';
import { isWithin } from '../is-within.ts';
import { describeGrantCondition } from './condition-descriptor.ts';
import { listed, nobody, personSource } from './fact-words.ts';
import { mostOfKey, sampledAs } from './sample-draft.ts';
import { shared } from './share-conditions.ts';

/** The person is in one of the groups, compared exactly. An absent claim (group overage too) is unknown, not empty (security-rules.md 14). */
function groupsCondition(wanted: ReadonlySet<string>): Condition {
  return conditionOfPerson('groups', (person) => {
    if (person?.groups === undefined) return 'unknown';
    return isInAny(person.groups, wanted) ? 'hit' : 'miss';
  });
}

/** So few are gone through as fast as a set of them is made. */
const fewGroups = 4;
// All rules ask about the same list, one after the other.
let lastGroups: readonly string[] = [];
let lastSet: ReadonlySet<string> = new Set();

/** A rule costs by the shorter of the two lists: somebody in hundreds of groups waits no longer than others. */
function isInAny(groups: readonly string[], wanted: ReadonlySet<string>): boolean {
  if (groups.length <= Math.max(fewGroups, wanted.size)) {
    for (const group of groups) if (wanted.has(group)) return true;
    return false;
  }
  if (groups !== lastGroups) {
    lastGroups = groups;
    lastSet = new Set(groups);
  }
  for (const group of wanted) if (lastSet.has(group)) return true;
  return false;
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

import type { Condition } from '../condition.ts';

/** The person is in one of the groups, compared exactly. An absent claim (group overage too) is unknown, not empty (security-rules.md 14). */
export function groupsCondition(wanted: ReadonlySet<string>): Condition {
  return {
    key: 'groups',
    check: ({ person }) => {
      if (person?.groups === undefined) return 'unknown';
      for (const group of person.groups) if (wanted.has(group)) return 'hit';
      return 'miss';
    },
  };
}

import type { Condition } from '../condition.ts';
import type { PathPattern } from '../rule.ts';

/** The canonical path fits one of the patterns, letter by letter: for grants (SECURITY.md 17). */
export function grantedPathsCondition(patterns: readonly PathPattern[]): Condition {
  return {
    key: 'paths',
    check: ({ request }) => {
      for (const pattern of patterns) if (pattern.matches(request.path)) return 'hit';
      return 'miss';
    },
  };
}

/** The canonical path fits one of the patterns without regard to case, path parameters and a slash at the end: for denials, since many upstreams do not regard them either (SECURITY.md 17). */
export function deniedPathsCondition(patterns: readonly PathPattern[]): Condition {
  return {
    key: 'paths',
    check: ({ request }) => {
      for (const pattern of patterns) if (pattern.matchesAnyCase(request.path)) return 'hit';
      return 'miss';
    },
  };
}

import type { Condition } from '../condition.ts';
import type { PathPattern } from '../rule.ts';

/** The canonical path fits one of the patterns, letter by letter: for grants (security-rules.md 17). */
export function grantedPathsCondition(patterns: readonly PathPattern[]): Condition {
  return {
    key: 'paths',
    check: ({ request }) => {
      for (const pattern of patterns) if (pattern.matches(request.path)) return 'hit';
      return 'miss';
    },
  };
}

/**
 * The canonical path fits one of the patterns however carelessly it is read (case, width and normal form of letters, more
 * layers of encoding, path parameters, a slash at the end): for denials, since many upstreams read so (security-rules.md 17).
 */
export function deniedPathsCondition(patterns: readonly PathPattern[]): Condition {
  return {
    key: 'paths',
    check: ({ request }) => {
      for (const pattern of patterns) if (pattern.matchesAnyCase(request.path)) return 'hit';
      return 'miss';
    },
  };
}

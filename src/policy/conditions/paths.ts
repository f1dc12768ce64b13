import * as z from 'zod';
import type { Condition } from '../condition.ts';
import type { PathPattern } from '../rule-values.ts';
import { describeGrantCondition } from './condition-descriptor.ts';
import { listed } from './fact-words.ts';
import { shared } from './share-conditions.ts';

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

const granted = shared(grantedPathsCondition);
const denied = shared(deniedPathsCondition);

/** `paths`: patterns, any one of which will do. */
export const paths = describeGrantCondition({
  key: 'paths',
  description:
    'Any one of these paths: a pattern, { path: … } for one exact path, or { regex: … }. In patterns * is one segment or a part of one, ** any number of segments. Grants compare exactly; denials disregard case, width, further layers of encoding, path parameters (;x=1) and a slash at the end, as many servers do.',
  schema: ({ pathEntry }) => z.array(pathEntry).min(1),
  compile: (entries, { pathsOf }) => pathsOf(entries),
  conditionOf: (patterns, effect) => (effect === 'allow' ? granted(patterns) : denied(patterns)),
  speaksOf: 'request',
  isOfPeople: false,
  saysWho: false,
  isNoWider: (own, wanted) => {
    const sources = new Set(wanted.map(({ source }) => source));
    return sources.has('/**') || own?.every(({ source }) => sources.has(source)) === true;
  },
  factsRead: ({ request }) => [`path ${request.path}`],
  obstacle: 'path_not_granted',
  wanted: (patterns) => `path ${listed(patterns?.map(({ source }) => source))}`,
  lacking: {
    english: 'Another part of the app: this one is not open to you',
    german: 'Ein anderer Teil der App: dieser ist für Sie nicht freigegeben',
  },
});

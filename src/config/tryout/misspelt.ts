import { claimsReadBy } from '../../policy/claims-read.ts';
import type { RoutePolicy } from '../../policy/rule.ts';
import type { Route } from '../route.ts';
import type { Snapshot } from '../snapshot.ts';
import { closest } from '../values/closest.ts';
import { knownMethods } from '../values/known-methods.ts';
import type { PolicyTest } from './policy-test.ts';

/** Further off than that, it is another word. */
const mostLetters = 2;

/**
 * A word of a test that no rule names and that is spelt nearly like one that a rule of this route names, as a sentence: a
 * denial of somebody in `contracters` would hold for the wrong reason.
 */
export function misspeltIn(
  { given, request }: Pick<PolicyTest, 'given' | 'request'>,
  { policy }: Route,
  { routes }: Pick<Snapshot, 'routes'>,
): string | undefined {
  const isNamed = (word: string, wordsOf: (policy: RoutePolicy) => Iterable<string>): boolean =>
    routes.some((route) => [...wordsOf(route.policy)].includes(word));
  const lookFor = (
    kind: string,
    words: Iterable<string>,
    wordsOf: (policy: RoutePolicy) => Iterable<string>,
  ): string | undefined => {
    const own = new Set(wordsOf(policy));
    for (const word of words) {
      if (own.has(word)) continue;
      const meant = closest(word, own, mostLetters);
      // Names that are counted are near one another on purpose.
      if (meant === undefined || withoutDigits(meant) === withoutDigits(word) || isNamed(word, wordsOf)) continue;
      return `no rule names the ${kind} "${word}": did you mean "${meant}"?`;
    }
    return undefined;
  };
  const method = knownMethods.includes(request.method) ? [] : [request.method];
  return (
    lookFor('group', given.groups ?? [], groupsOf) ??
    lookFor('claim', Object.keys(given.claims ?? {}), claimsReadBy) ??
    lookFor('method', method, methodsOf)
  );
}

function withoutDigits(word: string): string {
  return word.replace(/\d+/g, '');
}

function rulesOf({ grants, denials }: RoutePolicy) {
  return [...grants, ...grants.flatMap(({ segment }) => segment?.keys ?? []), ...denials];
}

function groupsOf(policy: RoutePolicy): readonly string[] {
  return rulesOf(policy).flatMap(({ groups, rollout }) => [
    ...(groups ?? []),
    ...(rollout?.by === 'group' ? [...rollout.include, ...rollout.exclude] : []),
  ]);
}

function methodsOf(policy: RoutePolicy): readonly string[] {
  return [...knownMethods, ...rulesOf(policy).flatMap(({ methods }) => [...(methods ?? [])])];
}

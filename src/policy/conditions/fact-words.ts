import type { Facts } from '../../decision/facts.ts';
import type { Wording } from './condition-words.ts';

export const nobody = 'nobody was signed in';

const longestValue = 200;

/** `(idp:corp, 13:58, 4 min before)`: who said it of the person, and when. */
export function personSource({ person, request }: Facts, { clockTime, ageBefore }: Wording): string {
  if (person === undefined) return '';
  return `(${person.source}, ${clockTime(person.asOfMs)}, ${ageBefore(person.asOfMs, request.nowMs)})`;
}

/** The address of the person, and whether anybody vouches for it. */
export function addressWords(facts: Facts, wording: Wording): string {
  const { person } = facts;
  if (person === undefined) return nobody;
  const isDoubtful = person.email !== undefined && !person.isEmailVerified;
  return `${person.email ?? 'no address'}${isDoubtful ? ', not verified' : ''} ${personSource(facts, wording)}`;
}

/** The claims that are at hand: a record holds those that the rules read, and no others. */
export function claimWords(facts: Facts, wording: Wording): string {
  const { person } = facts;
  if (person === undefined) return nobody;
  const claims = Object.entries(person.claims ?? {});
  if (claims.length === 0) return `none of the claims ${personSource(facts, wording)}`;
  const told = claims.map(([name, value]) => `${name} = ${JSON.stringify(value).slice(0, longestValue)}`);
  return `claims ${told.join(', ')} ${personSource(facts, wording)}`;
}

/** `finance, legal` */
export function listed(values: Iterable<string> | undefined): string {
  return [...(values ?? [])].join(', ');
}

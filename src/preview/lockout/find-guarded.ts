import type { People, Person } from '../../people/known-person.ts';
import type { LastOpening, OpeningsOfPerson } from '../../people/last-openings.ts';

/** A guarded person with what they opened last, the newest first. */
export interface Guarded {
  readonly person: Person;
  readonly openings: readonly LastOpening[];
}

/**
 * Finds the people of these addresses: by what is kept of them, and only those who are not found so among everybody, a page
 * at a time.
 */
export async function* findGuarded(
  guarded: ReadonlySet<string>,
  known: readonly OpeningsOfPerson[],
  people: Pick<People, 'pages' | 'get'>,
): AsyncGenerator<Guarded> {
  const missing = new Set(guarded);
  for (const { person: id, openings } of known) {
    if (!guarded.has(id.email)) continue;
    const found = await people.get(id);
    if (found === undefined) continue;
    missing.delete(id.email);
    yield { person: found.person, openings };
  }
  if (missing.size === 0) return;
  for await (const page of people.pages())
    for (const { person } of page)
      if (person.email !== undefined && missing.has(person.email)) yield { person, openings: [] };
}

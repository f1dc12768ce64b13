import type { PersonFacts } from '../policy/facts.ts';
import type { Session } from '../sessions/session.ts';

const people = new WeakMap<Session, PersonFacts>();

/** The person of a session, as rules see one. The same session object answers the same facts, so that a request builds nothing. */
export function personOf(session: Session): PersonFacts {
  const known = people.get(session);
  if (known !== undefined) return known;
  const person: PersonFacts = { ...session.person, sessionId: session.id };
  people.set(session, person);
  return person;
}

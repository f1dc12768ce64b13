import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSessionsWorld, newSession, type SessionsWorld, startSession } from '../../support/state-sessions.ts';

let world: SessionsWorld;
beforeEach(() => {
  world = createSessionsWorld();
});
afterEach(() => world.dispose());

const other = 'https://other.example';

test('sessions are found by e-mail address, and by subject at the issuer that is meant and nowhere else', async () => {
  const { sessions } = await world.open();
  const one = newSession('ada');
  const withEmail = { ...one, person: { ...one.person, email: 'ada@corp.example' } };
  const mine = await startSession(sessions, withEmail);
  const elsewhere = await startSession(sessions, { ...one, person: { ...one.person, issuer: other } });
  const list = async (emails: string[], issuers: string[]) => {
    const people = issuers.map((issuer) => ({ issuer, subject: 'ada' }));
    const page = await sessions.page({ limit: 10, of: { emails, people } });
    expect(page.total).toBe(page.sessions.length);
    return page.sessions.map(({ id }) => id);
  };
  expect(await list(['ada@corp.example'], [])).toEqual([mine.id]);
  expect(await list([], [one.person.issuer])).toEqual([mine.id]);
  expect(await list([], [other])).toEqual([elsewhere.id]);
  // Each once, in the order of their ids, however many names lead to it.
  expect(await list(['ada@corp.example'], [one.person.issuer, other])).toEqual([mine.id, elsewhere.id].sort());
  // A subject is no e-mail address, also where somebody chose one that looks like it.
  expect(await list(['ada'], [])).toEqual([]);
});

test('pages of one person go on where the last one ended', async () => {
  const { sessions } = await world.open();
  const started = [];
  for (let number = 0; number < 45; number += 1) started.push((await startSession(sessions)).id);
  const of = { emails: [], people: [{ issuer: 'https://idp.example', subject: 'ada' }] };
  const found: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await sessions.page({ limit: 20, after, of });
    expect(page.total).toBe(45);
    found.push(...page.sessions.map(({ id }) => id));
    if (page.next === undefined) break;
    after = page.next;
  }
  expect(found).toEqual(started.sort());
});

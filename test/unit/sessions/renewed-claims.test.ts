import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Session, Sessions } from '../../../src/sessions/session.ts';
import {
  createSessionsWorld,
  minuteMs,
  newSession,
  type SessionsWorld,
  startSession,
} from '../../support/state-sessions.ts';

let world: SessionsWorld;
let sessions: Sessions;
let remembered: Session['person'][];
let session: Session;

beforeEach(async () => {
  world = createSessionsWorld();
  remembered = [];
  sessions = (await world.open({ rememberPerson: async (person) => void remembered.push(person) })).sessions;
  session = await startSession(sessions, newSession('ada', { password: 7 }));
  remembered = [];
});
afterEach(() => world.dispose());

const saidAt = (asOfMs: number, groups: readonly string[]) => ({ ...session.person, asOfMs, groups });

describe('claims that are read again', () => {
  test('replace those of before, prove nothing, and leave the browser its cookie', async () => {
    const renewed = await sessions.renewPerson(session.id, saidAt(2, ['new']));
    expect(renewed).toEqual({ ...session, version: session.version + 1, person: saidAt(2, ['new']) });
    expect(await sessions.find(session.id)).toEqual(renewed);
    expect(remembered).toEqual([saidAt(2, ['new'])]);
  });

  test('count when they are of the same instant, and not when they are older', async () => {
    expect((await sessions.renewPerson(session.id, saidAt(1, ['same']))).person.groups).toEqual(['same']);
    expect((await sessions.renewPerson(session.id, saidAt(0, ['old']))).person.groups).toEqual(['same']);
  });

  test.each(['issuer', 'subject'])('of another %s are refused, and change nothing', async (part) => {
    const other = { ...saidAt(2, ['new']), [part]: 'https://other.example' };
    await expect(sessions.renewPerson(session.id, other)).rejects.toMatchObject({ code: 'idp_refused' });
    expect(await sessions.find(session.id)).toEqual(session);
    expect(remembered).toEqual([]);
  });

  test('of a session that ended bring nothing back', async () => {
    await sessions.end(session.id, 'logout');
    await expect(sessions.renewPerson(session.id, saidAt(2, []))).rejects.toMatchObject({ code: 'state_conflict' });
    expect(await sessions.find(session.id)).toBeUndefined();
  });

  test('find the person by the address that they bring', async () => {
    await sessions.renewPerson(session.id, { ...saidAt(2, []), email: 'ada@new.example' });
    const of = { emails: ['ada@new.example'], people: [] };
    expect((await sessions.page({ limit: 2, of })).sessions.map(({ id }) => id)).toEqual([session.id]);
  });
});

describe('claims that nobody reads again', () => {
  const settings = (claimsMaxAgeMs: ReadonlyMap<string, number>) => ({ ...world.settings, claimsMaxAgeMs });

  test('end the session at their greatest age, however busy it is, and only where their provider has one', async () => {
    const person = { ...newSession().person, asOfMs: world.nowMs };
    const limits = new Map([['corp', 5 * minuteMs]]);
    const aging = (await world.open({ settings: () => settings(limits) })).sessions;
    const [mine, theirs] = [
      await startSession(aging, { ...newSession(), person }),
      await startSession(aging, { ...newSession(), person: { ...person, providerId: 'partner' } }),
    ];
    world.nowMs += 5 * minuteMs - 1;
    expect(await aging.find(mine.id)).toMatchObject({ id: mine.id });
    world.nowMs += 1;
    aging.touch(mine.id, world.nowMs);
    expect(await aging.find(mine.id)).toBeUndefined();
    expect(await aging.endOf(mine.id)).toEqual({ cause: 'absolute', atMs: world.nowMs });
    expect(await aging.find(theirs.id)).toMatchObject({ id: theirs.id });
  });

  test('begin a new age when they are read', async () => {
    const person = { ...newSession().person, asOfMs: world.nowMs };
    const limits = new Map([['corp', 5 * minuteMs]]);
    const aging = (await world.open({ settings: () => settings(limits) })).sessions;
    const { id } = await startSession(aging, { ...newSession(), person });
    world.nowMs += 4 * minuteMs;
    await aging.renewPerson(id, { ...person, asOfMs: world.nowMs });
    world.nowMs += 4 * minuteMs;
    expect(await aging.find(id)).toMatchObject({ id });
  });
});

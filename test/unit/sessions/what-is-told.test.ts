import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Fault } from '../../../src/decision/fault.ts';
import type { Session } from '../../../src/sessions/session.ts';
import {
  createSessionsWorld,
  credentialAt,
  hourMs,
  minuteMs,
  newSession,
  type SessionsWorld,
  startSession,
} from '../../support/state-sessions.ts';

let world: SessionsWorld;
beforeEach(() => {
  world = createSessionsWorld();
});
afterEach(() => world.dispose());

describe('a credential at another host than its own', () => {
  test('opens nothing there, and is told with its session, whether it is remembered or not', async () => {
    const told: unknown[] = [];
    const { sessions } = await world.open({ onForeignHost: (id, host) => told.push([id, host]) });
    const session = await startSession(sessions);
    const secret = await credentialAt(sessions, session, 'wiki.example');
    const at = (host: string) => sessions.findByCredential(secret, host, world.nowMs);
    expect(await at('payroll.example')).toEqual({ found: 'nothing' });
    expect(await at('wiki.example')).toMatchObject({ found: 'session' });
    expect(at('vault.example')).toEqual({ found: 'nothing' });
    expect(told).toEqual([
      [session.id, 'payroll.example'],
      [session.id, 'vault.example'],
    ]);
  });

  test('is nothing to be told of once its session is over', async () => {
    const told: unknown[] = [];
    const { sessions } = await world.open({ onForeignHost: (id) => told.push(id) });
    const secret = await credentialAt(sessions, await startSession(sessions), 'wiki.example');
    await sessions.endAllOf(newSession().person, 'admin');
    expect(await sessions.findByCredential(secret, 'payroll.example', world.nowMs)).not.toMatchObject({
      found: 'session',
    });
    expect(told).toEqual([]);
  });
});

describe('who signs in', () => {
  test('is told once the session is kept, and not where the sign-in was refused', async () => {
    const told: Session['person'][] = [];
    const { sessions } = await world.open({ rememberPerson: async (person) => void told.push(person) });
    await startSession(sessions);
    await sessions.endAllOf(newSession().person, 'admin');
    await sessions.start(newSession(), undefined);
    expect(told).toEqual([newSession().person]);
  });

  test('is signed in although nobody could note it; the fault is told', async () => {
    const faults: unknown[] = [];
    const away = new Fault('state_unavailable', 'The store does not answer.');
    const { sessions } = await world.open({
      rememberPerson: () => Promise.reject(away),
      onBackgroundFault: (fault) => faults.push(fault),
    });
    expect(await startSession(sessions)).toMatchObject({ person: { subject: 'ada' } });
    expect(faults).toEqual([away]);
  });
});

describe('a look at what there is', () => {
  test('counts sessions by provider', async () => {
    const { sessions } = await world.open();
    const partner = { ...newSession(), person: { ...newSession().person, providerId: 'partner' } };
    for (const one of [newSession(), newSession('bob'), partner]) await startSession(sessions, one);
    expect(Object.fromEntries(await sessions.count())).toEqual({ corp: 2, partner: 1 });
  });

  test('pages through everybody’s in the order of signing in, and says when it was the last', async () => {
    const { sessions } = await world.open();
    const ids: string[] = [];
    for (let number = 0; number < 45; number += 1) {
      world.nowMs += 1;
      ids.push((await startSession(sessions, newSession(`p${number}`))).id);
    }
    const page = async (limit: number, after?: string) => {
      const found = await sessions.page({ limit, after });
      return { ids: found.sessions.map(({ id }) => id), total: found.total, next: found.next };
    };
    expect(await page(30)).toEqual({ ids: ids.slice(0, 30), total: 45, next: ids[29] });
    expect(await page(30, ids[29])).toEqual({ ids: ids.slice(30), total: 45, next: undefined });
    expect(await page(45)).toEqual({ ids, total: 45, next: undefined });
    expect(await page(44)).toEqual({ ids: ids.slice(0, 44), total: 45, next: ids[43] });
  });

  test('says which sessions were used lately, and forgets the others', async () => {
    const { sessions } = await world.open();
    const [early, late] = [await startSession(sessions), await startSession(sessions)];
    sessions.touch(early.id, world.nowMs);
    sessions.touch(late.id, world.nowMs + minuteMs);
    expect(new Set(sessions.usedSince(world.nowMs))).toEqual(new Set([early.id, late.id]));
    expect(sessions.usedSince(world.nowMs + minuteMs)).toEqual([late.id]);
    expect(sessions.usedSince(0)).toEqual([late.id]);
  });

  test('says when a session was used last, by what is noted and by what is read', async () => {
    const { sessions } = await world.open();
    const session = await startSession(sessions);
    expect(sessions.lastSeenAtMs(session.id)).toBeUndefined();
    sessions.touch(session.id, world.nowMs + 5);
    expect(sessions.lastSeenAtMs(session.id)).toBe(world.nowMs + 5);
    sessions.touch(session.id, world.nowMs + 3);
    expect(sessions.lastSeenAtMs(session.id)).toBe(world.nowMs + 5);
    await sessions.find(session.id);
    sessions.touch(session.id, world.nowMs + 9);
    expect(sessions.lastSeenAtMs(session.id)).toBe(world.nowMs + 9);
  });

  test('says why and when a session ended, and nothing of one that lives or never was', async () => {
    const { sessions } = await world.open();
    const session = await startSession(sessions);
    expect(await sessions.endOf(session.id)).toBeUndefined();
    world.nowMs += 7;
    await sessions.end(session.id, 'user');
    expect(await sessions.endOf(session.id)).toEqual({ cause: 'user', atMs: world.nowMs });
  });
});

test('what a listener of ends no longer wants to hear, it is not told', async () => {
  const { sessions } = await world.open();
  const told: string[] = [];
  const stop = sessions.onEnd((id) => told.push(id));
  const [first, second] = [await startSession(sessions), await startSession(sessions)];
  await sessions.end(first.id, 'logout');
  stop();
  await sessions.end(second.id, 'logout');
  expect(told).toEqual([first.id]);
});

test('what was used is written when the process closes', async () => {
  const process = await world.open();
  const session = await startSession(process.sessions);
  process.sessions.touch(session.id, world.nowMs + hourMs);
  await process.sessions.close();
  expect(await process.store.read('last_seen', session.id)).toMatchObject({
    record: { value: JSON.stringify(world.nowMs + hourMs) },
  });
});

test('a session that can never be written is a fault that says to try again', async () => {
  const store = await world.folder.open();
  const contested = {
    ...store,
    writeAll: async (writes: readonly unknown[]) => writes.map(() => ({ outcome: 'conflict' }) as const),
  };
  const { sessions } = await world.open({ store: contested });
  await expect(sessions.start(newSession(), undefined)).rejects.toMatchObject({ code: 'state_conflict' });
});

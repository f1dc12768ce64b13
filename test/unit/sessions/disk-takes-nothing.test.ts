import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Fault } from '../../../src/decision/fault.ts';
import { graceMs } from '../../../src/sessions/expiry.ts';
import type { Session } from '../../../src/sessions/session.ts';
import type { RecordWrite, StateStore } from '../../../src/state/state-store.ts';
import {
  createSessionsWorld,
  hourMs,
  minuteMs,
  newSession,
  type SessionsWorld,
  startSession,
} from '../../support/state-sessions.ts';

let world: SessionsWorld;
let store: StateStore;
let session: Session;
beforeEach(async () => {
  world = createSessionsWorld();
  store = await world.folder.open();
  session = await startSession((await world.open({ store })).sessions);
});
afterEach(() => world.dispose());

/** Sessions on this store, and every way in which they asked it to end some. */
async function listening() {
  const ends: unknown[] = [];
  const marks: RecordWrite[] = [];
  const noting: StateStore = {
    ...store,
    buryAll: (kind, burials, options) => {
      ends.push([burials.map(({ untilMs }) => untilMs), options?.isClosing ?? true]);
      return store.buryAll(kind, burials, options);
    },
    write: (write) => {
      marks.push(write);
      return store.write(write);
    },
  };
  return { sessions: (await world.open({ store: noting })).sessions, ends, marks };
}

describe('an end', () => {
  test('that somebody decided holds also where the disk takes nothing, for as long as any copy could be shown', async () => {
    const { sessions, ends } = await listening();
    await sessions.end(session.id, 'logout');
    expect(ends).toEqual([[[session.expiresAtMs + graceMs], true]]);
  });

  test('by time is found out by everybody alone, and needs no room on the disk', async () => {
    const { sessions, ends } = await listening();
    world.nowMs += 30 * minuteMs;
    expect(await sessions.find(session.id)).toBeUndefined();
    expect(ends).toEqual([[[session.expiresAtMs + graceMs], false]]);
  });

  test('after the promised end is remembered from then on', async () => {
    const { sessions, ends } = await listening();
    world.settings.inactivityMs = 24 * hourMs;
    world.nowMs = session.expiresAtMs + 5 * minuteMs;
    await sessions.end(session.id, 'admin');
    expect(ends).toEqual([[[world.nowMs + graceMs], true]]);
  });

  test('of everybody’s sign-ins holds where the disk takes nothing, too', async () => {
    const { sessions, marks } = await listening();
    await sessions.endAllOf(newSession('bob').person, 'admin');
    expect(marks).toMatchObject([{ kind: 'subject', isClosing: true, expectedVersion: 'any' }]);
  });

  test('is told once of two that happen at once, and counted once', async () => {
    const told: string[] = [];
    const here = await world.open({ onEnded: ({ id }) => told.push(id) });
    const answers = await Promise.all([
      here.sessions.end(session.id, 'logout'),
      here.sessions.end(session.id, 'admin'),
    ]);
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(told).toEqual([session.id]);
  });
});

describe('a session that is over by time', () => {
  const failing = async (code: 'state_unwritable' | 'state_unavailable') => {
    const buryAll = () => Promise.reject(new Fault(code, 'The disk takes nothing.'));
    const { sessions } = await world.open({ store: { ...store, buryAll } });
    world.nowMs += 30 * minuteMs;
    return sessions;
  };

  test('is over although the disk takes nothing: that cannot be written, and everybody finds the same', async () => {
    expect(await (await failing('state_unwritable')).find(session.id)).toBeUndefined();
  });

  test('is a fault where the store does not answer, never a session that lives', async () => {
    await expect((await failing('state_unavailable')).find(session.id)).rejects.toMatchObject({
      code: 'state_unavailable',
    });
  });
});

describe('a person who was revoked', () => {
  test('signs in with a proof of a provider whose clock is a minute ahead, and not with one further ahead', async () => {
    const { sessions } = await listening();
    await sessions.endAllOf(session.person, 'admin');
    expect(await sessions.start(newSession(), world.nowMs + minuteMs + 1)).toMatchObject({ outcome: 'revoked_since' });
    expect(await sessions.start(newSession(), world.nowMs + minuteMs)).toMatchObject({ outcome: 'started' });
  });

  test('stays revoked where forgiving is overtaken by sign-ins each time, and that is a fault after five tries', async () => {
    const { sessions } = await listening();
    await sessions.endAllOf(session.person, 'admin');
    let tries = 0;
    const write = async () => {
      tries += 1;
      return { outcome: 'conflict' } as const;
    };
    const overtaken = (await world.open({ store: { ...store, write } })).sessions;
    await expect(overtaken.forgive(session.person)).rejects.toMatchObject({ code: 'state_conflict' });
    expect(tries).toBe(5);
    expect(await sessions.revokedAtMs(session.person)).toBe(world.nowMs);
  });

  test('stays revoked for as long as before although somebody signs in meanwhile', async () => {
    const { sessions } = await listening();
    await sessions.endAllOf(session.person, 'admin');
    const sinceMs = world.nowMs;
    expect(await sessions.start(newSession(), sinceMs + 1)).toMatchObject({ outcome: 'started' });
    world.nowMs += 399 * 24 * hourMs;
    expect(await sessions.start(newSession(), sinceMs - 1)).toEqual({ outcome: 'revoked_since', sinceMs });
  });
});

import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sweepSlackMs } from '../../../src/sessions/expiry.ts';
import type { EndCause } from '../../../src/sessions/session.ts';
import {
  createSessionsWorld,
  credentialAt,
  hourMs,
  minuteMs,
  newSession,
  type SessionsProcess,
  type SessionsWorld,
  startSession,
} from '../../support/state-sessions.ts';

let world: SessionsWorld;
let house: SessionsProcess;
let ended: EndCause[];

beforeEach(async () => {
  world = createSessionsWorld();
  ended = [];
  house = await world.open({ isSweeping: true, onEnded: (_session, cause) => ended.push(cause) });
});
afterEach(() => world.dispose());

const count = async () => Object.fromEntries(await house.sessions.count());

describe('sessions that nobody asks for', () => {
  test('are not counted for ever: what is idle, or past its end, is ended within a minute or so', async () => {
    const idle = await startSession(house.sessions, newSession('idle'));
    const used = await startSession(house.sessions, newSession('used'));
    world.nowMs += 20 * minuteMs;
    house.sessions.touch(used.id, world.nowMs);
    await house.tick();
    world.nowMs += 10 * minuteMs;
    await house.tick();
    expect(await count()).toEqual({ corp: 2 });
    world.nowMs += sweepSlackMs;
    await house.tick();
    expect(await count()).toEqual({ corp: 1 });
    expect(await house.sessions.endOf(idle.id)).toMatchObject({ cause: 'idle' });
    world.settings.inactivityMs = 24 * hourMs;
    house.sessions.touch(used.id, world.nowMs);
    await house.tick();
    world.nowMs += 12 * hourMs;
    await house.tick();
    expect(await count()).toEqual({ corp: 0 });
    expect(ended).toEqual(['idle', 'absolute']);
  });

  test('are those alone: who goes on working is looked at now and then, and ended only after a pause', async () => {
    const session = await startSession(house.sessions);
    for (let minutes = 0; minutes < 95; minutes += 5) {
      world.nowMs += 5 * minuteMs;
      house.sessions.touch(session.id, world.nowMs);
      await house.tick();
    }
    expect(await count()).toEqual({ corp: 1 });
    world.nowMs += 30 * minuteMs + 2 * sweepSlackMs;
    await house.tick();
    expect(await count()).toEqual({ corp: 0 });
    expect(ended).toEqual(['idle']);
  });

  test('end although records that are due before them are damaged', async () => {
    const damaged: string[] = [];
    for (let at = 0; at < 12; at += 1)
      damaged.push((await startSession(house.sessions, newSession(`damaged-${at}`))).id);
    const [unreadable = '', ...others] = damaged;
    world.nowMs += 1_000;
    const idle = await startSession(house.sessions, newSession('idle'));
    const file = new DatabaseSync(world.folder.path);
    const spoil = file.prepare("UPDATE records SET sealed = x'03' WHERE kind = ? AND key = ?");
    for (const id of others) spoil.run('last_seen', id);
    spoil.run('session', unreadable);
    file.close();
    world.nowMs += 30 * minuteMs + 2 * sweepSlackMs;
    await house.tick();
    expect(await house.sessions.endOf(idle.id)).toMatchObject({ cause: 'idle' });
    expect(ended).toEqual(['idle']);
  });

  test('leave with all that pointed to them', async () => {
    const session = await startSession(house.sessions);
    const secret = await credentialAt(house.sessions, session, 'wiki.example');
    world.nowMs += 31 * minuteMs + sweepSlackMs;
    await house.tick();
    expect(await house.sessions.findByCredential(secret, 'wiki.example', world.nowMs)).toEqual({
      found: 'ended',
      cause: 'idle',
    });
    expect(await house.store.list('last_seen')).toEqual([]);
  });

  test('that another process saw used a moment ago stay', async () => {
    const there = await world.open();
    const session = await startSession(house.sessions);
    world.nowMs += 29 * minuteMs;
    there.sessions.touch(session.id, world.nowMs);
    world.nowMs += minuteMs + sweepSlackMs - 1;
    await there.tick();
    await house.tick();
    expect(await count()).toEqual({ corp: 1 });
    expect(await house.sessions.find(session.id)).toMatchObject({ id: session.id });
  });

  test('are ended slice by slice, all of them in one second, and are not looked at before their time', async () => {
    for (let number = 0; number < 60; number += 1) await startSession(house.sessions, newSession(`p${number}`));
    await house.tick();
    expect(await count()).toEqual({ corp: 60 });
    world.nowMs += 31 * minuteMs + sweepSlackMs;
    await house.tick();
    expect(await count()).toEqual({ corp: 0 });
    expect(ended).toHaveLength(60);
  });

  test('that a laxer configuration keeps alive are looked at again at their new time', async () => {
    await startSession(house.sessions);
    world.settings.inactivityMs = 40 * minuteMs;
    world.nowMs += 32 * minuteMs;
    await house.tick();
    expect(await count()).toEqual({ corp: 1 });
    expect(await house.store.listDue('last_seen', 'due', world.nowMs, 9)).toEqual([]);
    world.nowMs += 10 * minuteMs;
    await house.tick();
    expect(await count()).toEqual({ corp: 0 });
  });

  test('are ended by one process: another leaves them alone', async () => {
    const there = await world.open();
    await startSession(there.sessions);
    world.nowMs += 2 * hourMs;
    await there.tick();
    expect(await count()).toEqual({ corp: 1 });
  });
});

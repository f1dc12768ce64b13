import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { EndCause, Sessions } from '../../src/sessions/session.ts';
import {
  createSessionsWorld,
  interruptAfterRead,
  newSession,
  type SessionsWorld,
  startSession,
} from '../support/state-sessions.ts';

let world: SessionsWorld;
let sessions: Sessions;
beforeEach(async () => {
  world = createSessionsWorld();
  sessions = (await world.open()).sessions;
});
afterEach(() => world.dispose());

test.each<EndCause>(['admin', 'user', 'risk', 'policy'])(
  'after a revocation (%s) the provider’s old sign-in does not let the thief back in',
  async (cause) => {
    const session = await startSession(sessions);
    await sessions.end(session.id, cause);
    const revokedAtMs = world.nowMs;
    world.nowMs += 1_000;
    const refused = { outcome: 'revoked_since', sinceMs: revokedAtMs };
    for (const authenticatedAtMs of [undefined, 0, revokedAtMs - 1, revokedAtMs, Number.NaN, world.nowMs + 3_600_000]) {
      expect(await sessions.start(newSession(), authenticatedAtMs)).toEqual(refused);
    }
    expect(await sessions.start(newSession(), revokedAtMs + 500)).toMatchObject({ outcome: 'started' });
    expect(await sessions.start(newSession(), revokedAtMs - 1)).toEqual(refused);
    expect(await sessions.start(newSession('bob'), undefined)).toMatchObject({ outcome: 'started' });
  },
);

test.each<EndCause>(['logout', 'idle', 'absolute', 'idp_logout'])('%s is no revocation', async (cause) => {
  const session = await startSession(sessions);
  await sessions.end(session.id, cause);
  expect(await sessions.start(newSession(), undefined)).toMatchObject({ outcome: 'started' });
});

test('a revocation holds in another process and outlives the session by far', async () => {
  const there = await world.open();
  const session = await startSession(sessions);
  await sessions.end(session.id, 'user');
  const sinceMs = world.nowMs;
  world.nowMs += 300 * 24 * 3_600_000;
  expect(await there.sessions.start(newSession(), sinceMs - 1)).toEqual({ outcome: 'revoked_since', sinceMs });
});

test('a revocation between the check of a sign-in and its record refuses the sign-in', async () => {
  const session = await startSession(sessions);
  const racing = await world.open({
    store: interruptAfterRead(await world.folder.open(), 'subject', () => sessions.end(session.id, 'admin')),
  });
  expect(await racing.sessions.start(newSession(), world.nowMs - 1)).toMatchObject({ outcome: 'revoked_since' });
  expect(await sessions.ofPerson(session.person)).toEqual([]);
});

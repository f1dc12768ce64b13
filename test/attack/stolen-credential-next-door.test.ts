import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Sessions } from '../../src/sessions/session.ts';
import {
  createSessionsWorld,
  credentialAt,
  newSession,
  raiseSession,
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

test('a credential stolen at one host is nothing at another, remembered or not', async () => {
  const session = await startSession(sessions);
  const stolen = await credentialAt(sessions, session, 'wiki.example');
  for (const host of ['payroll.example', 'example', 'sub.wiki.example', 'WIKI.example', '']) {
    expect(await sessions.findByCredential(stolen, host, world.nowMs)).toEqual({ found: 'nothing' });
  }
  expect(await sessions.findByCredential(stolen, 'wiki.example', world.nowMs)).toMatchObject({ found: 'session' });
  expect(sessions.findByCredential(stolen, 'payroll.example', world.nowMs)).toEqual({ found: 'nothing' });
});

test('a stolen credential is not raised by its owner’s step-up', async () => {
  const session = await startSession(sessions, newSession('ada', { password: 1_000 }));
  const stolen = await credentialAt(sessions, session, 'wiki.example');
  const raised = await raiseSession(sessions, session, {
    provedAtMs: { otp: 2_000 },
    acr: 'mfa',
    amr: ['otp'],
    idToken: 'x',
  });
  const own = await credentialAt(sessions, raised, 'wiki.example');
  const provedBy = async (secret: string): Promise<unknown> => {
    const found = await sessions.findByCredential(secret, 'wiki.example', world.nowMs);
    return found.found === 'session' ? found.credential.provedAtMs : found;
  };
  expect(await provedBy(stolen)).toEqual({ password: 1_000 });
  expect(await provedBy(own)).toEqual({ password: 1_000, otp: 2_000 });
});

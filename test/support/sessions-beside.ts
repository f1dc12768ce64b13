import { randomBytes } from 'node:crypto';
import { createSessions } from '../../src/sessions/session-registry.ts';
import { createSqliteStore } from '../../src/state/sqlite-store.ts';
import { credentialAt, newSession, startSession } from './state-sessions.ts';
import { untilUnlocked } from './until-unlocked.ts';

/** People who are signed in at a program that runs in processes of its own, by the state that it shares with this one. */
export interface SessionsBeside {
  /** Somebody who signed in a moment ago: the session's id, and the cookie at this host. */
  signIn(name: string, host: string): Promise<{ readonly id: string; readonly cookie: string }>;
  close(): Promise<void>;
}

/** @param path of the state file of the running program */
export async function openSessionsBeside(path: string, key: string): Promise<SessionsBeside> {
  const store = await createSqliteStore({ path, key, now: Date.now, randomBytes, isCleaning: false });
  const settings = { expirationMs: 12 * 3_600_000, inactivityMs: 3_600_000 };
  const sessions = createSessions({ store, settings: () => settings, now: Date.now, randomBytes });
  return {
    async signIn(name, host) {
      const session = await untilUnlocked(() => startSession(sessions, newSession(name)));
      const secret = await untilUnlocked(() => credentialAt(sessions, session, host));
      return { id: session.id, cookie: `__Host-postern=${secret}` };
    },
    async close() {
      await sessions.close();
      await store.close();
    },
  };
}

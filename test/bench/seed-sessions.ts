import { randomBytes } from 'node:crypto';
import { graceMs } from '../../src/sessions/expiry.ts';
import type { Session } from '../../src/sessions/session.ts';
import { encodeCredential } from '../../src/sessions/session-record.ts';
import { hashSecret, mintSecret } from '../../src/state/secret.ts';
import { createSqliteStore } from '../../src/state/sqlite-store.ts';
import { writeSessions } from '../support/bulk-sessions.ts';

const minuteMs = 60_000;
const settings = { expirationMs: 12 * 60 * minuteMs, inactivityMs: 30 * minuteMs };
const perTransaction = 500;

/** What the sessions of a bench have in common. */
export interface SeededPeople {
  readonly issuer: string;
  readonly groups: readonly string[];
}

/**
 * Writes `count` sessions into a new state file, each of a person of its own who has signed in at a host, as signing in
 * writes them. Answers the secret of each one's cookie.
 */
export async function seedSessions(
  state: { readonly path: string; readonly key: string },
  count: number,
  hostOf: (number: number) => string,
  { issuer, groups }: SeededPeople,
): Promise<readonly string[]> {
  const store = await createSqliteStore({ ...state, now: Date.now, randomBytes });
  try {
    const atMs = Date.now();
    const edit = (session: Omit<Session, 'id' | 'version'>) => ({
      ...session,
      person: { ...session.person, issuer, groups },
    });
    const ids = await writeSessions(store, { count, settings, edit });
    const secrets = ids.map(() => mintSecret(randomBytes));
    for (let from = 0; from < count; from += perTransaction) {
      await store.writeAll(
        ids.slice(from, from + perTransaction).map((sessionId, offset) => ({
          kind: 'credential' as const,
          key: hashSecret(secrets[from + offset] ?? ''),
          owner: sessionId,
          expiresAtMs: atMs + settings.expirationMs + graceMs,
          value: encodeCredential({
            sessionId,
            host: hostOf(from + offset),
            mintedAtMs: atMs,
            provedAtMs: { password: atMs },
          }),
          expectedVersion: 0,
          isLogged: false,
        })),
      );
    }
    return secrets;
  } finally {
    await store.close();
  }
}

import { randomBytes } from 'node:crypto';
import { ulid } from 'ulid';
import { planLastSeen } from '../../src/sessions/activity.ts';
import { graceMs } from '../../src/sessions/expiry.ts';
import type { Session } from '../../src/sessions/session.ts';
import { asSessionId, encodeSession, sessionMarks } from '../../src/sessions/session-record.ts';
import type { StateStore } from '../../src/state/state-store.ts';

export interface BulkSessions {
  readonly count: number;
  readonly settings: { readonly expirationMs: number; readonly inactivityMs: number };
  /** When the number'th signed in, in milliseconds since 1970. Default: now. */
  readonly signedInAtMs?: (number: number) => number;
  /** Replaces parts of the number'th. */
  readonly edit?: (session: Omit<Session, 'id' | 'version'>, number: number) => Omit<Session, 'id' | 'version'>;
  readonly perTransaction?: number;
}

/** Writes sessions of as many people through the state, as signing in does, many in one transaction. Answers their ids. */
export async function writeSessions(store: StateStore, bulk: BulkSessions): Promise<readonly Session['id'][]> {
  const { settings, signedInAtMs = () => Date.now(), edit = (session) => session, perTransaction = 500 } = bulk;
  const ids: Session['id'][] = [];
  while (ids.length < bulk.count) {
    const writes = [];
    for (let left = Math.min(perTransaction, bulk.count - ids.length); left > 0; left -= 1) {
      const number = ids.length;
      const atMs = signedInAtMs(number);
      const id = asSessionId(`ses_${ulid(atMs)}`);
      const session = edit(sampleOf(number, atMs, settings.expirationMs), number);
      ids.push(id);
      writes.push(
        {
          ...sessionMarks(session),
          kind: 'session',
          key: id,
          value: encodeSession(session),
          expiresAtMs: session.expiresAtMs + graceMs,
          expectedVersion: 0,
        } as const,
        planLastSeen(id, atMs, settings, 0),
      );
    }
    const results = await store.writeAll(writes);
    if (results.some(({ outcome }) => outcome !== 'written')) throw new Error('The sessions were not written.');
  }
  return ids;
}

/** As a provider of a company describes a person; the token's text is as random as a real one's. */
function sampleOf(number: number, atMs: number, expirationMs: number): Omit<Session, 'id' | 'version'> {
  const name = `person-${String(number).padStart(7, '0')}`;
  return {
    person: {
      providerId: 'corp',
      issuer: 'https://idp.corp.example',
      subject: name,
      name: `Person ${number}`,
      email: `${name}@corp.example`,
      isEmailVerified: true,
      groups: ['everybody', 'engineering', 'project-atlas'],
      claims: {},
      source: 'idp:corp',
      asOfMs: atMs,
    },
    provedAtMs: { password: atMs },
    acr: undefined,
    amr: ['pwd'],
    signedInAtMs: atMs,
    expiresAtMs: atMs + expirationMs,
    deviceFingerprint: undefined,
    signedInFrom: {
      address: '192.0.2.17',
      userAgent:
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    },
    idToken: idTokenOf(name, atMs),
  };
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function idTokenOf(subject: string, atMs: number): string {
  const seconds = Math.floor(atMs / 1000);
  const head = base64url({ alg: 'RS256', typ: 'JWT', kid: '2026-11' });
  const body = base64url({
    iss: 'https://idp.corp.example',
    sub: subject,
    aud: 'postern',
    exp: seconds + 3600,
    iat: seconds,
    auth_time: seconds,
    nonce: randomBytes(16).toString('base64url'),
    email: `${subject}@corp.example`,
    email_verified: true,
  });
  return `${head}.${body}.${randomBytes(256).toString('base64url')}`;
}

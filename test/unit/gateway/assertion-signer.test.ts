import { beforeEach, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import type { Route } from '../../../src/config/snapshot.ts';
import { createAssertionKeys } from '../../../src/gateway/assertion/assertion-keys.ts';
import { type AssertionSigner, createAssertionSigner } from '../../../src/gateway/assertion/assertion-signer.ts';
import { asSessionId } from '../../../src/sessions/session-record.ts';
import { createMemoryStore } from '../../support/judgement-memory-store.ts';
import { newSession } from '../../support/state-sessions.ts';

const nowMs = Date.UTC(2026, 0, 6, 12);
const route = { index: 0, origin: 'https://wiki.corp.example', passIdentityHeaders: false } as unknown as Route;
const issuer = 'https://auth.corp.example';
const session = {
  ...newSession('ada', { password: nowMs - 5_000 }),
  id: asSessionId('ses_1'),
  version: 1,
  signedInAtMs: nowMs,
  expiresAtMs: nowMs + 3_600_000,
};
const credential = {
  sessionId: session.id,
  host: 'wiki.corp.example',
  mintedAtMs: nowMs,
  provedAtMs: session.provedAtMs,
};

let signer: AssertionSigner;
beforeEach(() => {
  signer = createAssertionSigner(createAssertionKeys(createMemoryStore(() => nowMs)));
});

const ask = async (atMs = nowMs, endsAtMs = session.expiresAtMs) =>
  (await signer.headersFor({ session, credential, route, issuer, nowMs: atMs, endsAtMs }))[1] ?? '';

async function read(assertion: string) {
  const keys = createLocalJWKSet({ keys: await signer.publicKeys(nowMs) } as unknown as JSONWebKeySet);
  return jwtVerify(assertion, keys, { issuer, audience: route.origin, currentDate: new Date(nowMs) });
}

describe('an assertion', () => {
  test('can be checked with the published keys, and says who, for which app, and how proved', async () => {
    const { payload, protectedHeader } = await read(await ask());
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'JWT' });
    expect(payload).toMatchObject({
      sub: 'ada',
      groups: ['engineering'],
      amr: ['password'],
      auth_time: nowMs / 1000 - 5,
      exp: nowMs / 1000 + 60,
    });
    expect(payload).not.toHaveProperty('email');
  });

  test('is signed once while it is fresh, and then answered without a promise', async () => {
    const first = await ask();
    expect(signer.headersFor({ session, credential, route, issuer, nowMs, endsAtMs: session.expiresAtMs })).toEqual([
      'x-postern-assertion',
      first,
    ]);
    expect(await ask(nowMs + 39_999)).toBe(first);
    expect(await ask(nowMs + 41_000)).not.toBe(first);
  });

  test('does not outlive what it is of', async () => {
    const { payload } = await read(await ask(nowMs, nowMs + 7_900));
    expect(payload.exp).toBe(nowMs / 1000 + 7);
  });

  test('of a changed session is another one', async () => {
    const first = await ask();
    const changed = { ...session, person: { ...session.person, groups: [] } };
    const [, second] = await signer.headersFor({
      session: changed,
      credential,
      route,
      issuer,
      nowMs,
      endsAtMs: session.expiresAtMs,
    });
    expect(second).not.toBe(first);
  });
});

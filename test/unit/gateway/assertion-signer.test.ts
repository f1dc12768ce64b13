import { beforeEach, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import type { Route, ToldIdentity } from '../../../src/config/route.ts';
import { createAssertionKeys } from '../../../src/gateway/assertion/assertion-keys.ts';
import {
  type AssertionSigner,
  type AssertionSubject,
  createAssertionSigner,
} from '../../../src/gateway/assertion/assertion-signer.ts';
import { asSessionId } from '../../../src/sessions/session-record.ts';
import { createMemoryStore } from '../../support/judgement-memory-store.ts';
import { newSession } from '../../support/state-sessions.ts';

const nowMs = Date.UTC(2026, 0, 6, 12);
const route = {
  index: 0,
  origin: 'https://wiki.corp.example',
  identity: {
    groups: 'all',
    claims: [],
    headers: [],
    assertion: { lifetimeMs: 60_000, algorithm: 'ES256' },
    limitBytes: 7168,
  },
} as unknown as Route;
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

async function headersFor(more: Partial<AssertionSubject> = {}): Promise<readonly string[]> {
  const { expiresAtMs: endsAtMs } = session;
  const headers = await signer.headersFor({ session, credential, route, issuer, nowMs, endsAtMs, ...more });
  if ('tooLong' in headers) throw new Error(`${headers.tooLong} has ${headers.bytes} bytes.`);
  return headers;
}

const ask = async (atMs = nowMs, endsAtMs = session.expiresAtMs) =>
  (await headersFor({ nowMs: atMs, endsAtMs }))[1] ?? '';

async function read(assertion: string) {
  const keys = createLocalJWKSet({
    keys: await signer.publicKeys(nowMs, new Set(['ES256', 'EdDSA'] as const)),
  } as unknown as JSONWebKeySet);
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

  test('is valid for as long as its route says, and renewed when a third of that is left', async () => {
    const assertion = { lifetimeMs: 300_000, algorithm: 'ES256' } as const;
    const long = { ...route, identity: { ...route.identity, assertion } };
    const at = async (atMs: number) => (await headersFor({ route: long, nowMs: atMs }))[1] ?? '';
    const first = await at(nowMs);
    expect((await read(first)).payload.exp).toBe(nowMs / 1000 + 300);
    expect(await at(nowMs + 199_999)).toBe(first);
    expect(await at(nowMs + 200_000)).not.toBe(first);
    const { payload } = await read(
      (await headersFor({ route: long, endsAtMs: nowMs + 90_000, session: { ...session } }))[1] ?? '',
    );
    expect(payload.exp).toBe(nowMs / 1000 + 90);
  });

  test('is an EdDSA signature where its route says so, with a key of that kind', async () => {
    const assertion = { lifetimeMs: 60_000, algorithm: 'EdDSA' } as const;
    const [, signed = ''] = await headersFor({ route: { ...route, identity: { ...route.identity, assertion } } });
    const { payload, protectedHeader } = await read(signed);
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', kid: expect.stringContaining('ed25519') });
    expect(payload.sub).toBe('ada');
  });

  test('does not outlive what it is of', async () => {
    const { payload } = await read(await ask(nowMs, nowMs + 7_900));
    expect(payload.exp).toBe(nowMs / 1000 + 7);
  });

  test('of a changed session is another one', async () => {
    const first = await ask();
    const changed = { ...session, person: { ...session.person, groups: [] } };
    const [, second] = await headersFor({ session: changed });
    expect(second).not.toBe(first);
  });
});

const only = (...names: readonly string[]) => ({ source: '', has: (group: string) => names.includes(group) });

describe('what an app is told', () => {
  const many = {
    ...session.person,
    groups: ['finance', 'project-a', 'project-b', 'everybody'],
    claims: { department: 'x', secret: 1 },
  };
  const telling = (identity: Partial<ToldIdentity>) => ({
    session: { ...session, person: many },
    route: { ...route, identity: { ...route.identity, ...identity } },
  });
  const groupsIn = async (identity: Partial<ToldIdentity>) =>
    (await read((await headersFor(telling(identity)))[1] ?? '')).payload['groups'];

  test('is the groups that its route chose, in the assertion and in plain headers', async () => {
    expect(await groupsIn({ groups: only('finance', 'other') })).toEqual(['finance']);
    expect(await groupsIn({ groups: only() })).toEqual([]);
    expect(await groupsIn({ groups: 'all' })).toEqual(many.groups);
    const headers = [
      { name: 'remote-groups', parts: [{ fact: 'groups' } as const] },
      { name: 'remote-user', parts: [{ fact: 'user' } as const] },
    ];
    const told = await headersFor(telling({ groups: only('finance', 'project-b'), headers }));
    expect(told.slice(2)).toEqual(['remote-groups', 'finance,project-b', 'remote-user', 'ada']);
  });

  test('is the claims that its route names, and no others', async () => {
    const { payload } = await read((await headersFor(telling({ claims: ['department', 'absent'] })))[1] ?? '');
    expect(payload['claims']).toEqual({ department: 'x' });
  });

  test('reads as nothing else in a plain header: blanks at its ends, commas, lists in lists, half a character', async () => {
    const groups = [' finance', 'a,b', 'plain name', '\ud800'];
    const person = { ...session.person, groups, claims: { teams: [['a', 'b'], 'c'] } };
    const headers = [
      { name: 'x-groups', parts: [{ fact: 'groups' } as const] },
      { name: 'x-teams', parts: [{ claim: 'teams' }] },
    ];
    const route = telling({ assertion: undefined, headers }).route;
    expect(await headersFor({ session: { ...session, person }, route })).toEqual([
      ...['x-groups', '%20finance,a%2Cb,plain name,%EF%BF%BD'],
      ...['x-teams', '%5B%22a%22%2C%22b%22%5D,c'],
    ]);
  });

  test('is in plain headers alone where there is no assertion', async () => {
    const headers = [{ name: 'remote-user', parts: [{ fact: 'user' } as const] }];
    expect(await headersFor(telling({ assertion: undefined, headers }))).toEqual(['remote-user', 'ada']);
  });

  test('is never half a list: what is too long is not sent', async () => {
    const groups = Array.from({ length: 200 }, (_, number) => `a-group-with-quite-a-long-name-${number}`);
    const { expiresAtMs: endsAtMs } = session;
    const asked = {
      ...{ credential, issuer, nowMs, endsAtMs },
      session: { ...session, person: { ...session.person, groups } },
    };
    expect(await signer.headersFor({ ...asked, route })).toMatchObject({ tooLong: 'x-postern-assertion' });
    const named = { ...route, identity: { ...route.identity, groups: only(groups[7] ?? '') } };
    expect(await signer.headersFor({ ...asked, route: named })).toHaveLength(2);
  });
});

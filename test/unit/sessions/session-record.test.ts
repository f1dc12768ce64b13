import { describe, expect, test } from '@jest/globals';
import { asSessionId, decodeSession, encodeSession } from '../../../src/sessions/session-record.ts';

const session = {
  person: {
    providerId: 'corp',
    issuer: 'https://idp.example',
    subject: 'u1',
    name: undefined,
    email: undefined,
    isEmailVerified: false,
    groups: undefined,
    claims: { plan: 'pro', org: { units: ['a', 1, null] } },
    source: 'idp:corp',
    asOfMs: 1,
  },
  provedAtMs: {},
  acr: undefined,
  amr: [],
  signedInAtMs: 1,
  expiresAtMs: 2,
  deviceFingerprint: undefined,
  signedInFrom: { address: '192.0.2.1', userAgent: undefined },
  idToken: 't',
};
const stored = (value: string) => ({
  kind: 'session' as const,
  key: asSessionId('ses_1'),
  version: 1,
  owner: undefined,
  value,
  expiresAtMs: 2,
});

describe('the record of a session', () => {
  test('brings claims back as they were', () => {
    expect(decodeSession(stored(encodeSession(session))).person.claims).toEqual(session.person.claims);
  });

  test('of before claims were kept still loads, with claims that are unknown', () => {
    const { claims: _none, ...person } = session.person;
    expect(decodeSession(stored(encodeSession({ ...session, person }))).person.claims).toBeUndefined();
  });

  test.each([
    ['a signed token', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEiLCJuYW1lIjoiw4RkYSJ9.c2lnbmF0dXJl'],
    ['a token whose parts are not text', '_-8.-_8.c2ln'],
    ['a token with padding', 'eyJhIjoxfQ==.eyJhIjoxfQ==.c2ln'],
    ['a token with other letters', 'a b.c d.e'],
    ['an encrypted token of five parts', 'a.b.c.d.e'],
    ['empty parts', '..'],
    ['nothing', ''],
  ])('brings %s back byte for byte', (_what, idToken) => {
    expect(decodeSession(stored(encodeSession({ ...session, idToken }))).idToken).toBe(idToken);
  });
});

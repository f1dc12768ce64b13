import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Session } from '../../src/sessions/session.ts';
import {
  type ClaimsProcess,
  type ClaimsStage,
  claimsOf,
  createClaimsStage,
  tokensOf,
} from '../support/claims-stage.ts';

let stage: ClaimsStage;
let inside: ClaimsProcess;
let session: Session;

beforeEach(async () => {
  stage = createClaimsStage();
  inside = await stage.open();
  session = await stage.signIn([inside], 'first');
  stage.dueAgain([inside], session);
});
afterEach(() => stage.dispose());

const look = async () => {
  await inside.refresher.look();
  return inside.sessions.find(session.id);
};

describe('reading claims again', () => {
  test('proves nothing, whatever the new token says of factors and of now', async () => {
    const proofs = { acr: 'phr', amr: ['hwk', 'user', 'otp'], auth_time: Math.floor(stage.clock.nowMs / 1000) };
    stage.provider.refresh = async () => ({
      tokens: tokensOf('second'),
      idTokenClaims: { ...claimsOf(session.person.subject, ['finance']), ...proofs },
    });
    stage.provider.userinfo = async (_token, subject) => ({ ...claimsOf(subject, ['finance']), ...proofs });
    const after = await look();
    expect(after?.person.groups).toEqual(['finance']);
    expect([after?.provedAtMs, after?.acr, after?.amr]).toEqual([session.provedAtMs, session.acr, session.amr]);
  });

  test.each([
    ['another subject', { sub: 'root' }],
    ['the same subject of another issuer', { iss: 'https://evil.example' }],
  ])('of %s gives nothing to anybody', async (_name, change) => {
    const stranger = { ...claimsOf(session.person.subject, ['administrators']), ...change };
    stage.provider.refresh = async () => ({ tokens: tokensOf('second'), idTokenClaims: stranger });
    stage.provider.userinfo = async () => stranger;
    const after = await look();
    expect(after?.person).toEqual(session.person);
  });

  test('keeps no group that the provider does not say any more', async () => {
    const { groups: _left, ...without } = claimsOf(session.person.subject);
    stage.provider.refresh = async () => ({ tokens: tokensOf('second'), idTokenClaims: undefined });
    stage.provider.userinfo = async () => without;
    expect((await look())?.person.groups).toBeUndefined();
  });

  test('brings no session back that was ended while the provider was asked', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    stage.provider.refresh = async () => {
      asked.resolve();
      await answer.promise;
      return { tokens: tokensOf('second'), idTokenClaims: undefined };
    };
    const looking = inside.refresher.look();
    await asked.promise;
    expect(await inside.sessions.end(session.id, 'admin')).toBe(true);
    answer.resolve();
    await looking;
    expect(await inside.sessions.find(session.id)).toBeUndefined();
    expect(await inside.grants.find(session.id)).toBeUndefined();
  });

  test('takes no older answer for a newer one: what a sign-in brought meanwhile stays', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    stage.provider.userinfo = async (_token, subject) => {
      asked.resolve();
      await answer.promise;
      return claimsOf(subject, ['administrators']);
    };
    const looking = inside.refresher.look();
    await asked.promise;
    stage.clock.nowMs += 1_000;
    const person = { ...session.person, groups: ['engineering'], asOfMs: stage.clock.nowMs };
    await inside.sessions.renewPerson(session.id, person);
    answer.resolve();
    await looking;
    expect((await inside.sessions.find(session.id))?.person.groups).toEqual(['engineering']);
  });
});

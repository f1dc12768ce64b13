import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EndCause, ProvedBrowser, Session, Sessions } from '../../../src/sessions/session.ts';
import { mintSecret } from '../../../src/state/secret.ts';
import {
  createSessionsWorld,
  newSession,
  type SessionsWorld,
  startSession,
  targetAt,
} from '../../support/state-sessions.ts';

let world: SessionsWorld;
let sessions: Sessions;
let ended: (readonly [string, EndCause])[];

beforeEach(async () => {
  world = createSessionsWorld();
  ended = [];
  sessions = (await world.open({ onEnded: ({ id }, cause) => ended.push([id, cause]) })).sessions;
});
afterEach(() => world.dispose());

const ada = { issuer: 'https://idp.example', subject: 'ada' };

describe('the end of all sessions of a person', () => {
  test('is of theirs alone, told once each, and a revocation', async () => {
    const mine = [await startSession(sessions), await startSession(sessions)].map(({ id }) => id);
    const bob = await startSession(sessions, newSession('bob'));
    const atMs = world.nowMs;
    expect(await sessions.endAllOf(ada, 'risk')).toBe(2);
    expect(ended).toEqual(mine.sort().map((id) => [id, 'risk']));
    expect(await sessions.ofPerson(ada)).toEqual([]);
    expect(await sessions.find(bob.id)).toMatchObject({ id: bob.id });
    expect(await sessions.revokedAtMs(ada)).toBe(atMs);
    expect(await sessions.revokedAtMs(bob.person)).toBeUndefined();
  });

  test('is complete however many there are', async () => {
    for (let number = 0; number < 51; number += 1) await startSession(sessions);
    expect(await sessions.endAllOf(ada, 'admin')).toBe(51);
    expect(await sessions.ofPerson(ada)).toEqual([]);
  });

  test('marks the person where there is none to end, too', async () => {
    expect(await sessions.endAllOf(ada, 'admin')).toBe(0);
    expect(await sessions.start(newSession(), world.nowMs - 1)).toEqual({
      outcome: 'revoked_since',
      sinceMs: world.nowMs,
    });
  });

  test('is forgiven once, and then the provider’s sign-in of before counts again', async () => {
    await sessions.endAllOf(ada, 'admin');
    expect(await sessions.forgive(ada)).toBe(true);
    expect(await sessions.revokedAtMs(ada)).toBeUndefined();
    expect(await sessions.start(newSession(), world.nowMs - 1)).toMatchObject({ outcome: 'started' });
    expect(await sessions.forgive(ada)).toBe(false);
    expect(await sessions.forgive({ ...ada, subject: 'bob' })).toBe(false);
  });
});

describe('the end of sessions that a registered browser proved', () => {
  const proved = (keyId: string): ProvedBrowser => ({ keyId, atMs: world.nowMs });

  async function mintAndRedeem(session: Session, browser: ProvedBrowser): Promise<void> {
    const attempt = mintSecret(randomBytes);
    const ticket = await sessions.mintTicket(session, targetAt('wiki.example', attempt), browser);
    expect(await sessions.redeemTicket(ticket, 'wiki.example', attempt)).toMatchObject({ outcome: 'redeemed' });
  }

  test('is of those with a credential of its, and of those with a ticket that is still to be redeemed', async () => {
    const [redeemed, minted, other] = [
      await startSession(sessions),
      await startSession(sessions),
      await startSession(sessions),
    ];
    await mintAndRedeem(redeemed, proved('k1'));
    await sessions.mintTicket(minted, targetAt('wiki.example', 'attempt'), proved('k1'));
    await mintAndRedeem(other, proved('k2'));
    expect(await sessions.endProvedBy('k1', ada, 'user')).toBe(2);
    expect(ended.map(([id]) => id).sort()).toEqual([redeemed.id, minted.id].sort());
    expect(await sessions.find(other.id)).toMatchObject({ id: other.id });
  });

  test('is of no session of somebody else', async () => {
    const bob = await startSession(sessions, newSession('bob'));
    await mintAndRedeem(bob, proved('k1'));
    expect(await sessions.endProvedBy('k1', ada, 'user')).toBe(0);
    expect(await sessions.find(bob.id)).toMatchObject({ id: bob.id });
  });

  test('counts none that ended before', async () => {
    const session = await startSession(sessions);
    await mintAndRedeem(session, proved('k1'));
    await sessions.end(session.id, 'logout');
    expect(await sessions.endProvedBy('k1', ada, 'user')).toBe(0);
  });

  test('goes with the time of the browser’s proof in its credential, and in no other', async () => {
    const session = await startSession(sessions, newSession('ada', { password: 5 }));
    const [attempt, plain] = [mintSecret(randomBytes), mintSecret(randomBytes)];
    const ticket = await sessions.mintTicket(session, targetAt('wiki.example', attempt), proved('k1'));
    const bare = await sessions.mintTicket(session, targetAt('wiki.example', plain));
    const times = async (one: string, secret: string) => {
      const redeemed = await sessions.redeemTicket(one, 'wiki.example', secret);
      const credential = redeemed.outcome === 'redeemed' ? redeemed.credential : '';
      const found = await sessions.findByCredential(credential, 'wiki.example', world.nowMs);
      return found.found === 'session' ? found.credential : undefined;
    };
    expect(await times(ticket, attempt)).toMatchObject({
      browserKeyId: 'k1',
      provedAtMs: { password: 5, registered_browser: world.nowMs },
    });
    const without = await times(bare, plain);
    expect(without?.browserKeyId).toBeUndefined();
    expect(without?.provedAtMs).toEqual({ password: 5 });
  });
});

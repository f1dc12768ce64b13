import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Session, Sessions } from '../../src/sessions/session.ts';
import { mintSecret } from '../../src/state/secret.ts';
import {
  createSessionsWorld,
  credentialAt,
  newSession,
  raiseSession,
  type SessionsProcess,
  type SessionsWorld,
  startSession,
  targetAt,
} from '../support/state-sessions.ts';

let world: SessionsWorld;
let here: SessionsProcess;
let sessions: Sessions;
let session: Session;
let attempt: string;
let ticket: string;

const host = 'wiki.example';
const spent = { outcome: 'refused', cause: 'spent' };

beforeEach(async () => {
  world = createSessionsWorld();
  here = await world.open();
  sessions = here.sessions;
  session = await startSession(sessions, newSession('ada', { password: 1_000 }));
  attempt = mintSecret(randomBytes);
  ticket = await sessions.mintTicket(session, targetAt(host, attempt));
});
afterEach(() => world.dispose());

describe('a ticket', () => {
  test('is redeemed once, by the browser that asked, for the target it was made for', async () => {
    const redeemed = await sessions.redeemTicket(ticket, host, attempt);
    expect(redeemed).toMatchObject({
      outcome: 'redeemed',
      session: { id: session.id },
      target: { path: '/here?x=1', host },
      maxAgeMs: world.settings.expirationMs,
    });
    expect(await sessions.redeemTicket(ticket, host, attempt)).toEqual(spent);
  });

  test('shown twice at once, in two processes, is redeemed by one', async () => {
    const there = await world.open();
    const outcomes = await Promise.all([
      sessions.redeemTicket(ticket, host, attempt),
      there.sessions.redeemTicket(ticket, host, attempt),
    ]);
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['redeemed', 'refused']);
  });

  test('shown at another host is refused there, and spent', async () => {
    expect(await sessions.redeemTicket(ticket, 'payroll.example', attempt)).toEqual(spent);
    expect(await sessions.redeemTicket(ticket, host, attempt)).toEqual(spent);
  });

  test('shown by another browser is refused, and spent', async () => {
    expect(await sessions.redeemTicket(ticket, host, mintSecret(randomBytes))).toEqual(spent);
    expect(await sessions.redeemTicket(ticket, host, attempt)).toEqual(spent);
  });

  test('shown without the attempt’s cookie names that cause, and is spent', async () => {
    const missing = { outcome: 'refused', cause: 'cookie_missing' };
    expect(await sessions.redeemTicket(ticket, host, undefined)).toEqual(missing);
    expect(await sessions.redeemTicket(ticket, host, undefined)).toEqual(missing);
    expect(await sessions.redeemTicket(ticket, host, attempt)).toEqual(spent);
  });

  test('is dead after 60 seconds', async () => {
    world.nowMs += 60_000;
    expect(await sessions.redeemTicket(ticket, host, attempt)).toEqual(spent);
  });

  test('dies with its session, and none is made for one that ended', async () => {
    await sessions.end(session.id, 'admin');
    expect(await sessions.redeemTicket(ticket, host, attempt)).toEqual(spent);
    await expect(sessions.mintTicket(session, targetAt(host, attempt))).rejects.toMatchObject({
      code: 'state_conflict',
    });
  });

  test('that is forged, empty or of another kind is refused', async () => {
    const target = await sessions.saveReturnTarget(targetAt(host, attempt));
    const credential = await credentialAt(sessions, session, host);
    for (const text of ['', 'x', mintSecret(randomBytes), target, credential, `${ticket}=`, ` ${ticket}`]) {
      expect(await sessions.redeemTicket(text, host, attempt)).toEqual(spent);
    }
  });

  test('made before a step-up gives a credential without it', async () => {
    await raiseSession(sessions, session, { provedAtMs: { otp: 2_000 }, acr: 'mfa', amr: ['otp'], idToken: 'x' });
    const redeemed = await sessions.redeemTicket(ticket, host, attempt);
    if (redeemed.outcome !== 'redeemed') throw new Error('refused');
    const found = await sessions.findByCredential(redeemed.credential, host, world.nowMs);
    expect(found.found === 'session' && found.credential.provedAtMs).toEqual({ password: 1_000 });
  });

  test('replaces the credential that the browser brought, at this host only', async () => {
    const old = await credentialAt(sessions, session, host);
    const elsewhere = await credentialAt(sessions, session, 'payroll.example');
    await sessions.findByCredential(old, host, world.nowMs);
    expect(await sessions.redeemTicket(ticket, host, attempt, old)).toMatchObject({ outcome: 'redeemed' });
    expect(await sessions.findByCredential(old, host, world.nowMs)).toEqual({ found: 'nothing' });
    const again = await sessions.mintTicket(session, targetAt(host, attempt));
    await sessions.redeemTicket(again, host, attempt, elsewhere);
    expect(await sessions.findByCredential(elsewhere, 'payroll.example', world.nowMs)).toMatchObject({
      found: 'session',
    });
  });

  test('leaves no secret in the store', async () => {
    const redeemed = await sessions.redeemTicket(ticket, host, attempt);
    const again = await sessions.mintTicket(session, targetAt(host, attempt));
    if (redeemed.outcome !== 'redeemed') throw new Error('refused');
    const kept = JSON.stringify([...(await here.store.list('credential')), ...(await here.store.list('ticket'))]);
    for (const secret of [redeemed.credential, ticket, again, attempt]) expect(kept).not.toContain(secret);
  });
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Fault } from '../../../src/decision/fault.ts';
import type { Proof, Session } from '../../../src/sessions/session.ts';
import type { StateStore } from '../../../src/state/state-store.ts';
import {
  createSessionsWorld,
  minuteMs,
  newSession,
  raiseSession,
  type SessionsProcess,
  type SessionsWorld,
  startSession,
} from '../../support/state-sessions.ts';

let world: SessionsWorld;
let here: SessionsProcess;
let told: string[];
let faults: unknown[];
let session: Session;
const proof: Proof = { provedAtMs: { otp: 9 }, acr: undefined, amr: [] };

beforeEach(async () => {
  world = createSessionsWorld();
  [told, faults] = [[], []];
  here = await open(await world.folder.open());
  session = await startSession(here.sessions);
  told = [];
});
afterEach(() => world.dispose());

const open = (store: StateStore) =>
  world.open({
    store,
    rememberPerson: async ({ name }) => void told.push(name ?? ''),
    onBackgroundFault: (fault) => faults.push(fault),
  });
const record = (key: string) => ({ key, value: '{}', expiresAtMs: world.nowMs + minuteMs });
const keysOf = async () => (await here.store.list('single_sign_on')).map(({ key }) => key);

describe('a step-up', () => {
  test('keeps what the proof does not speak of: how the person signed in, and the token for signing out', async () => {
    const raised = await raiseSession(here.sessions, session, proof);
    expect(raised).toMatchObject({ amr: ['pwd'], idToken: 'id-token', acr: undefined, provedAtMs: { otp: 9 } });
    expect(
      await raiseSession(here.sessions, session, { ...proof, acr: 'mfa', amr: ['otp'], idToken: 'new' }),
    ).toMatchObject({
      amr: ['otp'],
      idToken: 'new',
      acr: 'mfa',
    });
    expect((await raiseSession(here.sessions, session, proof)).acr).toBe('mfa');
  });

  test('notes the person where the proof is of one, and else not', async () => {
    await raiseSession(here.sessions, session, proof);
    expect(told).toEqual([]);
    await raiseSession(here.sessions, session, { ...proof, person: { ...session.person, name: 'Ada L.' } });
    expect(told).toEqual(['Ada L.']);
  });

  test('leaves the session the one record of its new cookie, and others theirs', async () => {
    const bob = await startSession(here.sessions, newSession('bob'));
    await here.sessions.raise(bob.id, proof, { from: undefined, to: record('of bob') });
    await here.sessions.raise(session.id, proof, { from: undefined, to: record('first') });
    await here.sessions.raise(session.id, proof, { from: 'first', to: record('second') });
    expect((await keysOf()).sort()).toEqual(['of bob', 'second']);
  });

  test('stands where former records could not be removed; the fault is told', async () => {
    const store = await world.folder.open();
    const away = new Fault('state_unavailable', 'The store does not answer.');
    const { sessions } = await open({ ...store, list: () => Promise.reject(away) });
    expect(await sessions.raise(session.id, proof, { from: undefined, to: record('new') })).toMatchObject({
      singleSignOnKey: 'new',
    });
    expect(faults).toEqual([away]);
  });

  test('of a session that changes each time is a fault after five tries, and never recorded', async () => {
    const store = await world.folder.open();
    let tries = 0;
    const contested: StateStore = {
      ...store,
      writeAll: async (writes) => {
        tries += 1;
        return writes.map(() => ({ outcome: 'conflict' }));
      },
    };
    const { sessions } = await open(contested);
    await expect(raiseSession(sessions, session, proof)).rejects.toMatchObject({ code: 'state_conflict' });
    expect(tries).toBe(5);
  });
});

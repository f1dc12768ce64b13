import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EndCause, Session, Sessions } from '../../../src/sessions/session.ts';
import { hashSecret, mintSecret } from '../../../src/state/secret.ts';
import {
  createSessionsWorld,
  credentialAt,
  interruptAfterRead,
  minuteMs,
  newSession,
  raiseSession,
  type SessionsProcess,
  type SessionsWorld,
  startSession,
  targetAt,
} from '../../support/state-sessions.ts';

let world: SessionsWorld;
let here: SessionsProcess;
let sessions: Sessions;

beforeEach(async () => {
  world = createSessionsWorld();
  here = await world.open();
  sessions = here.sessions;
});
afterEach(() => world.dispose());

const look = (secret: string, host = 'wiki.example') => sessions.findByCredential(secret, host, world.nowMs);

describe('a credential', () => {
  test('finds its session, from memory without a promise once it was looked up', async () => {
    const session = await startSession(sessions, newSession('ada', { password: 5 }));
    const secret = await credentialAt(sessions, session, 'wiki.example');
    const first = await look(secret);
    expect(first).toMatchObject({
      found: 'session',
      session: { id: session.id },
      credential: { provedAtMs: { password: 5 } },
    });
    expect(look(secret)).toBe(first);
  });

  test('that nobody minted is nothing, and text that cannot be one is not even looked for', async () => {
    expect(await look(mintSecret(randomBytes))).toEqual({ found: 'nothing' });
    expect(look('short')).toEqual({ found: 'nothing' });
    expect(look(`${'a'.repeat(42)}!`)).toEqual({ found: 'nothing' });
  });

  test('finds the changed session after a step-up', async () => {
    const session = await startSession(sessions);
    const secret = await credentialAt(sessions, session, 'wiki.example');
    await look(secret);
    await raiseSession(sessions, session, { provedAtMs: { otp: 7 }, acr: 'mfa', amr: ['otp'], idToken: 'new' });
    expect(await look(secret)).toMatchObject({ found: 'session', session: { acr: 'mfa', idToken: 'new', version: 2 } });
  });

  test.each<EndCause>(['logout', 'admin', 'user', 'risk', 'policy', 'idp_logout'])(
    'of a session that ended by %s says so, at every host',
    async (cause) => {
      const session = await startSession(sessions);
      const one = await credentialAt(sessions, session, 'wiki.example');
      const two = await credentialAt(sessions, session, 'payroll.example');
      await look(one);
      expect(await sessions.end(session.id, cause)).toBe(true);
      expect(await look(one)).toEqual({ found: 'ended', cause });
      expect(await look(two, 'payroll.example')).toEqual({ found: 'ended', cause });
      expect(await sessions.find(session.id)).toBeUndefined();
      expect(await sessions.end(session.id, 'logout')).toBe(false);
    },
  );

  test('is forgotten in another process at its next freshen', async () => {
    const there = await world.open();
    const session = await startSession(sessions);
    const secret = await credentialAt(sessions, session, 'wiki.example');
    await there.sessions.freshen();
    await there.sessions.findByCredential(secret, 'wiki.example', world.nowMs);
    await sessions.end(session.id, 'admin');
    await there.sessions.freshen();
    expect(await there.sessions.findByCredential(secret, 'wiki.example', world.nowMs)).toEqual({
      found: 'ended',
      cause: 'admin',
    });
  });

  test('is found again when memory is too small for all', async () => {
    const small = await world.open({ memoryCapacity: 1 });
    const secrets = [];
    for (const subject of ['ada', 'bob', 'cyd']) {
      const session = await startSession(small.sessions, newSession(subject));
      secrets.push({ subject, secret: await credentialAt(small.sessions, session, 'wiki.example') });
    }
    for (const { subject, secret } of [...secrets, ...secrets]) {
      expect(await small.sessions.findByCredential(secret, 'wiki.example', world.nowMs)).toMatchObject({
        session: { person: { subject } },
      });
    }
  });

  test.each<'credential' | 'session' | 'last_seen'>(['credential', 'session', 'last_seen'])(
    'whose session changes right after its %s was read is not remembered as it was',
    async (kind) => {
      const session = await startSession(sessions);
      const secret = await credentialAt(sessions, session, 'wiki.example');
      const proof = { provedAtMs: { otp: 7 }, acr: 'mfa', amr: [], idToken: 'x' };
      const store = await world.folder.open();
      let raise = async (): Promise<unknown> => undefined;
      const slow = (await world.open({ store: interruptAfterRead(store, kind, () => raise()) })).sessions;
      raise = () => raiseSession(slow, session, proof);
      await slow.findByCredential(secret, 'wiki.example', world.nowMs);
      expect(await slow.findByCredential(secret, 'wiki.example', world.nowMs)).toMatchObject({
        session: { acr: 'mfa' },
      });
    },
  );

  test('that is removed right after it was read is not remembered', async () => {
    const session = await startSession(sessions);
    const secret = await credentialAt(sessions, session, 'wiki.example');
    await sessions.find(session.id);
    const store = await world.folder.open();
    const slow = (
      await world.open({
        store: interruptAfterRead(store, 'credential', () => store.remove('credential', hashSecret(secret))),
      })
    ).sessions;
    await slow.find(session.id);
    await slow.findByCredential(secret, 'wiki.example', world.nowMs);
    expect(await slow.findByCredential(secret, 'wiki.example', world.nowMs)).toEqual({ found: 'nothing' });
  });
});

describe('time', () => {
  test('ends a session that is idle, and one that was used goes on', async () => {
    const session = await startSession(sessions);
    const secret = await credentialAt(sessions, session, 'wiki.example');
    await look(secret);
    world.nowMs += 29 * minuteMs;
    sessions.touch(session.id, world.nowMs);
    world.nowMs += 29 * minuteMs;
    expect(await look(secret)).toMatchObject({ found: 'session' });
    world.nowMs += minuteMs;
    expect(await look(secret)).toEqual({ found: 'ended', cause: 'idle' });
    expect(await sessions.find(session.id)).toBeUndefined();
  });

  test('ends a session at its absolute end however busy it is', async () => {
    const session = await startSession(sessions);
    const secret = await credentialAt(sessions, session, 'wiki.example');
    world.nowMs = session.expiresAtMs - 1;
    sessions.touch(session.id, world.nowMs);
    expect(await look(secret)).toMatchObject({ found: 'session' });
    world.nowMs += 1;
    sessions.touch(session.id, world.nowMs);
    expect(await look(secret)).toEqual({ found: 'ended', cause: 'absolute' });
  });

  test('of a stricter configuration ends sessions that run already', async () => {
    const session = await startSession(sessions);
    const secret = await credentialAt(sessions, session, 'wiki.example');
    await look(secret);
    world.settings.expirationMs = 10 * minuteMs;
    world.nowMs += 10 * minuteMs;
    expect(await look(secret)).toEqual({ found: 'ended', cause: 'absolute' });
  });

  test('seen by another process keeps a session alive in this one', async () => {
    const there = await world.open();
    const session = await startSession(sessions);
    const secret = await credentialAt(sessions, session, 'wiki.example');
    await look(secret);
    world.nowMs += 20 * minuteMs;
    there.sessions.touch(session.id, world.nowMs);
    await there.tick();
    world.nowMs += 20 * minuteMs;
    expect(await look(secret)).toMatchObject({ found: 'session' });
    expect(sessions.lastSeenAtMs(session.id)).toBe(world.nowMs - 20 * minuteMs);
  });

  test('last seen is merged by the latest, whoever writes last', async () => {
    const there = await world.open();
    const session = await startSession(sessions);
    const startedMs = world.nowMs;
    sessions.touch(session.id, startedMs + 500);
    there.sessions.touch(session.id, startedMs + 100);
    world.nowMs += minuteMs;
    await here.tick();
    await there.tick();
    const third = await world.open();
    const [listed] = await third.sessions.ofPerson(newSession().person);
    expect(listed?.lastSeenAtMs).toBe(startedMs + 500);
  });

  test('last seen of a session that is in use is written once a minute', async () => {
    const session = await startSession(sessions);
    const versionOf = async () => {
      const stored = await here.store.read('last_seen', session.id);
      return stored.found === 'record' ? stored.record.version : 0;
    };
    for (let second = 1; second <= 180; second += 1) {
      world.nowMs += 1_000;
      sessions.touch(session.id, world.nowMs);
      await here.tick();
    }
    expect(await versionOf()).toBe(1 + 3);
  });

  test('what another process has not written yet ends no session, and a crash takes a minute of it at most', async () => {
    const session = await startSession(sessions);
    const secret = await credentialAt(sessions, session, 'wiki.example');
    const there = await world.open();
    const crashed = await world.open();
    let usedAtMs = world.nowMs;
    // The store goes away in the middle of a minute, as with a process that is killed.
    for (let second = 1; second <= 90; second += 1) {
      world.nowMs += 1_000;
      usedAtMs = world.nowMs;
      crashed.sessions.touch(session.id, usedAtMs);
      await crashed.tick();
    }
    await crashed.store.close();
    world.nowMs = usedAtMs + 29 * minuteMs;
    expect(await there.sessions.findByCredential(secret, 'wiki.example', world.nowMs)).toMatchObject({
      found: 'session',
    });
    expect(usedAtMs - (there.sessions.lastSeenAtMs(session.id) ?? 0)).toBeLessThanOrEqual(minuteMs);
  });

  test('last seen is written at the end, however young', async () => {
    const session = await startSession(sessions);
    world.nowMs += 1_000;
    sessions.touch(session.id, world.nowMs);
    await sessions.close();
    expect(await here.store.read('last_seen', session.id)).toMatchObject({
      record: { value: JSON.stringify(world.nowMs) },
    });
  });

  test('a stricter inactivity finds last seen as fresh as it needs', async () => {
    const session = await startSession(sessions);
    world.nowMs += 50_000;
    sessions.touch(session.id, world.nowMs);
    await here.tick();
    world.settings.inactivityMs = minuteMs;
    await here.tick();
    const there = await world.open();
    world.nowMs += 30_000;
    expect(await there.sessions.find(session.id)).toMatchObject({ id: session.id });
  });

  test('last seen is kept for the next second while the store is away', async () => {
    const faults: unknown[] = [];
    const process = await world.open({ onBackgroundFault: (fault) => faults.push(fault) });
    const session = await startSession(process.sessions);
    process.sessions.touch(session.id, world.nowMs + 500);
    const other = await world.folder.open();
    const startedMs = world.nowMs;
    world.nowMs += minuteMs;
    await process.store.close();
    await process.tick();
    expect(faults).toMatchObject([{ code: 'state_unavailable' }]);
    expect(process.sessions.lastSeenAtMs(session.id)).toBe(startedMs + 500);
    expect(await other.read('last_seen', session.id)).toMatchObject({
      record: { value: JSON.stringify(startedMs) },
    });
  });

  test('last seen that is damaged keeps no other from being written, and is written anew', async () => {
    const broken = await startSession(sessions);
    const whole = await startSession(sessions, newSession('bob'));
    const there = await world.open();
    const use = async (process: SessionsProcess, ids: readonly Session['id'][]) => {
      world.nowMs += 2 * minuteMs;
      for (const id of ids) process.sessions.touch(id, world.nowMs);
      await process.tick();
    };
    await use(here, [broken.id, whole.id]);
    await use(there, [broken.id]);
    const file = new DatabaseSync(world.folder.path);
    file.prepare("UPDATE records SET sealed = x'03' WHERE kind = 'last_seen' AND key = ?").run(broken.id);
    file.close();
    await use(here, [broken.id, whole.id]);
    await use(here, [broken.id, whole.id]);
    for (const { id } of [whole, broken])
      expect(await here.store.read('last_seen', id)).toMatchObject({ record: { value: JSON.stringify(world.nowMs) } });
  });

  test('noted for a session that has ended is not written', async () => {
    const session = await startSession(sessions);
    const other = await startSession(sessions, newSession('bob'));
    sessions.touch(session.id, world.nowMs + 500);
    sessions.touch(other.id, world.nowMs + 500);
    await sessions.end(session.id, 'logout');
    world.nowMs += minuteMs;
    await here.tick();
    expect((await here.store.list('last_seen')).map((record) => record.key)).toEqual([other.id]);
  });
});

describe('a step-up', () => {
  test('raises times and never lowers one', async () => {
    const session = await startSession(sessions, newSession('ada', { password: 100, otp: 50 }));
    const raised = await raiseSession(sessions, session, {
      provedAtMs: { password: 90, passkey: 120 },
      acr: undefined,
      amr: [],
      idToken: 'x',
    });
    expect(raised.provedAtMs).toEqual({ password: 100, otp: 50, passkey: 120 });
    expect(raised.amr).toEqual(['pwd']);
  });

  test('replaces what the provider says of the person, whole, and never by something older', async () => {
    const session = await startSession(sessions);
    const proof = { provedAtMs: { otp: 5 }, acr: undefined, amr: [], idToken: 'x' };
    const claims = { department: 'payroll' };
    const later = { ...session.person, asOfMs: session.person.asOfMs + 1, groups: ['new'], claims };
    await raiseSession(sessions, session, { ...proof, person: later });
    await raiseSession(sessions, session, { ...proof, person: { ...session.person, groups: ['old'], claims: {} } });
    expect((await sessions.find(session.id))?.person).toMatchObject({ groups: ['new'], claims });
  });

  test('is made once of two at once in two processes: the second cookie would not count, so nor do its proofs', async () => {
    const there = await world.open();
    const session = await startSession(sessions);
    const raise = (from: Sessions, key: string, provedAtMs: Session['provedAtMs']) =>
      from.raise(
        session.id,
        { provedAtMs, acr: undefined, amr: ['x'], idToken: 'x' },
        { from: session.singleSignOnKey, to: { key, value: '{}', expiresAtMs: world.nowMs + minuteMs } },
      );
    const [first, second] = await Promise.all([
      raise(sessions, 'one', { otp: 5 }),
      raise(there.sessions, 'other', { passkey: 6 }),
    ]);
    expect(first).toMatchObject({ provedAtMs: { otp: 5 }, singleSignOnKey: 'one' });
    expect(second).toBeUndefined();
    expect(await sessions.find(session.id)).toMatchObject({ provedAtMs: { otp: 5 }, singleSignOnKey: 'one' });
    expect((await here.store.list('single_sign_on')).map(({ key }) => key)).toEqual(['one']);
  });

  test('by another account is refused, and so is one for a session that ended', async () => {
    const session = await startSession(sessions);
    const proof = { provedAtMs: { otp: 5 }, acr: undefined, amr: [], idToken: 'x' };
    await expect(
      raiseSession(sessions, session, { ...proof, person: { ...session.person, issuer: 'https://other.example' } }),
    ).rejects.toMatchObject({ code: 'idp_refused' });
    await sessions.end(session.id, 'logout');
    await expect(raiseSession(sessions, session, proof)).rejects.toMatchObject({ code: 'state_conflict' });
  });
});

describe('the end of a session', () => {
  test('is told to listeners in every process, and once to the process that did it', async () => {
    const counted: EndCause[] = [];
    const counting = await world.open({ onEnded: (_session, cause) => counted.push(cause) });
    const told: string[] = [];
    sessions.onEnd((id) => told.push(id));
    const session = await startSession(counting.sessions);
    await counting.sessions.end(session.id, 'admin');
    await counting.sessions.end(session.id, 'admin');
    expect(counted).toEqual(['admin']);
    expect(told).toEqual([]);
    await sessions.freshen();
    expect(told).toEqual([session.id]);
  });

  test('is found out within a second when the log had a gap', async () => {
    const lagging = await world.folder.open({ changeLogLength: 2 });
    const busy = await world.open({ store: lagging });
    const session = await startSession(sessions);
    await sessions.find(session.id);
    const told: string[] = [];
    sessions.onEnd((id) => told.push(id));
    await busy.sessions.end(session.id, 'admin');
    for (const subject of ['x', 'y', 'z']) await startSession(busy.sessions, newSession(subject));
    await sessions.freshen();
    await here.tick();
    expect(told).toEqual([session.id]);
  });
});

describe('a list of sessions', () => {
  test('has the live ones with the time they were last seen', async () => {
    const idle = await startSession(sessions);
    world.nowMs += 29 * minuteMs;
    const live = await startSession(sessions, newSession('bob'));
    sessions.touch(live.id, world.nowMs);
    world.nowMs += minuteMs;
    const { sessions: listed } = await sessions.page({ limit: 10 });
    expect(listed.map(({ id, lastSeenAtMs }) => ({ id, lastSeenAtMs }))).toEqual([
      { id: live.id, lastSeenAtMs: world.nowMs - minuteMs },
    ]);
    expect(await sessions.find(idle.id)).toBeUndefined();
  });
});

describe('a return target', () => {
  test('is found by its id for ten minutes', async () => {
    const target = targetAt('wiki.example', mintSecret(randomBytes));
    const id = await sessions.saveReturnTarget(target);
    expect(await sessions.findReturnTarget(id)).toEqual(target);
    expect(await sessions.findReturnTarget('../etc')).toBeUndefined();
    world.nowMs += 10 * minuteMs;
    expect(await sessions.findReturnTarget(id)).toBeUndefined();
  });

  test('makes the oldest of the same browser go when there are too many, and no other', async () => {
    const target = targetAt('wiki.example', mintSecret(randomBytes));
    const other = await sessions.saveReturnTarget(targetAt('wiki.example', mintSecret(randomBytes)));
    const ids = [];
    for (let count = 0; count < 21; count += 1) {
      world.nowMs += 1;
      ids.push(await sessions.saveReturnTarget(target));
    }
    const found = await Promise.all(ids.map((id) => sessions.findReturnTarget(id)));
    expect(found.map((each) => each !== undefined)).toEqual([false, ...Array(20).fill(true)]);
    expect(await sessions.findReturnTarget(other)).toBeDefined();
  });
});

describe('a restart', () => {
  test('changes nothing: the credential finds its session, and idleness counts from when it was last seen', async () => {
    const session = await startSession(sessions);
    const secret = await credentialAt(sessions, session, 'wiki.example');
    world.nowMs += 20 * minuteMs;
    sessions.touch(session.id, world.nowMs);
    await sessions.close();
    await here.store.close();
    const again = await world.open();
    world.nowMs += 29 * minuteMs;
    expect(await again.sessions.findByCredential(secret, 'wiki.example', world.nowMs)).toMatchObject({
      found: 'session',
      session: { ...session },
    });
  });

  test('two sign-ins of one person at once both succeed', async () => {
    const there = await world.open();
    const started = await Promise.all([startSession(sessions), startSession(there.sessions), startSession(sessions)]);
    expect(new Set(started.map((session) => session.id)).size).toBe(3);
  });
});

import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSessions } from '../../../src/sessions/session-registry.ts';
import { createStateFolder, type StateFolder } from '../../support/state-folder.ts';
import { type StateProcess, startStateProcess } from '../../support/state-process.ts';
import { credentialAt, startSession } from '../../support/state-sessions.ts';

let folder: StateFolder;
let processes: StateProcess[];

beforeEach(() => {
  folder = createStateFolder();
  processes = [];
});
afterEach(async () => {
  for (const process of processes) await process.kill('SIGKILL');
  await folder.dispose();
});

async function start(): Promise<StateProcess> {
  const process = await startStateProcess(folder.path);
  processes.push(process);
  return process;
}

async function signIn() {
  const store = await folder.open();
  const settings = { expirationMs: 3_600_000, inactivityMs: 3_600_000 };
  const sessions = createSessions({ store, settings: () => settings, now: Date.now, randomBytes });
  const session = await startSession(sessions);
  return { store, sessions, session, secret: await credentialAt(sessions, session, 'wiki.example') };
}

describe('processes on one state file', () => {
  test('agree at the next freshen: what one ends, another that remembers it refuses', async () => {
    const { sessions, session, secret } = await signIn();
    const [one, two] = [await start(), await start()];
    expect(await one.ask('find', secret, 'wiki.example')).toBe('session');
    expect(await two.ask('find', secret, 'wiki.example')).toBe('session');
    expect(await two.ask('isRemembered', secret, 'wiki.example')).toBe(true);
    expect(await one.ask('end', session.id)).toBe(true);
    expect(await two.ask('find', secret, 'wiki.example')).toBe('ended');
    await sessions.freshen();
    expect(await sessions.find(session.id)).toBeUndefined();
    await sessions.close();
  });

  test('give a ticket to one of them', async () => {
    const store = await folder.open();
    const [one, two] = [await start(), await start()];
    for (let round = 0; round < 20; round += 1) {
      await store.write({ kind: 'ticket', key: `t${round}`, value: '1', expectedVersion: 0 });
      const taken = await Promise.all([one.ask('take', `t${round}`), two.ask('take', `t${round}`)]);
      expect([...taken].sort()).toEqual([false, true]);
    }
  });

  test('lose no versioned write to each other', async () => {
    const store = await folder.open();
    const counters = await Promise.all([start(), start(), start()]);
    const answers = await Promise.all(counters.map((each) => each.ask('increment', 'k', '60')));
    expect(answers).toEqual(['done', 'done', 'done']);
    expect(await store.read('device', 'k')).toMatchObject({ record: { value: '180', version: 180 } });
  });

  test('may start at once on a new file, and share one data key', async () => {
    const started = await Promise.all([start(), start(), start()]);
    await started[0]?.ask('increment', 'k');
    await started[1]?.ask('increment', 'k');
    const store = await folder.open();
    expect(await store.read('device', 'k')).toMatchObject({ record: { value: '2' } });
  });
});

describe('a process that is killed while it writes', () => {
  test('leaves whole transactions behind, all that it had confirmed, and no harm to others', async () => {
    const { store, sessions, session, secret } = await signIn();
    let confirmed = -1;
    for (let round = 0; round < 5; round += 1) {
      const writer = await start();
      writer.tell('flood');
      for (let pairs = 0; pairs < 15 + round; pairs += 1) confirmed = Number(await writer.hear());
      await writer.kill('SIGKILL');
      const left = await store.read('device', 'left');
      const right = await store.read('device', 'right');
      const textOf = (read: typeof left): string => (read.found === 'record' ? read.record.value : 'none');
      expect(textOf(left)).toBe(textOf(right));
      expect(Number.parseInt(textOf(left), 10)).toBeGreaterThanOrEqual(confirmed);
      for (const record of await store.list('device_nonce')) await store.remove('device_nonce', record.key);
    }
    const database = new DatabaseSync(folder.path);
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    database.close();
    await sessions.freshen();
    expect(await sessions.findByCredential(secret, 'wiki.example', Date.now())).toMatchObject({
      found: 'session',
      session: { id: session.id },
    });
    await sessions.close();
  });

  test('is followed by one that finds every session', async () => {
    const { sessions, store, secret } = await signIn();
    await sessions.close();
    await store.close();
    const first = await start();
    expect(await first.ask('find', secret, 'wiki.example')).toBe('session');
    await first.kill('SIGKILL');
    const second = await start();
    expect(await second.ask('find', secret, 'wiki.example')).toBe('session');
  });
});

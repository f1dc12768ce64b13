import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createSessions } from '../../../src/sessions/session-registry.ts';
import { openDataKeys } from '../../../src/state/data-keys.ts';
import { createLocalKeyProvider } from '../../../src/state/key-provider.ts';
import { createRecordCipher } from '../../../src/state/record-cipher.ts';
import { openSqliteDatabase } from '../../../src/state/sqlite-database.ts';
import { migrate, migrations } from '../../../src/state/sqlite-schema.ts';
import type { StateStore } from '../../../src/state/state-store.ts';
import { createStateFolder, type StateFolder, stateKey } from '../../support/state-folder.ts';
import { newSession } from '../../support/state-sessions.ts';

let folder: StateFolder;
beforeEach(() => {
  folder = createStateFolder();
});
afterEach(() => folder.dispose());

const nowMs = Date.now();
const person = newSession('ada').person;
const stored = {
  ...newSession('ada', { password: nowMs }),
  person: { ...person, email: 'ada@corp.example' },
  acr: null,
  signedInAtMs: nowMs,
  expiresAtMs: nowMs + 3_600_000,
  deviceFingerprint: null,
  signedInFrom: { address: '192.0.2.1', userAgent: null },
};

/** Writes a file as the first schema had it: nothing in it is tagged, counted or due. */
async function writeFirstVersion(): Promise<void> {
  await (await folder.open()).close();
  const made = new DatabaseSync(folder.path);
  const wrapped = made.prepare("SELECT value FROM meta WHERE name = 'data_key'").all()[0]?.['value'];
  made.exec(`
    DROP TABLE record_tags; DROP TABLE record_counts; DROP TABLE records; DROP TABLE meta;
    DROP TABLE tombstones; DROP TABLE change_log; PRAGMA user_version = 0`);
  made.close();
  const database = openSqliteDatabase(folder.path, 20);
  migrate(database, folder.path, migrations.slice(0, 1));
  database.prepare("INSERT INTO meta (name, value) VALUES ('data_key', ?)").run(String(wrapped));
  const provider = createLocalKeyProvider([stateKey], randomBytes);
  const cipher = createRecordCipher(
    await openDataKeys(database, folder.path, () => provider, randomBytes),
    randomBytes,
  );
  const insert = database.prepare(
    'INSERT INTO records (kind, key, version, owner, expires_at_ms, sealed) VALUES (?, ?, 1, ?, NULL, ?)',
  );
  const put = (
    kind: 'session' | 'credential' | 'person' | 'last_seen',
    key: string,
    owner: string | undefined,
    value: object,
  ) =>
    insert.run(
      kind,
      key,
      owner ?? null,
      cipher.seal({ kind, key, version: 1, owner, expiresAtMs: undefined }, JSON.stringify(value)),
    );
  const id = 'ses_01JX3V8K0000000000000000AA';
  put('session', id, undefined, stored);
  put('credential', 'c', id, { sessionId: id, host: 'h', mintedAtMs: 1, provedAtMs: {}, browserKeyId: 'kid' });
  put('last_seen', id, id, { atMs: nowMs });
  put('person', 'p', undefined, { person: stored.person, firstSeenAtMs: 1, lastSeenAtMs: 2 });
  insert.run('session', 'ses_damaged', null, Buffer.from('nonsense'));
  database.close();
}

test('a file of the first schema is indexed when it is opened: everything of a person is found by the person', async () => {
  await writeFirstVersion();
  const store: StateStore = await folder.open();
  const settings = { expirationMs: 3_600_000, inactivityMs: 3_600_000 };
  const sessions = createSessions({ store, settings: () => settings, now: Date.now, randomBytes });
  expect(await sessions.ofPerson(person)).toMatchObject([{ person: { subject: 'ada' }, lastSeenAtMs: nowMs }]);
  expect((await sessions.page({ limit: 5, of: { emails: ['ada@corp.example'], people: [] } })).sessions).toHaveLength(
    1,
  );
  expect(Object.fromEntries(await sessions.count())).toEqual({ corp: 1 });
  expect(await store.listDue('last_seen', 'due', Date.now(), 9)).toHaveLength(1);
  expect((await store.list('person', { tag: 'name ada' })).map(({ key }) => key)).toEqual(['p']);
  expect(await sessions.endProvedBy('kid', person, 'logout')).toBe(1);
  expect(Object.fromEntries(await sessions.count())).toEqual({ corp: 0 });
  await sessions.close();
});

test('tags in the file name nobody, and another file has others', async () => {
  const tagsIn = async (of: StateFolder): Promise<string> => {
    const store = await of.open();
    await store.write({ kind: 'session', key: 'k', tags: ['person ada'], value: '1', expectedVersion: 0 });
    const database = new DatabaseSync(of.path);
    const [row] = database.prepare("SELECT hex(tag) AS tag FROM record_tags WHERE key = 'k'").all();
    database.close();
    return String(row?.['tag']);
  };
  const other = createStateFolder();
  const [one, two] = [await tagsIn(folder), await tagsIn(other)];
  await other.dispose();
  expect(one).toMatch(/^[0-9A-F]{16}$/);
  expect(Buffer.from(one, 'hex').toString('latin1')).not.toContain('ada');
  expect(two).not.toBe(one);
});

test('a file that another process has open is not upgraded: what an older Postern writes there would be found by nobody', async () => {
  await writeFirstVersion();
  const older = new DatabaseSync(folder.path);
  older.prepare('SELECT * FROM meta').all();
  await expect(folder.open()).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining('Stop the older Postern first.'),
  });
  expect(older.prepare('PRAGMA user_version').all()).toEqual([{ user_version: 1 }]);
  older.close();
  await folder.open();
});

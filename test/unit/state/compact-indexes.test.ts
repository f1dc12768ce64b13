import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { StateStore } from '../../../src/state/state-store.ts';
import { createStateFolder, type StateFolder } from '../../support/state-folder.ts';

let folder: StateFolder;
beforeEach(() => {
  folder = createStateFolder();
});
afterEach(() => folder.dispose());

const kinds = ['last_seen', 'provider_grant', 'refresh_lease', 'credential'] as const;

/** A session with something of every kind that lies under its key, and something under a key of its own. */
async function fill(store: StateStore, id: string): Promise<void> {
  await store.write({ kind: 'session', key: id, tags: ['of ada', id], value: '{}', expectedVersion: 0 });
  await store.write({ kind: 'person', key: `p-${id}`, tags: ['of ada'], value: '{}', expectedVersion: 0 });
  for (const kind of kinds.slice(0, 3)) await store.write({ kind, key: id, owner: id, value: '1', expectedVersion: 0 });
  await store.write({ kind: 'credential', key: `c-${id}`, owner: id, value: '2', expectedVersion: 0 });
}

/** As the version before this one wrote it: each owner in words. */
function makeOlder(): void {
  const database = new DatabaseSync(folder.path);
  database.exec(`
    DROP INDEX records_by_owner;
    UPDATE records SET owner = key WHERE owner = '';
    CREATE INDEX records_by_owner ON records (owner) WHERE owner IS NOT NULL;
    DROP TRIGGER records_tagged; DROP TRIGGER records_untagged; DROP TRIGGER records_retagged;
    CREATE TABLE older (tag BLOB NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (tag, kind, key)) STRICT;
    INSERT INTO older SELECT tag, kind, key FROM record_tags JOIN records USING (key) WHERE tags IS NOT NULL;
    DROP TABLE record_tags; ALTER TABLE older RENAME TO record_tags;
    CREATE TRIGGER records_tagged AFTER INSERT ON records BEGIN SELECT 1; END;
    CREATE TRIGGER records_untagged AFTER DELETE ON records BEGIN SELECT 1; END;
    CREATE TRIGGER records_retagged AFTER UPDATE ON records BEGIN SELECT 1; END;
    PRAGMA user_version = 2`);
  database.close();
}

const ownersIn = (): unknown[] => {
  const database = new DatabaseSync(folder.path);
  const rows = database.prepare('SELECT owner FROM records WHERE owner IS NOT NULL ORDER BY owner').all();
  database.close();
  return rows.map(({ owner }) => owner);
};

test.each([
  ['a new file', false],
  ['a file of the version before', true],
])('in %s, what lies under the key of a session is read, listed and buried with it', async (_, isOlder) => {
  const first = await folder.open();
  await fill(first, 'ses_a');
  await fill(first, 'ses_b');
  await first.close();
  if (isOlder) makeOlder();
  const store = await folder.open();
  expect(ownersIn()).toEqual(['', '', '', '', '', '', 'ses_a', 'ses_b']);
  for (const kind of kinds) {
    const listed = await store.list(kind, { owner: 'ses_a' });
    expect(listed.map(({ key, owner }) => [key, owner])).toEqual([
      [kind === 'credential' ? 'c-ses_a' : 'ses_a', 'ses_a'],
    ]);
  }
  expect((await store.list('session', { tag: 'of ada' })).map(({ key }) => key)).toEqual(['ses_a', 'ses_b']);
  expect((await store.list('person', { tag: 'of ada' })).map(({ key }) => key)).toEqual(['p-ses_a', 'p-ses_b']);
  // What was sealed names its owner, so it opens whichever way the column is written.
  expect(await store.read('last_seen', 'ses_b')).toMatchObject({
    found: 'record',
    record: { owner: 'ses_b', value: '1' },
  });
  expect(await store.bury('session', 'ses_a', 'admin', Date.now() + 60_000)).toBe(5);
  for (const kind of kinds) {
    expect(await store.list(kind, { owner: 'ses_a' })).toEqual([]);
    expect(await store.list(kind, { owner: 'ses_b' })).toHaveLength(1);
  }
  expect((await store.list('session', { tag: 'of ada' })).map(({ key }) => key)).toEqual(['ses_b']);
  expect(await store.list('session', { tag: 'ses_a' })).toEqual([]);
  await store.write({ kind: 'session', key: 'ses_b', tags: ['of eve'], value: '{}', expectedVersion: 'any' });
  expect(await store.list('session', { tag: 'of ada' })).toEqual([]);
  expect(await store.list('session', { tag: 'of eve' })).toHaveLength(1);
  const late = { kind: 'last_seen', key: 'ses_a', owner: 'ses_a', value: '3', expectedVersion: 'any' } as const;
  expect(await store.write(late)).toEqual({ outcome: 'buried' });
});

test('a record whose column was given to another owner is refused: the label is sealed', async () => {
  const store = await folder.open();
  await fill(store, 'ses_a');
  const database = new DatabaseSync(folder.path);
  database.prepare("UPDATE records SET owner = 'ses_b' WHERE kind = 'last_seen'").run();
  database.prepare("UPDATE records SET owner = '' WHERE kind = 'credential'").run();
  database.close();
  await expect(store.read('last_seen', 'ses_a')).rejects.toMatchObject({ code: 'state_corrupt' });
  await expect(store.read('credential', 'c-ses_a')).rejects.toMatchObject({ code: 'state_corrupt' });
});

import { randomBytes } from 'node:crypto';
import { copyFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqliteDatabase } from '../../../src/state/sqlite-database.ts';
import { migrate } from '../../../src/state/sqlite-schema.ts';
import type { Change, StateStore } from '../../../src/state/state-store.ts';
import { createStateFolder, type StateFolder } from '../../support/state-folder.ts';

let folder: StateFolder;
let store: StateStore;

beforeEach(async () => {
  folder = createStateFolder();
  store = await folder.open();
});
afterEach(() => folder.dispose());

const put = (key: string, value = '1', to = store) =>
  to.write({ kind: 'session', key, owner: 'o', value, expiresAtMs: 9e15, expectedVersion: 'any' });

/** What somebody with the file, and without the key, can do. */
function tamper(sql: string): void {
  const database = new DatabaseSync(folder.path);
  database.exec(sql);
  database.close();
}

describe('the state file', () => {
  test('is for its owner alone, and so are its folder and companions', async () => {
    await put('k');
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(`${folder.path}${suffix}`).mode & 0o077).toBe(0);
    expect(statSync(dirname(folder.path)).mode & 0o077).toBe(0);
  });

  test('holds no value in clear', async () => {
    await put('k', 'a-very-visible-value');
    await store.close();
    const database = new DatabaseSync(folder.path);
    const rows = database.prepare('SELECT * FROM records').all();
    expect(JSON.stringify(rows.map((row) => Buffer.from(Object(row['sealed'])).toString('latin1')))).not.toContain(
      'visible',
    );
    database.close();
  });

  test('is refused with another key, with a sentence that says so', async () => {
    await expect(folder.open({ key: 'another key that is long enough as well' })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('made with another secret'),
    });
    await expect(folder.open({ key: 'short' })).rejects.toMatchObject({ code: 'config_invalid' });
  });

  test('is refused when its wrapped key was altered', async () => {
    tamper("UPDATE meta SET value = '{}' WHERE name = 'data_key'");
    await expect(folder.open()).rejects.toMatchObject({ code: 'state_corrupt' });
  });

  test('is refused when another provider wrapped its key', async () => {
    const key = { name: 'kms', wrap: async () => Buffer.alloc(0), unwrap: async () => Buffer.alloc(32) };
    await expect(folder.open({ key })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('wrapped by "local"'),
    });
  });

  test.each([
    ['the value', "UPDATE records SET sealed = (SELECT sealed FROM records WHERE key = 'b') WHERE key = 'a'"],
    ['the version', "UPDATE records SET version = 7 WHERE key = 'a'"],
    ['the owner', "UPDATE records SET owner = 'somebody' WHERE key = 'a'"],
    ['the expiry', "UPDATE records SET expires_at_ms = NULL WHERE key = 'a'"],
    ['the kind', "UPDATE records SET kind = 'device' WHERE key = 'a'"],
    ['a tag', "UPDATE records SET tags = x'0102030405060708' WHERE key = 'a'"],
    ['what it counts as', "UPDATE records SET counted_as = 'other' WHERE key = 'a'"],
    ['the time that it is due', "UPDATE records SET due_ms = 1 WHERE key = 'a'"],
    ['the format', "UPDATE records SET sealed = x'03' WHERE key = 'a'"],
    ['the packing', "UPDATE records SET sealed = CAST(x'02' || substr(sealed, 2) AS BLOB) WHERE key = 'a'"],
  ])('with %s of a record altered or swapped is corrupt, and nothing is answered for it', async (what, sql) => {
    await put('a', '"of a"');
    await put('b', '"of b"');
    tamper(sql);
    const kind = what === 'the kind' ? 'device' : 'session';
    await expect(store.read(kind, 'a')).rejects.toMatchObject({ code: 'state_corrupt' });
    await expect(store.list(kind)).rejects.toMatchObject({ code: 'state_corrupt' });
    expect(await store.read('session', 'b')).toMatchObject({ record: { value: '"of b"' } });
  });

  test('that was replaced is unavailable for looks, reads and writes, until it is put back', async () => {
    await put('k');
    renameSync(folder.path, `${folder.path}.moved`);
    expect(() => store.freshen()).toThrow(expect.objectContaining({ code: 'state_unavailable' }));
    copyFileSync(`${folder.path}.moved`, folder.path);
    expect(() => store.freshen()).toThrow(expect.objectContaining({ code: 'state_unavailable' }));
    await expect(store.read('session', 'k')).rejects.toMatchObject({ code: 'state_unavailable' });
    await expect(put('k')).rejects.toMatchObject({ code: 'state_unavailable' });
    await expect(store.probe()).rejects.toMatchObject({ code: 'state_unavailable' });
    rmSync(folder.path);
    renameSync(`${folder.path}.moved`, folder.path);
    expect(await store.read('session', 'k')).toMatchObject({ found: 'record' });
  });

  test('that is locked by another process for too long is unavailable, and nothing is half written', async () => {
    const blocker = new DatabaseSync(folder.path);
    blocker.exec('BEGIN IMMEDIATE');
    await expect(put('k')).rejects.toMatchObject({ code: 'state_unavailable' });
    await expect(store.bury('session', 'k', 'admin', 9e15)).rejects.toMatchObject({ code: 'state_unavailable' });
    expect(await store.read('session', 'k')).toEqual({ found: 'nothing' });
    expect(store.freshen()).toBeUndefined();
    blocker.exec('ROLLBACK');
    blocker.close();
    expect(await put('k')).toEqual({ outcome: 'written', version: 1 });
  });

  test('that is no database, or somebody else’s, is refused and left alone', async () => {
    await store.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${folder.path}${suffix}`, { force: true });
    writeFileSync(folder.path, 'not a database at all, but long enough to be looked at as one'.repeat(20));
    await expect(folder.open()).rejects.toMatchObject({ code: 'state_corrupt' });
    rmSync(folder.path);
    tamper('CREATE TABLE theirs (a)');
    await expect(folder.open()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining("not one of Postern's"),
    });
  });
});

describe('the schema', () => {
  test('of a newer Postern is refused with both versions named', async () => {
    tamper('PRAGMA user_version = 99');
    await expect(folder.open()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/schema version 99.*versions up to 3/s),
    });
  });

  test('is brought forward step by step, each once, and all or none', () => {
    const path = `${folder.path}.steps`;
    const database = openSqliteDatabase(path, 20);
    const steps = ['CREATE TABLE one (a)', 'ALTER TABLE one ADD COLUMN b'];
    migrate(database, path, steps.slice(0, 1));
    migrate(database, path, steps);
    migrate(database, path, steps);
    database.execute('INSERT INTO one (a, b) VALUES (1, 2)');
    expect(() => migrate(database, path, [...steps, 'CREATE TABLE three (a)', 'nonsense'])).toThrow();
    expect(database.prepare('PRAGMA user_version').all()[0]).toMatchObject({ user_version: 2 });
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'three'").all()).toEqual([]);
    database.close();
  });
});

describe('the change log', () => {
  const listen = (to: StateStore): Change[] => {
    const heard: Change[] = [];
    to.onChange((change) => heard.push(change));
    return heard;
  };

  test('that lost entries before they were read empties memory', async () => {
    const writer = await folder.open({ changeLogLength: 3 });
    const heard = listen(store);
    for (let count = 0; count < 9; count += 1) await put(`k${count}`, '1', writer);
    await store.freshen();
    expect(heard).toEqual([{ type: 'everything' }]);
    await put('later', '1', writer);
    await store.freshen();
    expect(heard).toHaveLength(2);
    expect(heard[1]).toMatchObject({ key: 'later' });
  });

  test('that lost all its entries empties memory', async () => {
    const heard = listen(store);
    const writer = await folder.open();
    await put('k', '1', writer);
    tamper('DELETE FROM change_log');
    await store.freshen();
    expect(heard).toEqual([{ type: 'everything' }]);
  });

  test('that went backwards empties memory', async () => {
    await put('k');
    const heard = listen(store);
    tamper("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'change_log'; DELETE FROM change_log");
    await store.freshen();
    expect(heard).toEqual([{ type: 'everything' }]);
  });

  test('is bounded', async () => {
    const writer = await folder.open({ changeLogLength: 5 });
    for (let count = 0; count < 40; count += 1) await put('k', '1', writer);
    const database = new DatabaseSync(folder.path);
    const counted = database.prepare('SELECT count(*) AS entries FROM change_log').all();
    database.close();
    expect(Number(counted[0]?.['entries'])).toBeLessThanOrEqual(10);
  });

  test('is looked at once a millisecond at most', async () => {
    let ms = 5;
    const slow = await folder.open({ monotonicNow: () => ms });
    const heard = listen(slow);
    await slow.freshen();
    await put('k');
    ms = 5.9;
    await slow.freshen();
    expect(heard).toHaveLength(0);
    ms = 6;
    await slow.freshen();
    expect(heard).toHaveLength(1);
  });

  test('is looked at before anything is passed on, where nobody has looked for a quarter of a second', async () => {
    let ms = 1_000;
    const hung = await folder.open({ monotonicNow: () => ms });
    const heard = listen(hung);
    await hung.freshen();
    await put('k');
    ms += 249;
    expect(hung.fence()).toBe(false);
    expect(heard).toEqual([]);
    ms += 1;
    expect(hung.fence()).toBe(true);
    expect(heard).toHaveLength(1);
    ms += 250;
    expect(hung.fence()).toBe(false);
    // Somebody else in the process looked first, and just as late: what it heard is still being closed.
    await put('l');
    ms += 250;
    await hung.freshen();
    expect(hung.fence()).toBe(true);
    expect(hung.fence()).toBe(false);
  });

  test('is not counted as read when a listener fails', async () => {
    const writer = await folder.open();
    const heard: Change[] = [];
    let isFailing = true;
    store.onChange((change) => {
      if (isFailing) throw new Error('not now');
      heard.push(change);
    });
    await put('k', '1', writer);
    expect(() => store.freshen()).toThrow('not now');
    isFailing = false;
    await store.freshen();
    expect(heard).toMatchObject([{ key: 'k' }]);
  });
});

describe('expired records and tombstones', () => {
  test('are purged from time to time, all of them in the end', async () => {
    let nowMs = 1_000_000;
    const purging = await folder.open({ now: () => nowMs, randomBytes });
    for (let count = 0; count < 510; count += 1) {
      await purging.write({
        kind: 'ticket',
        key: `t${count}`,
        value: '1',
        expiresAtMs: nowMs + 1,
        expectedVersion: 0,
        isLogged: false,
      });
    }
    await purging.bury('session', 's', 'admin', nowMs + 1);
    const database = new DatabaseSync(folder.path);
    const count = (table: string): unknown => database.prepare(`SELECT count(*) AS n FROM ${table}`).all()[0]?.['n'];
    nowMs += 60_000;
    await put('live', '1', purging);
    expect([count('records'), count('tombstones')]).toEqual([510 - 200 + 2, 0]);
    for (let slices = 0; slices < 2; slices += 1) {
      nowMs += 100;
      await put('live', '1', purging);
    }
    // What is live, and the store's own key of the tags.
    expect(count('records')).toBe(2);
    database.close();
  });
});

import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openSqliteDatabase, type SqlDatabase } from '../../../src/state/sqlite-database.ts';
import { migrate } from '../../../src/state/sqlite-schema.ts';
import { createStateFolder, type StateFolder } from '../../support/state-folder.ts';

const steps = ['CREATE TABLE one (a)', 'ALTER TABLE one ADD COLUMN b', 'CREATE TABLE three (c)'];

let folder: StateFolder;
let database: SqlDatabase;
let path = '';

beforeEach(async () => {
  folder = createStateFolder();
  await folder.open();
  path = `${folder.path}.steps`;
  database = openSqliteDatabase(path, 20);
  migrate(database, path, steps.slice(0, 1));
  database.execute('INSERT INTO one (a) VALUES (7)');
});
afterEach(() => {
  database.close();
  return folder.dispose();
});

const copies = () =>
  readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)) && /copy|part/.test(name));

describe('a state of an older schema', () => {
  test('is kept as it was, for its owner alone, before it is upgraded', () => {
    migrate(database, path, steps);
    expect(copies()).toEqual([`${basename(path)}.v1-copy`]);
    expect(statSync(`${path}.v1-copy`).mode & 0o777).toBe(0o600);
    const kept = openSqliteDatabase(`${path}.v1-copy`, 20);
    expect(kept.prepare('SELECT * FROM one').all()).toEqual([{ a: 7 }]);
    expect(kept.prepare('PRAGMA user_version').all()).toEqual([{ user_version: 1 }]);
    // The Postern of before can go on with it.
    migrate(kept, `${path}.v1-copy`, steps.slice(0, 1));
    kept.close();
  });

  test('is kept once for each version, and not at all when there is nothing to upgrade', () => {
    migrate(database, path, steps.slice(0, 1));
    expect(copies()).toEqual([]);
    migrate(database, path, steps.slice(0, 2));
    migrate(database, path, steps);
    migrate(database, path, steps);
    expect(copies().sort()).toEqual([`${basename(path)}.v1-copy`, `${basename(path)}.v2-copy`]);
  });

  test('is not upgraded where it cannot be kept', () => {
    // Nothing can be linked to a name whose folder is a file.
    writeFileSync(`${path}.blocked`, '');
    const blocked = `${path}.blocked/postern.db`;
    expect(() => migrate(database, blocked, steps)).toThrow(/cannot be written to .*v1-copy/);
    expect(database.prepare('PRAGMA user_version').all()).toEqual([{ user_version: 1 }]);
    expect(existsSync(`${blocked}.v1-copy`)).toBe(false);
  });
});

import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { backupState } from '../../../src/state/backup-state.ts';
import { isStateKey, rekeyState } from '../../../src/state/rekey-state.ts';
import { restoreState } from '../../../src/state/restore-state.ts';
import { createStateFolder, type StateFolder, stateKey } from '../../support/state-folder.ts';

let folder: StateFolder;
let file = '';
const nextKey = 'another state key for tests, long enough';
const now = Date.now;
const nothingBefore = async () => undefined;

beforeEach(() => {
  folder = createStateFolder();
  file = join(dirname(dirname(folder.path)), 'copy.db');
});
afterEach(() => folder.dispose());

const settings = () => ({ path: folder.path, key: stateKey, now });
const write = (key: string, value: string) =>
  ({ kind: 'person', key, value: JSON.stringify(value), expectedVersion: 'any' }) as const;

describe('a copy of a state that is in use', () => {
  test('has all of a transaction or nothing, however many are written meanwhile', async () => {
    const store = await folder.open();
    let round = 0;
    let isDone = false;
    const writing = (async () => {
      for (; !isDone; round += 1) {
        await store.writeAll(Array.from({ length: 20 }, (_, index) => write(`k${index}`, `${round}`)));
        await turn();
      }
    })();
    while (round < 3) await turn();
    await backupState({ ...settings(), file });
    isDone = true;
    await writing;
    const copy = createStateFolder();
    const opened = await copy.open({ path: file });
    const values = new Set((await opened.list('person')).map(({ value }) => value));
    expect(values.size).toBe(1);
    expect((await opened.list('person')).length).toBe(20);
    await copy.dispose();
  });

  test('is for its owner alone, and nothing is written over', async () => {
    await folder.open();
    await backupState({ ...settings(), file });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = readFileSync(file);
    await expect(backupState({ ...settings(), file })).rejects.toMatchObject({ code: 'config_invalid' });
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(dirname(file)).filter((name) => name.includes('part'))).toEqual([]);
  });

  test('is not made with a secret that does not open it, and not of another file', async () => {
    await folder.open();
    await expect(backupState({ ...settings(), key: nextKey, file })).rejects.toMatchObject({ code: 'config_invalid' });
    const text = join(dirname(file), 'text');
    writeFileSync(text, 'x'.repeat(8192));
    await expect(backupState({ ...settings(), path: text, file })).rejects.toMatchObject({ code: 'state_corrupt' });
    await expect(backupState({ ...settings(), path: `${text}-none`, file })).rejects.toMatchObject({
      code: 'state_unavailable',
    });
    expect(existsSync(file)).toBe(false);
  });
});

describe('a copy that is put back', () => {
  test('brings back what it held, but for every session and what belongs to one', async () => {
    const store = await folder.open();
    await store.write(write('ada', 'then'));
    for (const kind of ['session', 'credential', 'single_sign_on', 'provider_grant'] as const)
      await store.write({ kind, key: 'one', value: '{}', expectedVersion: 0 });
    await backupState({ ...settings(), file });
    await store.write(write('ada', 'now'));
    await store.close();
    const seen: number[] = [];
    const { sessionsEnded, keptAs } = await restoreState({
      ...settings(),
      file,
      beforePlacing: async (path, madeAtMs) => void seen.push(statSync(path).mode & 0o777, madeAtMs),
    });
    expect(sessionsEnded).toBe(1);
    expect(seen[0]).toBe(0o600);
    const after = await folder.open();
    expect(await after.read('person', 'ada')).toMatchObject({ record: { value: '"then"' } });
    for (const kind of ['session', 'credential', 'single_sign_on', 'provider_grant'] as const)
      expect(await after.read(kind, 'one')).toEqual({ found: 'nothing' });
    // What was there is kept, and can be opened.
    const kept = createStateFolder();
    const before = await kept.open({ path: keptAs ?? '' });
    expect(await before.read('person', 'ada')).toMatchObject({ record: { value: '"now"' } });
    await kept.dispose();
  });

  test('waits until nobody has the state open, and takes no file that is none', async () => {
    const store = await folder.open();
    await backupState({ ...settings(), file });
    const restoring = () => restoreState({ ...settings(), file, beforePlacing: nothingBefore });
    await expect(restoring()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('in use'),
    });
    await store.close();
    await expect(
      restoreState({ ...settings(), file: folder.path, beforePlacing: nothingBefore }),
    ).rejects.toMatchObject({ message: expect.stringContaining('not made by') });
    await expect(
      restoreState({ ...settings(), key: nextKey, file, beforePlacing: nothingBefore }),
    ).rejects.toMatchObject({ code: 'config_invalid' });
    const broken = async () => Promise.reject(new Error('broken off'));
    await expect(restoreState({ ...settings(), file, beforePlacing: broken })).rejects.toThrow('broken off');
    expect(readdirSync(dirname(folder.path))).toEqual(['postern.db']);
    await restoring();
  });
});

describe('the key of a state', () => {
  test('changes for a file that is open, and the old one opens it no more', async () => {
    const store = await folder.open();
    await store.write(write('ada', 'here'));
    const rekey = (key: string | readonly string[]) => rekeyState({ path: folder.path, key, randomBytes });
    await expect(rekey(nextKey)).rejects.toMatchObject({ code: 'config_invalid' });
    expect(await rekey([nextKey, stateKey])).toBe('rekeyed');
    expect(await rekey([nextKey, stateKey])).toBe('unchanged');
    await store.write(write('lin', 'later'));
    await expect(folder.open()).rejects.toMatchObject({ code: 'config_invalid' });
    expect(await isStateKey({ path: folder.path, key: stateKey, randomBytes })).toBe(false);
    const other = await folder.open({ key: [stateKey, nextKey] });
    expect((await other.list('person')).map(({ key }) => key)).toEqual(['ada', 'lin']);
  });
});

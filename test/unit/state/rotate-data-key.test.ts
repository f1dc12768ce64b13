import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { backupState } from '../../../src/state/backup-state.ts';
import { isStateKey, rekeyState } from '../../../src/state/rekey-state.ts';
import { rotateDataKey } from '../../../src/state/rotate-data-key.ts';
import { openSqliteDatabase } from '../../../src/state/sqlite-database.ts';
import type { StateStore } from '../../../src/state/state-store.ts';
import { createStateFolder, type StateFolder, stateKey } from '../../support/state-folder.ts';
import { fileKeys } from '../../support/state-keys.ts';

let folder: StateFolder;
let store: StateStore;
beforeEach(async () => {
  folder = createStateFolder();
  store = await folder.open();
});
afterEach(() => folder.dispose());

const rotate = (onProgress?: (records: number) => void) =>
  rotateDataKey({ path: folder.path, key: stateKey, ...(onProgress === undefined ? {} : { onProgress }) });

async function fill(count: number): Promise<void> {
  await store.writeAll(
    Array.from({ length: count }, (_, index) => ({
      kind: 'person' as const,
      key: `k${String(index).padStart(4, '0')}`,
      value: JSON.stringify({ index, filler: 'x'.repeat(index % 7 === 0 ? 400 : 4) }),
      expectedVersion: 0,
    })),
  );
}

/** Everything that can be read, by a process that starts now. */
async function values(): Promise<readonly number[]> {
  const fresh = await folder.open();
  return (await fresh.list('person')).map(({ value }) => JSON.parse(value).index);
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('a new data key', () => {
  test('seals every record anew, and the one of before is gone from the file', async () => {
    await fill(230);
    expect(fileKeys(folder.path)).toEqual({ current: 1, former: [], sealing: [1] });
    const { wasBegun, resealed, unreadable } = await rotate();
    expect({ wasBegun, unreadable }).toEqual({ wasBegun: false, unreadable: 0 });
    expect(resealed).toBeGreaterThanOrEqual(230);
    expect(fileKeys(folder.path)).toEqual({ current: 2, former: [], sealing: [2] });
    expect(await values()).toEqual(upTo(230));
    expect(await rotate()).toMatchObject({ wasBegun: false, resealed });
    expect(fileKeys(folder.path)).toEqual({ current: 3, former: [], sealing: [3] });
    expect(await values()).toEqual(upTo(230));
  });

  test('is learned by who has the state open, in the middle of reading and writing, and no call fails', async () => {
    await fill(230);
    const other = await folder.open();
    let isDone = false;
    const failures: unknown[] = [];
    const busy = async (mine: StateStore, name: string) => {
      for (let round = 0; !isDone; round += 1) {
        try {
          const key = `k${String(round % 230).padStart(4, '0')}`;
          const read = await mine.read('person', key);
          if (read.found !== 'record') throw new Error(`${key} is ${read.found}`);
          await mine.write({ kind: 'person', key, value: read.record.value, expectedVersion: 'any' });
          const own = { kind: 'device', key: `${name}${round}`, value: '"x"', expectedVersion: 0 } as const;
          expect(await mine.write(own)).toMatchObject({ outcome: 'written' });
          await mine.take('device', own.key);
        } catch (thrown) {
          failures.push(thrown);
        }
        await turn();
      }
    };
    const working = [busy(store, 'a'), busy(other, 'b')];
    await rotate();
    await rotate();
    isDone = true;
    await Promise.all(working);
    expect(failures).toEqual([]);
    expect(fileKeys(folder.path)).toEqual({ current: 3, former: [], sealing: [3] });
    expect(await values()).toEqual(upTo(230));
  });

  test('may be broken off at any slice: all can be read, and the next call goes on', async () => {
    await fill(230);
    let slices = 0;
    const breakOff = () => {
      slices += 1;
      if (slices % 2 === 0) throw new Error('broken off');
    };
    await expect(rotate(breakOff)).rejects.toThrow('broken off');
    expect(fileKeys(folder.path)).toEqual({ current: 2, former: [1], sealing: [1, 2] });
    expect(await values()).toEqual(upTo(230));
    // Changing the state key in the middle wraps both.
    const nextKey = 'another state key for tests, long enough';
    expect(await rekeyState({ path: folder.path, key: [nextKey, stateKey], randomBytes })).toBe('rekeyed');
    const rotated = await rotateDataKey({ path: folder.path, key: nextKey });
    expect(rotated).toMatchObject({ wasBegun: true, unreadable: 0 });
    expect(rotated.resealed).toBeLessThan(230);
    expect(fileKeys(folder.path)).toEqual({ current: 2, former: [], sealing: [2] });
    const fresh = await folder.open({ key: nextKey });
    expect((await fresh.list('person')).length).toBe(230);
  });

  test('that is broken off keeps the secret of before in use, until both keys are wrapped with the new one', async () => {
    await fill(230);
    const nextKey = 'another state key for tests, long enough';
    const key = [nextKey, stateKey];
    const breakOff = () => {
      throw new Error('broken off');
    };
    await expect(rotateDataKey({ path: folder.path, key, onProgress: breakOff })).rejects.toThrow('broken off');
    // The new data key is wrapped with the new secret already, the one of before with the old.
    expect(await isStateKey({ path: folder.path, key: nextKey, randomBytes })).toBe(false);
    expect(await rekeyState({ path: folder.path, key, randomBytes })).toBe('rekeyed');
    expect(await isStateKey({ path: folder.path, key: nextKey, randomBytes })).toBe(true);
    expect(await rekeyState({ path: folder.path, key, randomBytes })).toBe('unchanged');
    expect(await rotateDataKey({ path: folder.path, key: nextKey })).toMatchObject({ wasBegun: true, unreadable: 0 });
    expect((await (await folder.open({ key: nextKey })).list('person')).length).toBe(230);
  });

  test('of a damaged record leaves the one of before, so that nothing more is lost', async () => {
    await fill(5);
    const database = openSqliteDatabase(folder.path, 1000);
    database.execute("UPDATE records SET sealed = CAST(x'01ff' || substr(sealed, 3) AS BLOB) WHERE key = 'k0003'");
    expect(await rotate()).toMatchObject({ wasBegun: false, unreadable: 1 });
    expect(fileKeys(folder.path)).toEqual({ current: 2, former: [1], sealing: [1, 2] });
    expect(await rotate()).toMatchObject({ wasBegun: false, unreadable: 1 });
    database.close();
  });

  test('is taken by copies, and a copy of before opens with the key of its time', async () => {
    await fill(3);
    const before = `${folder.path}.before`;
    await backupState({ path: folder.path, key: stateKey, file: before, now: Date.now });
    await rotate();
    for (const path of [before, folder.path]) {
      const opened = await folder.open({ path });
      expect((await opened.list('person')).length).toBe(3);
    }
  });

  test('is asked for with the secret that opens the state now', async () => {
    let key: string | readonly string[] = stateKey;
    const running = await folder.open({ key: () => key });
    await running.write({ kind: 'person', key: 'ada', value: '"here"', expectedVersion: 0 });
    const nextKey = 'another state key for tests, long enough';
    await rekeyState({ path: folder.path, key: [nextKey, stateKey], randomBytes });
    key = [nextKey, stateKey];
    await rotateDataKey({ path: folder.path, key: nextKey });
    expect(await running.read('person', 'ada')).toMatchObject({ found: 'record' });
  });
});

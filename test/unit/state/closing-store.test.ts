import { randomBytes } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Fault } from '../../../src/decision/fault.ts';
import { type ClosingStore, createClosingStore } from '../../../src/state/closing-store.ts';
import type { KeptIn } from '../../../src/state/closure.ts';
import { openReserve } from '../../../src/state/reserve.ts';
import { rotateDataKey } from '../../../src/state/rotate-data-key.ts';
import { createSqliteStore, type SqliteStore } from '../../../src/state/sqlite-store.ts';
import type { Change, RecordWrite } from '../../../src/state/state-store.ts';
import { createStateFolder, type StateFolder, stateKey } from '../../support/state-folder.ts';

const later = Date.now() + 3_600_000;
const lastSessionKeyAt = (atMs: number) => `ses_${String(Math.ceil(atMs)).padStart(20, '0')}Z`;
const idAt = (atMs: number) => `ses_${String(atMs).padStart(20, '0')}A`;

let folder: StateFolder;
let opened: ClosingStore[];
let disk: { takesNothing: boolean };
let kept: KeptIn[];
let looks: number;

beforeEach(() => {
  folder = createStateFolder();
  opened = [];
  disk = { takesNothing: false };
  kept = [];
  looks = 0;
});
afterEach(async () => {
  for (const store of opened) await store.close();
  await folder.dispose();
});

/** SQLite itself, but for what a disk without room does to every transaction. */
function onDisk(inner: SqliteStore): SqliteStore {
  const write = <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) => {
    return async (...args: Args): Promise<Result> => {
      if (disk.takesNothing) throw new Fault('state_unwritable', 'The disk is full.');
      return work(...args);
    };
  };
  return {
    ...inner,
    write: write(inner.write),
    writeAll: write(inner.writeAll),
    take: write(inner.take),
    remove: write(inner.remove),
    bury: write(inner.bury),
    writeEach: write(inner.writeEach),
    buryAll: write(inner.buryAll),
  };
}

/** One more process on the same file. */
async function open(keepsHouse = true): Promise<ClosingStore> {
  const own = await createSqliteStore({ path: folder.path, key: stateKey, now: Date.now, randomBytes });
  const store = createClosingStore({
    inner: onDisk(own),
    reserve: openReserve({ path: folder.path, cipher: own.cipher, randomBytes }),
    learnKeys: own.learnKeys,
    exclusively: own.exclusively,
    now: Date.now,
    monotonicNow: () => looks++,
    lastSessionKeyAt,
    keepsHouse,
    onDisk: () => undefined,
  });
  store.onKept((where) => kept.push(where));
  opened.push(store);
  return store;
}

const put = (store: ClosingStore, write: Partial<RecordWrite> & Pick<RecordWrite, 'kind' | 'key'>) =>
  store.write({ value: '"v"', expectedVersion: 'any', ...write });
const lock = (store: ClosingStore, key: string, value = '"locked"') =>
  put(store, { kind: 'lock', key, value, isClosing: true });
const found = async (store: ClosingStore, kind: RecordWrite['kind'], key: string) =>
  (await store.read(kind, key)).found;

describe('where the disk takes nothing', () => {
  test('several ends hold at once with what goes with them, and are written when there is room', async () => {
    const store = await open();
    for (const key of ['ses_a', 'ses_b']) await put(store, { kind: 'session', key, tags: ['ada'] });
    const mark = { kind: 'subject', key: 'ada', value: '"marked"', expectedVersion: 'any', isClosing: true } as const;
    const burials = ['ses_a', 'ses_b'].map((key) => ({ key, cause: 'admin', untilMs: later }));
    disk.takesNothing = true;
    await expect(store.buryAll('session', burials, { isClosing: false })).rejects.toMatchObject({
      code: 'state_unwritable',
    });
    expect(await store.buryAll('session', burials, { writes: [mark] })).toEqual([1, 1]);
    expect(await store.read('subject', 'ada')).toMatchObject({ record: { value: '"marked"' } });
    expect(await found(store, 'session', 'ses_a')).toBe('tombstone');
    expect(await store.list('session', { tag: 'ada' })).toEqual([]);
    disk.takesNothing = false;
    // A newer mark counts, and not the one that waited.
    await store.buryAll('session', [], { writes: [{ ...mark, value: '"marked again"' }] });
    await store.settle();
    expect(store.waiting()).toBe(0);
    expect(await store.read('subject', 'ada')).toMatchObject({ record: { value: '"marked again"' } });
    expect(await found(store, 'session', 'ses_b')).toBe('tombstone');
  });

  test('an end in the reserve is heard before a process that hung passes anything on', async () => {
    const [one, hung] = [await open(), await open(false)];
    await put(one, { kind: 'session', key: 'ses_a' });
    await hung.freshen();
    const told: Change[] = [];
    hung.onChange((change) => told.push(change));
    disk.takesNothing = true;
    await one.bury('session', 'ses_a', 'admin', later);
    // By the clock of these stores each look at it takes a millisecond.
    looks += 1_000;
    expect(hung.fence()).toBe(true);
    expect(told).toContainEqual(expect.objectContaining({ key: 'ses_a', wasBuried: true }));
  });

  test('an end holds at once, for what the record owns too, in this process and in every other', async () => {
    const [one, other] = [await open(), await open(false)];
    const told: Change[] = [];
    await put(one, { kind: 'session', key: 's1' });
    await put(one, { kind: 'credential', key: 'c1', owner: 's1' });
    other.onChange((change) => told.push(change));
    disk.takesNothing = true;
    expect(await one.bury('session', 's1', 'admin', later)).toBe(1);
    expect(kept).toEqual(['reserve']);
    expect(other.catchUp()).toBeGreaterThan(0);
    for (const store of [one, other]) {
      expect(await store.read('session', 's1')).toMatchObject({ found: 'tombstone', cause: 'admin' });
      expect(await store.read('credential', 'c1')).toMatchObject({ found: 'tombstone', cause: 'admin' });
      expect(await store.list('session')).toEqual([]);
      expect(await put(store, { kind: 'ticket', key: 't1', owner: 's1' })).toEqual({ outcome: 'buried' });
      expect(await store.bury('session', 's1', 'user', later)).toBe(0);
    }
    expect(told).toContainEqual({ type: 'record', kind: 'session', key: 's1', owner: undefined, wasBuried: true });
  });

  test('an end that is sealed with a new data key is heard by a process that does not know that key yet', async () => {
    const [one, idle] = [await open(), await open(false)];
    await put(one, { kind: 'session', key: 's1' });
    expect(await found(idle, 'session', 's1')).toBe('record');
    await rotateDataKey({ path: folder.path, key: stateKey });
    await put(one, { kind: 'session', key: 's2' });
    disk.takesNothing = true;
    await one.bury('session', 's1', 'admin', later);
    expect(kept).toEqual(['reserve']);
    // Whoever asks for a confirmation asks again until it is one.
    expect(() => idle.catchUp()).toThrow(expect.objectContaining({ code: 'state_unavailable' }));
    await idle.freshen();
    expect(idle.catchUp()).toBeGreaterThan(0);
    expect(await found(idle, 'session', 's1')).toBe('tombstone');
  });

  test('an end is seen by whoever reads or lists in another process, without being asked to look', async () => {
    const [one, other] = [await open(), await open(false)];
    for (const key of ['s1', 's2']) await put(one, { kind: 'session', key });
    disk.takesNothing = true;
    await one.bury('session', 's1', 'user', later);
    expect((await other.list('session')).map(({ key }) => key)).toEqual(['s2']);
    await one.bury('session', 's2', 'user', later);
    expect(await found(other, 'session', 's2')).toBe('tombstone');
  });

  test('what several are asked for at once, or given, goes by an end that waits as well', async () => {
    const store = await open();
    await store.write({ kind: 'session', key: idAt(1), value: '1', expectedVersion: 0 });
    await store.write({ kind: 'session', key: idAt(2), value: '2', expectedVersion: 0 });
    disk.takesNothing = true;
    await store.bury('session', idAt(1), 'admin', later);
    const [ended, alive] = await store.readAll([
      { kind: 'session', key: idAt(1) },
      { kind: 'session', key: idAt(2) },
    ]);
    expect(ended).toMatchObject({ found: 'tombstone', cause: 'admin' });
    expect(alive).toMatchObject({ found: 'record' });
    disk.takesNothing = false;
    const give = (owner: string) => ({ kind: 'last_seen', key: owner, owner, value: '1', expectedVersion: 0 }) as const;
    expect(await store.writeEach([give(idAt(1)), give(idAt(2))])).toEqual([
      { outcome: 'buried' },
      { outcome: 'written', version: 1 },
    ]);
  });

  test('a lock holds at once, is listed, and is not lifted before it is written', async () => {
    const [one, other] = [await open(), await open(false)];
    await put(one, { kind: 'lock', key: 'b' });
    disk.takesNothing = true;
    expect(await lock(one, 'a')).toEqual({ outcome: 'written', version: 1 });
    await lock(one, 'c');
    other.catchUp();
    expect((await other.list('lock')).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect((await other.list('lock', { limit: 2 })).map(({ key }) => key)).toEqual(['a', 'b']);
    expect((await other.list('lock', { limit: 2, after: 'b' })).map(({ key }) => key)).toEqual(['c']);
    await expect(one.take('lock', 'a')).rejects.toMatchObject({ code: 'state_unwritable' });
  });

  test('what gives fails, and so does an end that everybody finds alone', async () => {
    const store = await open();
    await put(store, { kind: 'session', key: 's1' });
    disk.takesNothing = true;
    await expect(put(store, { kind: 'session', key: 's2' })).rejects.toMatchObject({ code: 'state_unwritable' });
    const idle = store.bury('session', 's1', 'idle', later, { isClosing: false });
    await expect(idle).rejects.toMatchObject({ code: 'state_unwritable' });
    expect(kept).toEqual([]);
  });

  test('a record that was read in another version is a conflict all the same', async () => {
    const store = await open();
    await put(store, { kind: 'device', key: 'd' });
    disk.takesNothing = true;
    const write = { kind: 'device', key: 'd', isClosing: true } as const;
    expect(await put(store, { ...write, expectedVersion: 7 })).toEqual({ outcome: 'conflict' });
    expect(await put(store, { ...write, expectedVersion: 1 })).toEqual({ outcome: 'written', version: 2 });
    expect(await put(store, { ...write, expectedVersion: 1 })).toEqual({ outcome: 'conflict' });
    expect(await put(store, { ...write, expectedVersion: 2 })).toEqual({ outcome: 'written', version: 3 });
  });

  test('the room of the reserve is given back and used first', async () => {
    const store = await open();
    await put(store, { kind: 'session', key: 's1' });
    const { size } = statSync(`${folder.path}-reserve`);
    disk.takesNothing = true;
    await store.bury('session', 's1', 'admin', later);
    expect(statSync(`${folder.path}-reserve`).size).toBeLessThan(size);
  });
});

describe('once there is room', () => {
  test('all of it is written, and waits no more', async () => {
    const [one, other] = [await open(), await open(false)];
    await put(one, { kind: 'session', key: 's1' });
    disk.takesNothing = true;
    await one.bury('session', 's1', 'admin', later);
    await lock(one, 'a');
    await one.settle();
    expect(one.waiting()).toBe(2);
    disk.takesNothing = false;
    await one.settle();
    other.catchUp();
    expect([one.waiting(), other.waiting()]).toEqual([0, 0]);
    for (const store of [one, other, await folder.open()]) {
      expect(await store.read('session', 's1')).toMatchObject({ found: 'tombstone', cause: 'admin' });
      expect((await store.read('lock', 'a')).found).toBe('record');
    }
    expect((await one.take('lock', 'a'))?.key).toBe('a');
    expect(await found(one, 'lock', 'a')).toBe('nothing');
  });

  test('a lock that was set anew meanwhile is not written over by the one that waited', async () => {
    const store = await open();
    disk.takesNothing = true;
    await lock(store, 'a', '"first"');
    disk.takesNothing = false;
    await lock(store, 'a', '"second"');
    await store.settle();
    expect(await store.read('lock', 'a')).toMatchObject({ record: { value: '"second"' } });
  });
});

describe('after a restart', () => {
  test('what stands in the reserve holds before anything is served', async () => {
    const before = await open();
    await put(before, { kind: 'session', key: 's1' });
    await put(before, { kind: 'session', key: 's2' });
    disk.takesNothing = true;
    await before.bury('session', 's1', 'admin', later);
    await lock(before, 'a');
    const after = await open();
    expect(await found(after, 'session', 's1')).toBe('tombstone');
    expect(await found(after, 'session', 's2')).toBe('record');
    expect(await found(after, 'lock', 'a')).toBe('record');
  });

  test('no session is served that began before something stood in memory alone (security-rules.md 52)', async () => {
    const before = await open();
    const old = idAt(Date.now() - 1_000);
    await put(before, { kind: 'session', key: old });
    await put(before, { kind: 'credential', key: 'c1', owner: old });
    rmSync(`${folder.path}-reserve`);
    disk.takesNothing = true;
    await before.bury('session', 's1', 'admin', later);
    expect(kept).toEqual(['memory']);
    expect(before.inMemory()).toHaveLength(1);
    const young = idAt(Date.now() + 60_000);
    disk.takesNothing = false;
    const after = await open();
    await put(after, { kind: 'session', key: young });
    expect(await found(after, 'session', old)).toBe('tombstone');
    expect(await found(after, 'credential', 'c1')).toBe('tombstone');
    await after.settle();
    expect(after.waiting()).toBe(0);
    expect((await (await folder.open()).list('session')).map(({ key }) => key)).toEqual([young]);
    expect(statSync(`${folder.path}-reserve`).size).toBeGreaterThan(0);
  });

  test('a process that is told takes over what another one has in memory alone, until it is written', async () => {
    const [one, other] = [await open(), await open(false)];
    await put(one, { kind: 'session', key: 's1' });
    rmSync(`${folder.path}-reserve`);
    disk.takesNothing = true;
    await one.bury('session', 's1', 'admin', later);
    expect(await found(other, 'session', 's1')).toBe('record');
    other.adopt(one.inMemory());
    expect(await found(other, 'session', 's1')).toBe('tombstone');
    disk.takesNothing = false;
    await one.settle();
    other.catchUp();
    expect([one.waiting(), other.waiting()]).toEqual([0, 0]);
    expect(await found(other, 'session', 's1')).toBe('tombstone');
  });

  test('a reserve that nobody can read closes every session of before, not none', async () => {
    const before = await open();
    const old = idAt(Date.now() - 1_000);
    await put(before, { kind: 'session', key: old });
    disk.takesNothing = true;
    await lock(before, 'a');
    disk.takesNothing = false;
    const own = await createSqliteStore({ path: folder.path, key: stateKey, now: Date.now, randomBytes });
    const damaged = openReserve({
      path: folder.path,
      cipher: {
        ...own.cipher,
        open: () => {
          throw new Fault('state_corrupt', 'damaged');
        },
      },
      randomBytes,
    });
    const after = createClosingStore({
      inner: own,
      reserve: damaged,
      learnKeys: own.learnKeys,
      exclusively: own.exclusively,
      now: Date.now,
      lastSessionKeyAt,
      keepsHouse: true,
      onDisk: () => undefined,
    });
    opened.push(after);
    expect(await found(after, 'session', old)).toBe('tombstone');
  });
});

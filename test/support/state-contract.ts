import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Change, StateStore } from '../../src/state/state-store.ts';

/** What the contract needs of an engine: stores on one set of data, each as a process of its own would have it. */
export interface EngineHarness {
  open(): Promise<StateStore>;
  dispose(): Promise<void>;
}

/** What every engine of the state store must do. */
export function describeStateStore(engine: string, createHarness: (now: () => number) => EngineHarness): void {
  describe(`the state store on ${engine}`, () => {
    let nowMs: number;
    let harness: EngineHarness;
    let store: StateStore;

    beforeEach(async () => {
      nowMs = 1_750_000_000_000;
      harness = createHarness(() => nowMs);
      store = await harness.open();
    });
    afterEach(() => harness.dispose());

    const recordChanges = (from: StateStore): Change[] => {
      const heard: Change[] = [];
      from.onChange((change) => heard.push(change));
      return heard;
    };

    test('reads what was written, with its owner, expiry and version', async () => {
      const write = { kind: 'ticket', key: 'k', owner: 'ses_1', expiresAtMs: nowMs + 10, value: '{"ä":1}' } as const;
      expect(await store.write({ ...write, expectedVersion: 0 })).toEqual({ outcome: 'written', version: 1 });
      expect(await store.read('ticket', 'k')).toEqual({
        found: 'record',
        record: { kind: 'ticket', key: 'k', owner: 'ses_1', expiresAtMs: nowMs + 10, value: '{"ä":1}', version: 1 },
      });
      expect(await store.read('session', 'k')).toEqual({ found: 'nothing' });
    });

    test('refuses a write that expects another version', async () => {
      const write = { kind: 'session', key: 'k', value: '1' } as const;
      expect(await store.write({ ...write, expectedVersion: 3 })).toEqual({ outcome: 'conflict' });
      await store.write({ ...write, expectedVersion: 0 });
      expect(await store.write({ ...write, expectedVersion: 0 })).toEqual({ outcome: 'conflict' });
      expect(await store.write({ ...write, value: '2', expectedVersion: 1 })).toEqual({
        outcome: 'written',
        version: 2,
      });
      expect(await store.write({ ...write, value: '3', expectedVersion: 1 })).toEqual({ outcome: 'conflict' });
      expect(await store.write({ ...write, value: '4', expectedVersion: 'any' })).toEqual({
        outcome: 'written',
        version: 3,
      });
      expect(await store.read('session', 'k')).toMatchObject({ record: { value: '4' } });
    });

    test('writes all or nothing', async () => {
      await store.write({ kind: 'device', key: 'there', value: '1', expectedVersion: 0 });
      const results = await store.writeAll([
        { kind: 'device', key: 'new', value: '1', expectedVersion: 0 },
        { kind: 'device', key: 'there', value: '2', expectedVersion: 0 },
      ]);
      expect(results).toEqual([{ outcome: 'conflict' }, { outcome: 'conflict' }]);
      expect(await store.read('device', 'new')).toEqual({ found: 'nothing' });
      const heard = recordChanges(store);
      const good = await store.writeAll([
        { kind: 'device', key: 'new', value: '1', expectedVersion: 0 },
        { kind: 'device', key: 'there', value: '2', expectedVersion: 1 },
      ]);
      expect(good).toEqual([
        { outcome: 'written', version: 1 },
        { outcome: 'written', version: 2 },
      ]);
      expect(heard).toHaveLength(2);
    });

    test('names the buried one among many writes, so that the rest can be tried again', async () => {
      await store.bury('device', 'dead', 'admin', nowMs + 1000);
      const results = await store.writeAll([
        { kind: 'device', key: 'alive', value: '1', expectedVersion: 'any' },
        { kind: 'device', key: 'dead', value: '1', expectedVersion: 'any' },
      ]);
      expect(results).toEqual([{ outcome: 'conflict' }, { outcome: 'buried' }]);
    });

    test('writes each for itself where one that fails is to keep no other from being written', async () => {
      await store.bury('device', 'dead', 'admin', nowMs + 1000);
      await store.bury('session', 'ses_gone', 'admin', nowMs + 1000);
      await store.write({ kind: 'device', key: 'there', value: '1', expectedVersion: 0 });
      const heard = recordChanges(store);
      const results = await store.writeEach([
        { kind: 'device', key: 'there', value: '2', expectedVersion: 7 },
        { kind: 'device', key: 'dead', value: '2', expectedVersion: 'any' },
        { kind: 'device', key: 'owned', value: '2', owner: 'ses_gone', expectedVersion: 0 },
        { kind: 'device', key: 'new', value: '2', expectedVersion: 0 },
        { kind: 'device', key: 'new', value: '3', expectedVersion: 1 },
      ]);
      expect(results).toEqual([
        { outcome: 'conflict' },
        { outcome: 'buried' },
        { outcome: 'buried' },
        { outcome: 'written', version: 1 },
        { outcome: 'written', version: 2 },
      ]);
      expect(await store.read('device', 'there')).toMatchObject({ record: { value: '1' } });
      expect(await store.read('device', 'new')).toMatchObject({ record: { value: '3' } });
      expect(heard.map((change) => change.type === 'record' && change.key)).toEqual(['new', 'new']);
      expect(await store.writeEach([])).toEqual([]);
    });

    test('a record is written over with everything that belongs to it, whatever of that is new', async () => {
      const first = { kind: 'last_seen', key: 'ses_1', owner: 'ses_1', value: '1' } as const;
      const all = { ...first, owner: 'ses_2', expiresAtMs: nowMs + 9, dueAtMs: nowMs + 5, tags: ['t'], countedAs: 'c' };
      for (const [before, after] of [
        [first, all],
        [all, first],
      ] as const) {
        await store.write({ ...before, expectedVersion: 'any' });
        for (const part of ['owner', 'expiresAtMs', 'dueAtMs', 'tags', 'countedAs'] as const) {
          const mixed = {
            ...before,
            [part]: after[part as keyof typeof after],
            value: part,
            expectedVersion: 'any' as const,
          };
          await store.write(mixed);
          const [owned] = await store.list('last_seen', { owner: mixed.owner });
          expect(owned).toMatchObject({ key: 'ses_1', value: part });
          expect(await store.list('last_seen', { tag: 't' })).toHaveLength(
            'tags' in mixed && mixed.tags !== undefined ? 1 : 0,
          );
          expect([...(await store.count('last_seen'))].filter(([, count]) => count > 0)).toEqual(
            'countedAs' in mixed && mixed.countedAs !== undefined ? [['c', 1]] : [],
          );
          expect(await store.listDue('last_seen', 'due', nowMs + 5, 9)).toHaveLength(
            'dueAtMs' in mixed && mixed.dueAtMs !== undefined ? 1 : 0,
          );
          expect(await store.listDue('last_seen', 'expiry', nowMs + 9, 9)).toHaveLength(
            'expiresAtMs' in mixed && mixed.expiresAtMs !== undefined ? 1 : 0,
          );
          await store.write({ ...before, expectedVersion: 'any' });
        }
      }
    });

    test('reads several records at once, each in the place where it was named', async () => {
      const due = { kind: 'last_seen', key: 'a', owner: 'a', dueAtMs: nowMs + 7, value: '"a"' } as const;
      await store.write({ ...due, expectedVersion: 0 });
      await store.write({ kind: 'session', key: 'a', value: '"b"', expectedVersion: 0 });
      await store.write({ kind: 'ticket', key: 'old', value: '1', expiresAtMs: nowMs, expectedVersion: 0 });
      await store.bury('session', 'dead', 'sign_out', nowMs + 1000);
      expect(
        await store.readAll([
          { kind: 'session', key: 'dead' },
          { kind: 'last_seen', key: 'a' },
          { kind: 'ticket', key: 'old' },
          { kind: 'session', key: 'a' },
          { kind: 'session', key: 'nobody' },
          { kind: 'last_seen', key: 'a' },
        ]),
      ).toMatchObject([
        { found: 'tombstone', cause: 'sign_out', sinceMs: nowMs },
        { found: 'record', record: { kind: 'last_seen', value: '"a"', version: 1 } },
        { found: 'nothing' },
        { found: 'record', record: { kind: 'session', key: 'a', value: '"b"' } },
        { found: 'nothing' },
        { found: 'record', record: { kind: 'last_seen', key: 'a' } },
      ]);
      expect(await store.readAll([])).toEqual([]);
    });

    test('a record past its expiry is not found, not listed, not taken, and counts as not there for a write', async () => {
      const write = { kind: 'ticket', key: 'k', value: '1', expiresAtMs: nowMs + 100, expectedVersion: 0 } as const;
      await store.write(write);
      nowMs += 100;
      expect(await store.read('ticket', 'k')).toEqual({ found: 'nothing' });
      expect(await store.list('ticket')).toEqual([]);
      expect(await store.write({ ...write, expiresAtMs: nowMs + 100 })).toEqual({ outcome: 'written', version: 1 });
      nowMs += 100;
      expect(await store.take('ticket', 'k')).toBeUndefined();
    });

    test('gives a record to one of two takers', async () => {
      const other = await harness.open();
      await store.write({ kind: 'ticket', key: 'k', value: 'once', expectedVersion: 0 });
      const taken = await Promise.all([store.take('ticket', 'k'), other.take('ticket', 'k')]);
      expect(taken.filter((record) => record?.value === 'once')).toHaveLength(1);
      expect(taken.filter((record) => record === undefined)).toHaveLength(1);
    });

    test('a removed record is nothing, and may be written anew', async () => {
      await store.write({ kind: 'device', key: 'k', value: '1', expectedVersion: 0 });
      await store.remove('device', 'k');
      expect(await store.read('device', 'k')).toEqual({ found: 'nothing' });
      expect(await store.write({ kind: 'device', key: 'k', value: '1', expectedVersion: 0 })).toMatchObject({
        outcome: 'written',
      });
    });

    test('a buried record tells its first cause, and nothing is ever written over it', async () => {
      await store.write({ kind: 'session', key: 'k', value: '1', expectedVersion: 0 });
      expect(await store.bury('session', 'k', 'admin', nowMs + 1000)).toBe(1);
      const sinceMs = nowMs;
      nowMs += 5;
      expect(await store.bury('session', 'k', 'logout', nowMs + 1000)).toBe(0);
      expect(await store.read('session', 'k')).toEqual({ found: 'tombstone', cause: 'admin', sinceMs });
      for (const expectedVersion of [0, 1, 'any'] as const) {
        expect(await store.write({ kind: 'session', key: 'k', value: '2', expectedVersion })).toEqual({
          outcome: 'buried',
        });
      }
      expect(await store.take('session', 'k')).toBeUndefined();
      await store.remove('session', 'k');
      expect(await store.read('session', 'k')).toMatchObject({ found: 'tombstone' });
    });

    test('keeps a tombstone until the time that was asked for, the later of two', async () => {
      await store.bury('session', 'k', 'admin', nowMs + 100);
      await store.bury('session', 'k', 'admin', nowMs + 50);
      nowMs += 99;
      expect(await store.read('session', 'k')).toMatchObject({ found: 'tombstone' });
      nowMs += 1;
      expect(await store.read('session', 'k')).toEqual({ found: 'nothing' });
      expect(await store.bury('session', 'k', 'logout', nowMs + 100)).toBe(0);
      expect(await store.read('session', 'k')).toMatchObject({ found: 'tombstone', cause: 'logout', sinceMs: nowMs });
    });

    test('buries with a record all that it owns, and what that owns, and nothing else', async () => {
      await store.write({ kind: 'session', key: 'ses_1', value: '1', expectedVersion: 0 });
      await store.write({ kind: 'credential', key: 'c1', owner: 'ses_1', value: '1', expectedVersion: 0 });
      await store.write({ kind: 'ticket', key: 't1', owner: 'c1', value: '1', expectedVersion: 0 });
      await store.write({ kind: 'credential', key: 'c2', owner: 'ses_2', value: '1', expectedVersion: 0 });
      const heard = recordChanges(store);
      expect(await store.bury('session', 'ses_1', 'risk', nowMs + 1000)).toBe(3);
      expect(await store.read('credential', 'c1')).toMatchObject({ found: 'tombstone', cause: 'risk' });
      expect(await store.read('ticket', 't1')).toMatchObject({ found: 'tombstone', cause: 'risk' });
      expect(await store.read('credential', 'c2')).toMatchObject({ found: 'record' });
      expect(heard.map((change) => change.type === 'record' && change.wasBuried && change.key).sort()).toEqual([
        'c1',
        'ses_1',
        't1',
      ]);
    });

    test('records that own each other in a ring are buried once', async () => {
      await store.write({ kind: 'device', key: 'a', owner: 'b', value: '1', expectedVersion: 0 });
      await store.write({ kind: 'device', key: 'b', owner: 'a', value: '1', expectedVersion: 0 });
      expect(await store.bury('device', 'a', 'admin', nowMs + 1000)).toBe(2);
    });

    test('refuses a late write for an owner that was buried', async () => {
      await store.bury('session', 'ses_1', 'logout', nowMs + 1000);
      expect(
        await store.write({ kind: 'credential', key: 'late', owner: 'ses_1', value: '1', expectedVersion: 0 }),
      ).toEqual({ outcome: 'buried' });
    });

    test('lists the live records of a kind, of one owner where asked, as many as asked', async () => {
      for (const key of ['a', 'b', 'c']) {
        await store.write({
          kind: 'session',
          key,
          owner: key === 'c' ? 'y' : 'x',
          value: key,
          expectedVersion: 0,
        });
      }
      await store.bury('session', 'b', 'admin', nowMs + 1000);
      const keys = async (filter?: { owner?: string; limit?: number }): Promise<string[]> =>
        (await store.list('session', filter)).map((record) => record.key);
      expect(await keys()).toEqual(['a', 'c']);
      expect(await keys({ owner: 'x' })).toEqual(['a']);
      expect(await keys({ limit: 1 })).toEqual(['a']);
    });

    test('tells own changes before the write answers, and those of others before freshen returns', async () => {
      const other = await harness.open();
      const own = recordChanges(store);
      const others = recordChanges(other);
      await store.write({ kind: 'device', key: 'k', owner: 'o', value: '1', expectedVersion: 0 });
      const change = { type: 'record', kind: 'device', key: 'k', owner: 'o', wasBuried: false };
      expect(own).toEqual([change]);
      expect(others).toEqual([]);
      await other.freshen();
      expect(others).toEqual([change]);
      await store.freshen();
      await other.freshen();
      expect(own).toEqual([change]);
      expect(others).toEqual([change]);
    });

    test('tells of take, remove and bury, and not of writes that are not logged', async () => {
      const other = await harness.open();
      const heard = recordChanges(other);
      await store.write({ kind: 'last_seen', key: 'k', value: '1', expectedVersion: 0, isLogged: false });
      await store.write({ kind: 'last_seen', key: 'l', value: '1', expectedVersion: 0, isLogged: false });
      await store.take('last_seen', 'k');
      await store.take('last_seen', 'nobody');
      await store.remove('last_seen', 'l');
      await store.bury('last_seen', 'm', 'admin', nowMs + 1);
      await other.freshen();
      expect(heard.map((change) => change.type === 'record' && [change.key, change.wasBuried])).toEqual([
        ['k', false],
        ['l', false],
        ['m', true],
      ]);
    });

    test('lists page by page: what stands behind a key', async () => {
      for (const key of ['a', 'b', 'c', 'd'])
        await store.write({ kind: 'person', key, owner: key < 'c' ? 'o' : 'p', value: '1', expectedVersion: 0 });
      const keysOf = async (filter: { after: string; limit?: number; owner?: string }): Promise<string[]> =>
        (await store.list('person', filter)).map((record) => record.key);
      expect(await keysOf({ after: '', limit: 2 })).toEqual(['a', 'b']);
      expect(await keysOf({ after: 'b', limit: 2 })).toEqual(['c', 'd']);
      expect(await keysOf({ after: 'a', owner: 'o' })).toEqual(['b']);
      expect(await keysOf({ after: 'd' })).toEqual([]);
    });

    test('finds records by each of their tags, page by page, until they go or are written without', async () => {
      const write = (key: string, tags: readonly string[]) =>
        store.write({ kind: 'session', key, tags, value: key, expectedVersion: 'any' });
      const keysOf = async (tag: string, page: { limit?: number; after?: string } = {}): Promise<string[]> =>
        (await store.list('session', { tag, ...page })).map((record) => record.key);
      await write('a', ['ada', 'blue', 'tall']);
      await write('b', ['ada']);
      await write('c', ['ada', 'blue']);
      await store.write({ kind: 'device', key: 'd', tags: ['ada'], value: '1', expectedVersion: 0 });
      expect(await keysOf('ada')).toEqual(['a', 'b', 'c']);
      expect(await keysOf('ada', { limit: 1, after: 'a' })).toEqual(['b']);
      expect(await keysOf('blue')).toEqual(['a', 'c']);
      expect(await keysOf('tall')).toEqual(['a']);
      expect(await keysOf('nobody')).toEqual([]);
      await write('a', ['tall']);
      await store.bury('session', 'b', 'admin', nowMs + 1000);
      expect(await keysOf('ada')).toEqual(['c']);
      expect(await keysOf('tall')).toEqual(['a']);
    });

    test('counts the records of a kind by name, through every way that they come and go', async () => {
      const write = (key: string, countedAs: string | undefined, more: { owner?: string; expiresAtMs?: number } = {}) =>
        store.write({ kind: 'session', key, countedAs, value: '1', expectedVersion: 'any', ...more });
      const counts = async () => Object.fromEntries(await store.count('session'));
      expect(await counts()).toEqual({});
      await write('a', 'corp');
      await write('a', 'corp');
      await write('b', 'corp');
      await write('c', 'other', { owner: 'b' });
      await write('d', 'other');
      await write('e', undefined);
      expect(await counts()).toEqual({ corp: 2, other: 2 });
      await write('a', 'other');
      expect(await counts()).toEqual({ corp: 1, other: 3 });
      await store.writeAll([
        { kind: 'session', key: 'f', countedAs: 'corp', value: '1', expectedVersion: 0 },
        { kind: 'session', key: 'a', countedAs: 'corp', value: '1', expectedVersion: 0 },
      ]);
      await store.bury('session', 'b', 'admin', nowMs + 1000);
      await store.remove('session', 'd');
      await store.take('session', 'a');
      const left = Object.values(await counts()).reduce((sum, count) => sum + count, 0);
      expect(left).toBe(0);
    });

    test('names what is due, the earliest first, and by its expiry also what nobody finds any more', async () => {
      const write = (key: string, dueAtMs: number | undefined, expiresAtMs: number) =>
        store.write({ kind: 'last_seen', key, dueAtMs, expiresAtMs, value: '1', expectedVersion: 'any' });
      const keysOf = async (by: 'due' | 'expiry', untilMs: number, limit = 9): Promise<string[]> =>
        (await store.listDue('last_seen', by, untilMs, limit)).map((record) => record.key);
      await write('late', nowMs + 30, nowMs + 5);
      await write('soon', nowMs + 10, nowMs + 90);
      await write('never', undefined, nowMs + 95);
      expect(await keysOf('due', nowMs + 9)).toEqual([]);
      expect(await keysOf('due', nowMs + 30)).toEqual(['soon', 'late']);
      expect(await keysOf('due', nowMs + 30, 1)).toEqual(['soon']);
      await write('soon', nowMs + 40, nowMs + 90);
      expect(await keysOf('due', nowMs + 30)).toEqual(['late']);
      nowMs += 50;
      expect(await keysOf('expiry', nowMs + 40)).toEqual(['late', 'soon']);
    });

    test('buries several with what goes with it, and says how many records went with each', async () => {
      for (const key of ['a', 'b']) await store.write({ kind: 'session', key, value: '1', expectedVersion: 0 });
      await store.write({ kind: 'credential', key: 'c', owner: 'a', value: '1', expectedVersion: 0 });
      const burial = { cause: 'admin', untilMs: nowMs + 1000 };
      const gone = await store.buryAll(
        'session',
        ['a', 'b', 'nobody'].map((key) => ({ key, ...burial })),
        { writes: [{ kind: 'subject', key: 'ada', value: 'marked', expectedVersion: 'any' }] },
      );
      expect(gone).toEqual([2, 1, 0]);
      for (const key of ['a', 'b', 'nobody']) {
        expect(await store.read('session', key)).toMatchObject({ found: 'tombstone', cause: 'admin' });
      }
      expect(await store.read('credential', 'c')).toMatchObject({ found: 'tombstone' });
      expect(await store.read('subject', 'ada')).toMatchObject({ record: { value: 'marked' } });
    });

    test('a listener that stopped hears nothing more', async () => {
      const heard: Change[] = [];
      const stop = store.onChange((change) => heard.push(change));
      stop();
      await store.remove('device', 'k');
      await store.write({ kind: 'device', key: 'k', value: '1', expectedVersion: 0 });
      expect(heard).toEqual([]);
    });

    test('rejects with state_unavailable once it is closed, and never says "nothing"', async () => {
      await store.probe();
      await store.close();
      await store.close();
      await expect(store.probe()).rejects.toMatchObject({ code: 'state_unavailable' });
      await expect(store.read('session', 'k')).rejects.toMatchObject({ code: 'state_unavailable' });
      await expect(store.bury('session', 'k', 'x', nowMs)).rejects.toMatchObject({ code: 'state_unavailable' });
    });
  });
}

import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type ConfirmingStore,
  createConfirmingStore,
  type WrittenChange,
} from '../../../src/state/confirming-store.ts';
import { createSqliteStore } from '../../../src/state/sqlite-store.ts';
import type { FollowingStore } from '../../../src/state/state-store.ts';
import { createStateFolder, type StateFolder, stateKey } from '../../support/state-folder.ts';

let folder: StateFolder;
let inner: FollowingStore;
let confirming: ConfirmingStore;
let asked: WrittenChange[];
let release: () => void;

beforeEach(async () => {
  folder = createStateFolder();
  inner = await createSqliteStore({ path: folder.path, key: stateKey, now: Date.now, randomBytes });
  asked = [];
  release = () => undefined;
  confirming = createConfirmingStore(
    inner,
    async (written) => {
      asked.push(written);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { workers: 3, fenced: 0, killed: 0, streams: 1, tookMs: 2 };
    },
    () => 5,
  );
});
afterEach(async () => {
  await inner.close();
  await folder.dispose();
});

const put = (kind: 'session' | 'device' | 'person', key: string) =>
  confirming.store.write({ kind, key, value: '1', expectedVersion: 'any' });

describe('a store whose revoking calls are confirmed', () => {
  test('answers the end of a session when it was confirmed up to that entry of the log, and not before', async () => {
    await put('session', 's1');
    expect(asked).toEqual([]);
    let isAnswered = false;
    const ended = confirming
      .reporting(() => confirming.store.bury('session', 's1', 'admin', Date.now() + 60_000))
      .finally(() => {
        isAnswered = true;
      });
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual([{ sequence: inner.catchUp(), writtenAtMs: 5, beganAtMs: 5, ended: ['s1'], inMemory: [] }]);
    expect(isAnswered).toBe(false);
    release();
    const confirmation = { workers: 3, fenced: 0, killed: 0, streams: 1, tookMs: 2 };
    expect(await ended).toEqual({ result: 1, confirmation, keptIn: 'state' });
  });

  test('asks for what may take away, and not for what only gives', async () => {
    await put('person', 'ada');
    await put('session', 's2');
    const device = put('device', 'laptop');
    await new Promise((resolve) => setImmediate(resolve));
    release();
    await device;
    expect(asked.map(({ ended }) => ended)).toEqual([[]]);
    expect((await confirming.reporting(() => put('person', 'lin'))).confirmation).toBeUndefined();
  });
});

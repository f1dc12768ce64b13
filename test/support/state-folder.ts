import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyProvider, StateKey } from '../../src/state/key-provider.ts';
import { createSqliteStore, type SqliteStoreOptions } from '../../src/state/sqlite-store.ts';
import type { FollowingStore } from '../../src/state/state-store.ts';

export const stateKey = 'a state key for tests, long enough to pass';

/** Leaves the data key as it is, for tests of what is kept: deriving a key from a secret takes as long as all else. */
export const noKey: KeyProvider = {
  name: 'none',
  wrap: async (dataKey) => dataKey,
  unwrap: async (wrapped) => wrapped,
};

/** A folder with one state file; stores that it opened are closed with it. */
export interface StateFolder {
  readonly path: string;
  /** Opens one more store on the file, as another process would; each look of it happens, however fast. */
  open(options?: Partial<SqliteStoreOptions>): Promise<FollowingStore>;
  dispose(): Promise<void>;
}

export function createStateFolder(now: () => number = Date.now, key: StateKey = stateKey): StateFolder {
  const folder = mkdtempSync(join(tmpdir(), 'postern-state-'));
  const path = join(folder, 'data', 'postern.db');
  const stores: FollowingStore[] = [];
  let looks = 0;
  return {
    path,
    async open(options = {}) {
      const store = await createSqliteStore({
        path,
        key,
        now,
        randomBytes,
        monotonicNow: () => looks++,
        // By the same clock: a few tries.
        writePatienceMs: 6,
        ...options,
      });
      stores.push(store);
      return store;
    },
    async dispose() {
      for (const store of stores.splice(0)) await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

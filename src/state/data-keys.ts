import { createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { Fault } from '../decision/fault.ts';
import type { KeyProvider } from './key-provider.ts';
import {
  makeWrappedKey,
  readWrappedKey,
  unwrapDataKey,
  type WrappedDataKey,
  wrappedKeySchema,
} from './open-data-key.ts';
import { type SqlDatabase, textOf } from './sqlite-database.ts';

/** A key that seals records; each record names the one that it was sealed with. */
export interface DataKey {
  /** Counts from 1. */
  readonly id: number;
  readonly secret: KeyObject;
}

/** The keys of a state file: one that seals, and those of before for as long as a record is sealed with them. */
export interface DataKeys {
  /** The one that seals. Asked within the transaction that writes, so that nothing is sealed with a key that is about to go. */
  current(): DataKey;
  /** Throws `changed` for a key that was made since, and `Fault('state_corrupt')` for one that is gone. */
  byId(id: number): DataKey;
}

/** The keys as this process knows them. */
export interface KnownDataKeys extends DataKeys {
  /** Thrown when another process has made a key: learn it, and do it over. */
  readonly changed: Fault;
  /** Reads the keys again. Rejects as opening the state does. */
  learn(): Promise<void>;
}

const formerName = 'former_data_keys';
const currentIdName = 'data_key_id';

/** @param provider asked each time: `state.key` may have changed since */
export async function openDataKeys(
  database: SqlDatabase,
  path: string,
  provider: () => KeyProvider,
  randomBytes: (count: number) => Buffer,
): Promise<KnownDataKeys> {
  const selectCurrent = database.prepare('SELECT value FROM meta WHERE name = ?');
  const changed = new Fault('state_unavailable', 'The state has another data key since this moment. Try again.');
  const known = new Map<number, DataKey>();
  let newest = 0;
  let learning: Promise<void> | undefined;

  async function read(): Promise<void> {
    const stored = readWrappedKey(database) ?? (await makeWrappedKey(database, provider(), randomBytes));
    for (const one of [...readFormerKeys(database), stored])
      if (!known.has(idOf(one))) remember(idOf(one), await unwrapDataKey(one, path, provider()));
    newest = idOf(stored);
  }

  function remember(id: number, key: Buffer): void {
    known.set(id, { id, secret: createSecretKey(key) });
  }

  await read();
  return {
    changed,
    current() {
      const [row] = selectCurrent.all(currentIdName);
      const id = row === undefined ? 1 : Number(textOf(row, 'value'));
      const key = known.get(id);
      if (key === undefined || id !== newest) throw changed;
      return key;
    },
    byId(id) {
      const key = known.get(id);
      if (key !== undefined) return key;
      if (id > newest) throw changed;
      throw new Fault('state_corrupt', `A record in the state file ${path} names a data key that is gone.`);
    },
    learn() {
      learning ??= read().finally(() => {
        learning = undefined;
      });
      return learning;
    },
  };
}

export function idOf(key: WrappedDataKey | undefined): number {
  return key?.id ?? 1;
}

/** Keys of before that records may still be sealed with; empty when every record is sealed with the newest. */
export function readFormerKeys(database: SqlDatabase): readonly WrappedDataKey[] {
  const [row] = database.prepare('SELECT value FROM meta WHERE name = ?').all(formerName);
  if (row === undefined) return [];
  try {
    return z.array(wrappedKeySchema).parse(JSON.parse(textOf(row, 'value')));
  } catch (cause) {
    throw new Fault(
      'state_corrupt',
      'The former data keys in the state file were altered or damaged. Restore a backup.',
      {
        cause,
      },
    );
  }
}

/** Puts keys in the place of those that there are; inside a transaction. */
export function writeKeys(database: SqlDatabase, current: WrappedDataKey, former: readonly WrappedDataKey[]): void {
  const put = database.prepare('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)');
  put.run('data_key', JSON.stringify(current));
  put.run(currentIdName, String(idOf(current)));
  if (former.length > 0) put.run(formerName, JSON.stringify(former));
  else database.prepare('DELETE FROM meta WHERE name = ?').run(formerName);
}

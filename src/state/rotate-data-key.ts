import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault, toFault } from '../decision/fault.ts';
import { idOf, type KnownDataKeys, openDataKeys, readFormerKeys, writeKeys } from './data-keys.ts';
import { keyProviderOf, type StateKey } from './key-provider.ts';
import { withKnownKeys } from './learn-keys.ts';
import { readWrappedKey } from './open-data-key.ts';
import { createRecordCipher, keyIdOf } from './record-cipher.ts';
import { labelOf } from './record-table.ts';
import { bytesOf, openSqliteDatabase, type SqlDatabase, textOf } from './sqlite-database.ts';

const lockWaitMs = 5_000;

/** Records that are sealed anew in one transaction: some milliseconds, in which others wait for the lock. */
const sliceLength = 100;

/** Between two slices, in ms: whoever waits for the lock gets it. */
const pauseMs = 5;

const cursorName = 'resealed_until';

export interface RotateSettings {
  readonly path: string;
  readonly key: StateKey;
  /** Hears of each slice: how many records have been looked at. */
  readonly onProgress?: (records: number) => void;
}

export interface Rotated {
  /** Whether this call went on with what an earlier one had begun. */
  readonly wasBegun: boolean;
  readonly resealed: number;
  /** Damaged records: while there are any, the key of before stays. */
  readonly unreadable: number;
}

/**
 * Makes a new data key and seals every record anew with it, a slice at a time, while others read and write. May be
 * broken off at any point: the next call goes on where the last slice ended. The key of before is gone from the file
 * when no record is sealed with it.
 */
export async function rotateDataKey({ path, key, onProgress }: RotateSettings): Promise<Rotated> {
  const database = openSqliteDatabase(path, lockWaitMs);
  try {
    if (readWrappedKey(database) === undefined)
      throw new Fault('config_invalid', `The file ${path} is not a state file of Postern.`);
    const provider = keyProviderOf(key, randomBytes);
    const wasBegun = database.prepare('SELECT 1 FROM meta WHERE name = ?').all(cursorName).length > 0;
    if (!wasBegun) await beginKey(database, path, key);
    const keys = await openDataKeys(database, path, () => provider, randomBytes);
    return { wasBegun, ...(await resealAll(database, keys, onProgress)) };
  } finally {
    database.close();
  }
}

/** From its commit on, everything that anybody writes is sealed with the new key. */
async function beginKey(database: SqlDatabase, path: string, key: StateKey): Promise<void> {
  const before = readWrappedKey(database);
  if (before === undefined) throw new Fault('config_invalid', `The file ${path} is not a state file of Postern.`);
  const provider = keyProviderOf(key, randomBytes);
  const wrapped = await provider.wrap(randomBytes(32), before.context);
  const next = { ...before, id: idOf(before) + 1, provider: provider.name, wrapped: wrapped.toString('base64') };
  database.transaction(
    () => {
      if (readWrappedKey(database)?.wrapped !== before.wrapped)
        throw new Fault('state_conflict', 'Somebody else changed the key of the state just now. Look, and try again.');
      writeKeys(database, next, [...readFormerKeys(database), before]);
      keepCursor(database, '', '');
    },
    { isDurable: true },
  );
}

async function resealAll(
  database: SqlDatabase,
  keys: KnownDataKeys,
  onProgress: RotateSettings['onProgress'],
): Promise<Pick<Rotated, 'resealed' | 'unreadable'>> {
  const reseal = createReseal(database, keys);
  let [looked, resealed, unreadable] = [0, 0, 0];
  for (;;) {
    const slice = await withKnownKeys(keys, () => reseal(unreadable === 0));
    looked += slice.looked;
    resealed += slice.resealed;
    unreadable += slice.unreadable;
    onProgress?.(looked);
    if (slice.isLast) return { resealed, unreadable };
    await delay(pauseMs);
  }
}

interface Slice {
  readonly looked: number;
  readonly resealed: number;
  readonly unreadable: number;
  readonly isLast: boolean;
}

/** Builds what seals the next slice anew. One pass is enough: whatever is written behind it is sealed with the new key. */
function createReseal(database: SqlDatabase, keys: KnownDataKeys): (mayForget: boolean) => Slice {
  const cipher = createRecordCipher(keys, randomBytes);
  const select = database.prepare('SELECT * FROM records WHERE (kind, key) > (?, ?) ORDER BY kind, key LIMIT ?');
  const update = database.prepare('UPDATE records SET sealed = ? WHERE kind = ? AND key = ?');
  const readCursor = database.prepare('SELECT value FROM meta WHERE name = ?');
  const dropCursor = database.prepare('DELETE FROM meta WHERE name = ?');

  return (mayForget) =>
    database.transaction(
      () => {
        const { id } = keys.current();
        const [stored] = readCursor.all(cursorName);
        const [kind, key] = stored === undefined ? ['', ''] : JSON.parse(textOf(stored, 'value'));
        const rows = select.all(kind, key, sliceLength);
        let [resealed, unreadable] = [0, 0];
        for (const row of rows) {
          const sealed = bytesOf(row, 'sealed');
          if (keyIdOf(sealed) === id) continue;
          const label = labelOf(row);
          const value = openOrLeave(() => cipher.open(label, sealed));
          if (value === undefined) unreadable += 1;
          else update.run(cipher.seal(label, value), label.kind, label.key);
          if (value !== undefined) resealed += 1;
        }
        const last = rows.at(-1);
        const isLast = rows.length < sliceLength;
        if (isLast) {
          const current = readWrappedKey(database);
          if (current !== undefined && mayForget && unreadable === 0) writeKeys(database, current, []);
          dropCursor.run(cursorName);
        } else if (last !== undefined) {
          keepCursor(database, textOf(last, 'kind'), textOf(last, 'key'));
        }
        return { looked: rows.length, resealed, unreadable, isLast };
      },
      { isDurable: true },
    );
}

function keepCursor(database: SqlDatabase, kind: string, key: string): void {
  const put = database.prepare('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)');
  put.run(cursorName, JSON.stringify([kind, key]));
}

/** A damaged record is told of when it is read; it must not keep the others at the old key. */
function openOrLeave(open: () => string): string | undefined {
  try {
    return open();
  } catch (thrown) {
    if (toFault(thrown).code === 'state_corrupt') return undefined;
    throw thrown;
  }
}

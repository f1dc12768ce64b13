import { existsSync } from 'node:fs';
import { Fault } from '../decision/fault.ts';
import { readFormerKeys, writeKeys } from './data-keys.ts';
import { keyProviderOf } from './key-provider.ts';
import { readWrappedKey, unwrapDataKey, type WrappedDataKey } from './open-data-key.ts';
import { openSqliteDatabase } from './sqlite-database.ts';

const lockWaitMs = 5_000;

/** Which state, and the secrets of `state.key`. */
export interface RekeySettings {
  readonly path: string;
  /** The new one first. */
  readonly key: string | readonly string[];
  readonly randomBytes: (count: number) => Buffer;
}

/**
 * Wraps the data keys of a state file anew, with the first secret: from then on no other opens the file. Whoever has it
 * open goes on, since the data key itself stays. Rejects with `Fault('config_invalid')` when no secret opens it.
 */
export async function rekeyState(settings: RekeySettings): Promise<'rekeyed' | 'unchanged'> {
  const { path, randomBytes } = settings;
  const [newest = ''] = [settings.key].flat();
  return withWrappedKey(path, async (database) => {
    const stored = storedKey(database, path);
    const former = readFormerKeys(database);
    if (await opensAll(newest, settings, [stored, ...former])) return 'unchanged';
    const provider = keyProviderOf(newest, randomBytes);
    const wrapAgain = async (one: WrappedDataKey): Promise<WrappedDataKey> => {
      const dataKey = await unwrapDataKey(one, path, keyProviderOf(settings.key, randomBytes));
      const wrapped = await provider.wrap(dataKey, one.context);
      return { ...one, provider: provider.name, wrapped: wrapped.toString('base64') };
    };
    const next = await wrapAgain(stored);
    const nextFormer = await Promise.all(former.map(wrapAgain));
    const isDone = database.transaction(
      () => {
        if (readWrappedKey(database)?.wrapped !== stored.wrapped) return false;
        writeKeys(database, next, readFormerKeys(database).length === 0 ? [] : nextFormer);
        return true;
      },
      { isDurable: true },
    );
    if (!isDone) throw new Fault('state_conflict', 'Somebody else changed the key of the state just now. Try again.');
    return 'rekeyed';
  });
}

/** Whether one of these secrets opens the state file: asked before they are taken up. */
export async function isStateKey(settings: RekeySettings): Promise<boolean> {
  return withWrappedKey(settings.path, async (database) =>
    opensAll(settings.key, settings, [storedKey(database, settings.path), ...readFormerKeys(database)]),
  );
}

type Database = ReturnType<typeof openSqliteDatabase>;

async function withWrappedKey<Result>(path: string, use: (database: Database) => Promise<Result>): Promise<Result> {
  if (!existsSync(path))
    throw new Fault(
      'state_unavailable',
      `There is no state file ${path}. Name the configuration that Postern runs with.`,
    );
  const database = openSqliteDatabase(path, lockWaitMs);
  try {
    return await use(database);
  } finally {
    database.close();
  }
}

function storedKey(database: Database, path: string) {
  const stored = readWrappedKey(database);
  if (stored === undefined) throw new Fault('config_invalid', `The file ${path} is not a state file of Postern.`);
  return stored;
}

async function opensAll(
  key: string | readonly string[],
  settings: RekeySettings,
  all: readonly WrappedDataKey[],
): Promise<boolean> {
  const opened = await Promise.all(all.map((one) => opensWith(key, settings, one)));
  return opened.every(Boolean);
}

async function opensWith(
  key: string | readonly string[],
  { path, randomBytes }: RekeySettings,
  stored: ReturnType<typeof storedKey>,
): Promise<boolean> {
  try {
    await unwrapDataKey(stored, path, keyProviderOf(key, randomBytes));
    return true;
  } catch {
    return false;
  }
}

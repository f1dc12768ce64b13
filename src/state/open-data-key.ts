import { z } from 'zod';
import { Fault } from '../decision/fault.ts';
import type { KeyProvider } from './key-provider.ts';
import { type SqlDatabase, textOf } from './sqlite-database.ts';

export const wrappedKeySchema = z.strictObject({
  /** Absent: 1, the first key of a file. */
  id: z.int().positive().optional(),
  provider: z.string(),
  context: z.string(),
  wrapped: z.string(),
});
export type WrappedDataKey = z.infer<typeof wrappedKeySchema>;

/** Opens a wrapped data key. A wrong `state.key` is `Fault('config_invalid')`. */
export async function unwrapDataKey(stored: WrappedDataKey, path: string, provider: KeyProvider): Promise<Buffer> {
  if (stored.provider !== provider.name) {
    throw new Fault(
      'config_invalid',
      `The data key of the state file ${path} was wrapped by "${stored.provider}", not by "${provider.name}". Set state.key as it was.`,
    );
  }
  try {
    return await provider.unwrap(Buffer.from(stored.wrapped, 'base64'), stored.context);
  } catch (cause) {
    throw new Fault(
      'config_invalid',
      `The secret of state.key does not open the state file ${path}: the file was made with another secret. ` +
        'Restore that secret, or move the file away to begin anew (everybody signs in again).',
      { cause },
    );
  }
}

export function readWrappedKey(database: SqlDatabase): WrappedDataKey | undefined {
  const [row] = database.prepare("SELECT value FROM meta WHERE name = 'data_key'").all();
  if (row === undefined) return undefined;
  try {
    return wrappedKeySchema.parse(JSON.parse(textOf(row, 'value')));
  } catch (cause) {
    throw new Fault(
      'state_corrupt',
      'The wrapped data key in the state file was altered or damaged. Restore a backup.',
      {
        cause,
      },
    );
  }
}

/**
 * Makes the data key of a new file. Of several processes that start on one, one makes the key and all use it.
 */
export async function makeWrappedKey(
  database: SqlDatabase,
  provider: KeyProvider,
  randomBytes: (count: number) => Buffer,
): Promise<WrappedDataKey> {
  const context = `postern-state:${randomBytes(16).toString('hex')}`;
  const wrapped = await provider.wrap(randomBytes(32), context);
  const mine = { provider: provider.name, context, wrapped: wrapped.toString('base64') };
  return database.transaction(
    () => {
      const theirs = readWrappedKey(database);
      if (theirs !== undefined) return theirs;
      database.prepare("INSERT INTO meta (name, value) VALUES ('data_key', ?)").run(JSON.stringify(mine));
      return mine;
    },
    { isDurable: true },
  );
}

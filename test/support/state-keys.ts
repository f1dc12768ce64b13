import { keyIdOf } from '../../src/state/record-cipher.ts';
import { bytesOf, openSqliteDatabase, textOf } from '../../src/state/sqlite-database.ts';

/** Which data keys a state file has, and which of them its records are sealed with. */
export function fileKeys(path: string) {
  const database = openSqliteDatabase(path, 1000);
  try {
    const meta = new Map(
      database
        .prepare('SELECT name, value FROM meta')
        .all()
        .map((row) => [textOf(row, 'name'), textOf(row, 'value')]),
    );
    const former: readonly { readonly id?: number }[] = JSON.parse(meta.get('former_data_keys') ?? '[]');
    const rows = database.prepare('SELECT sealed FROM records').all();
    return {
      current: Number(JSON.parse(meta.get('data_key') ?? '{}').id ?? 1),
      former: former.map(({ id = 1 }) => id),
      sealing: [...new Set(rows.map((row) => keyIdOf(bytesOf(row, 'sealed'))))].sort((a, b) => a - b),
    };
  } finally {
    database.close();
  }
}

import type { RecordCipher } from './record-cipher.ts';
import { indexOldRecords } from './schema/index-old-records.ts';
import { bytesOf, numberOf, type SqlDatabase } from './sqlite-database.ts';
import { createTagHasher, type TagHasher } from './tag-hasher.ts';

const keyBytes = 32;
const label = { kind: 'index_key', key: 'tags', owner: undefined, expiresAtMs: undefined } as const;

/**
 * Reads the key of the tags, or makes it. It is a record like others: another data key leaves the tags as they are.
 * Where it is missing the file is new or from before there were tags: what is there is indexed in the same transaction,
 * so a file with a key has its tags.
 */
export function openIndexKey(
  database: SqlDatabase,
  cipher: RecordCipher,
  randomBytes: (count: number) => Buffer,
): TagHasher {
  const select = database.prepare('SELECT version, sealed FROM records WHERE kind = ? AND key = ?');
  const insert = database.prepare('INSERT INTO records (kind, key, version, sealed) VALUES (?, ?, 1, ?)');
  const read = (): Buffer | undefined => {
    const [row] = select.all(label.kind, label.key);
    if (row === undefined) return undefined;
    return Buffer.from(cipher.open({ ...label, version: numberOf(row, 'version') }, bytesOf(row, 'sealed')), 'base64');
  };
  const make = (): Buffer => {
    const key = randomBytes(keyBytes);
    insert.run(label.kind, label.key, cipher.seal({ ...label, version: 1 }, key.toString('base64')));
    indexOldRecords(database, cipher, createTagHasher(key));
    return key;
  };
  return createTagHasher(read() ?? database.transaction(() => read() ?? make()));
}

import { optionalTextOf, type SqlRow, textOf } from '../sqlite-database.ts';

/**
 * Kinds whose records lie under their owner's key. Where the owner of a record is its key, its column holds an empty text, so
 * that neither it nor an index repeats the key: 117 bytes less for a session.
 */
export const kindsUnderOwnerKey = ['last_seen', 'provider_grant', 'refresh_lease'] as const;

/** The same for statements. */
export const sqlKindsUnderOwnerKey = kindsUnderOwnerKey.map((kind) => `'${kind}'`).join(', ');

const keyedAsOwner: ReadonlySet<string> = new Set(kindsUnderOwnerKey);

/** How the column says whom a record belongs to. */
export function ownerColumn(kind: string, key: string, owner: string | undefined): string | null {
  return owner === key && keyedAsOwner.has(kind) ? '' : (owner ?? null);
}

/** Whom a row belongs to. */
export function ownerOf(row: SqlRow): string | undefined {
  const owner = optionalTextOf(row, 'owner');
  return owner === '' ? textOf(row, 'key') : owner;
}

/**
 * Schema version 3: less room for what finds a record. What is sealed does not change: a label still names its owner. The
 * kind is not repeated beside a tag: no two kinds give the same tag to the same key (`RecordWrite.tags`).
 */
export const compactIndexes = `
  DROP INDEX records_by_owner;
  UPDATE records SET owner = '' WHERE kind IN (${sqlKindsUnderOwnerKey}) AND owner = key;
  CREATE INDEX records_by_owner ON records (owner) WHERE owner <> '';

  DROP TRIGGER records_tagged;
  DROP TRIGGER records_untagged;
  DROP TRIGGER records_retagged;
  CREATE TABLE tags_of_keys (
    tag BLOB NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (tag, key)
  ) STRICT, WITHOUT ROWID;
  INSERT OR IGNORE INTO tags_of_keys (tag, key) SELECT tag, key FROM record_tags ORDER BY tag, key;
  DROP TABLE record_tags;
  ALTER TABLE tags_of_keys RENAME TO record_tags;

  CREATE TRIGGER records_tagged AFTER INSERT ON records WHEN NEW.tags IS NOT NULL BEGIN
    INSERT OR IGNORE INTO record_tags (tag, key)
      SELECT substr(NEW.tags, at, 8), NEW.key
      FROM (SELECT 1 AS at UNION ALL SELECT 9 UNION ALL SELECT 17) WHERE at < length(NEW.tags);
  END;
  CREATE TRIGGER records_untagged AFTER DELETE ON records WHEN OLD.tags IS NOT NULL BEGIN
    DELETE FROM record_tags
      WHERE tag IN (substr(OLD.tags, 1, 8), substr(OLD.tags, 9, 8), substr(OLD.tags, 17, 8)) AND key = OLD.key;
  END;
  CREATE TRIGGER records_retagged AFTER UPDATE ON records WHEN OLD.tags IS NOT NEW.tags BEGIN
    DELETE FROM record_tags
      WHERE tag IN (substr(OLD.tags, 1, 8), substr(OLD.tags, 9, 8), substr(OLD.tags, 17, 8)) AND key = OLD.key;
    INSERT OR IGNORE INTO record_tags (tag, key)
      SELECT substr(NEW.tags, at, 8), NEW.key
      FROM (SELECT 1 AS at UNION ALL SELECT 9 UNION ALL SELECT 17) WHERE at < length(NEW.tags);
  END;
`;

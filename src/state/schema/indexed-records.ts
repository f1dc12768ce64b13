/**
 * Schema version 2: records are found by tags, counted and called up when they are due, so that nothing has to be walked.
 * Triggers keep the tags and the counts, whatever removes a record: a burial, an owner's end, the purge of what expired.
 */
export const indexedRecords = `
  ALTER TABLE records ADD COLUMN tags BLOB;
  ALTER TABLE records ADD COLUMN counted_as TEXT;
  ALTER TABLE records ADD COLUMN due_ms INTEGER;

  DROP INDEX records_by_expiry;
  CREATE INDEX records_by_expiry ON records (kind, expires_at_ms) WHERE expires_at_ms IS NOT NULL;
  CREATE INDEX records_by_due ON records (kind, due_ms) WHERE due_ms IS NOT NULL;

  CREATE TABLE record_tags (
    tag BLOB NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (tag, kind, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE record_counts (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TRIGGER records_tagged AFTER INSERT ON records WHEN NEW.tags IS NOT NULL BEGIN
    INSERT OR IGNORE INTO record_tags (tag, kind, key)
      SELECT substr(NEW.tags, at, 8), NEW.kind, NEW.key
      FROM (SELECT 1 AS at UNION ALL SELECT 9 UNION ALL SELECT 17) WHERE at < length(NEW.tags);
  END;
  CREATE TRIGGER records_untagged AFTER DELETE ON records WHEN OLD.tags IS NOT NULL BEGIN
    DELETE FROM record_tags
      WHERE tag IN (substr(OLD.tags, 1, 8), substr(OLD.tags, 9, 8), substr(OLD.tags, 17, 8))
      AND kind = OLD.kind AND key = OLD.key;
  END;
  CREATE TRIGGER records_retagged AFTER UPDATE ON records WHEN OLD.tags IS NOT NEW.tags BEGIN
    DELETE FROM record_tags
      WHERE tag IN (substr(OLD.tags, 1, 8), substr(OLD.tags, 9, 8), substr(OLD.tags, 17, 8))
      AND kind = OLD.kind AND key = OLD.key;
    INSERT OR IGNORE INTO record_tags (tag, kind, key)
      SELECT substr(NEW.tags, at, 8), NEW.kind, NEW.key
      FROM (SELECT 1 AS at UNION ALL SELECT 9 UNION ALL SELECT 17) WHERE at < length(NEW.tags);
  END;

  CREATE TRIGGER records_counted AFTER INSERT ON records WHEN NEW.counted_as IS NOT NULL BEGIN
    INSERT INTO record_counts (kind, name, count) VALUES (NEW.kind, NEW.counted_as, 1)
      ON CONFLICT (kind, name) DO UPDATE SET count = count + 1;
  END;
  CREATE TRIGGER records_uncounted AFTER DELETE ON records WHEN OLD.counted_as IS NOT NULL BEGIN
    UPDATE record_counts SET count = count - 1 WHERE kind = OLD.kind AND name = OLD.counted_as;
  END;
  CREATE TRIGGER records_recounted AFTER UPDATE ON records WHEN OLD.counted_as IS NOT NEW.counted_as BEGIN
    UPDATE record_counts SET count = count - 1 WHERE kind = OLD.kind AND name = OLD.counted_as;
    INSERT INTO record_counts (kind, name, count) SELECT NEW.kind, NEW.counted_as, 1 WHERE NEW.counted_as IS NOT NULL
      ON CONFLICT (kind, name) DO UPDATE SET count = count + 1;
  END;
`;

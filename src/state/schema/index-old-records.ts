import { z } from 'zod';
import type { RecordCipher } from '../record-cipher.ts';
import { bytesOf, numberOf, optionalNumberOf, type SqlDatabase, type SqlRow, textOf } from '../sqlite-database.ts';
import type { RecordKind } from '../state-store.ts';
import type { TagHasher } from '../tag-hasher.ts';
import { ownerOf } from './compact-indexes.ts';

interface Marks {
  readonly tags?: readonly string[];
  readonly countedAs?: string;
  readonly dueAtMs?: number;
}

const PersonShape = z.looseObject({
  providerId: z.string(),
  issuer: z.string(),
  subject: z.string(),
  email: z.string().nullish(),
});
const PersonInside = z.looseObject({ person: PersonShape });
const BrowserInside = z.looseObject({ browserKeyId: z.string().optional() });

/** What version 1 wrote without marks, and the marks that its readers look for; never edited, as the schema's steps. */
const marksOf: Readonly<Partial<Record<RecordKind, (value: unknown) => Marks>>> = {
  session: (value) => {
    const { person } = PersonInside.parse(value);
    return { tags: [personTag(person), ...nameTags(person)], countedAs: person.providerId };
  },
  person: (value) => ({ tags: nameTags(PersonInside.parse(value).person) }),
  credential: browserMarks,
  ticket: browserMarks,
  // Looked at soon after the start, where the configuration is known.
  last_seen: () => ({ dueAtMs: 0 }),
};

function browserMarks(value: unknown): Marks {
  const { browserKeyId } = BrowserInside.parse(value);
  return browserKeyId === undefined ? {} : { tags: [`browser ${browserKeyId}`] };
}

function personTag({ issuer, subject }: z.infer<typeof PersonShape>): string {
  return `person ${JSON.stringify([issuer, subject])}`;
}

function nameTags({ email, subject }: z.infer<typeof PersonShape>): readonly string[] {
  return [`name ${subject}`, ...(typeof email === 'string' && email !== subject ? [`name ${email}`] : [])];
}

const pageSize = 500;

/** Gives the records of version 1 their marks. Runs once, in the transaction that makes the key of the tags; about 60 µs a record. */
export function indexOldRecords(database: SqlDatabase, cipher: RecordCipher, hashTags: TagHasher): void {
  const select = database.prepare(
    'SELECT kind, key, version, owner, expires_at_ms, sealed FROM records WHERE kind = ? AND key > ? ORDER BY key LIMIT ?',
  );
  const update = database.prepare(
    'UPDATE records SET tags = ?, counted_as = ?, due_ms = ?, sealed = ? WHERE kind = ? AND key = ?',
  );

  const mark = (kind: RecordKind, read: (value: unknown) => Marks, row: SqlRow): void => {
    const label = {
      kind,
      key: textOf(row, 'key'),
      version: numberOf(row, 'version'),
      // The steps of the schema run first, those of after this one too.
      owner: ownerOf(row),
      expiresAtMs: optionalNumberOf(row, 'expires_at_ms'),
    };
    const value = cipher.open(label, bytesOf(row, 'sealed'));
    const { tags, countedAs, dueAtMs } = read(JSON.parse(value));
    const marks = { tags: hashTags(tags), countedAs, dueAtMs };
    const sealed = cipher.seal({ ...label, ...marks }, value);
    update.run(marks.tags ?? null, countedAs ?? null, dueAtMs ?? null, sealed, kind, label.key);
  };

  for (const [kind, read] of Object.entries(marksOf) as [RecordKind, (value: unknown) => Marks][]) {
    for (let after = ''; ; ) {
      const page = select.all(kind, after, pageSize);
      for (const row of page) {
        try {
          mark(kind, read, row);
        } catch {
          // A damaged record is told of when it is read; it must not keep the rest from being served.
        }
      }
      const last = page.at(-1);
      if (last === undefined) break;
      after = textOf(last, 'key');
    }
  }
}

import { z } from 'zod';
import { recordKindOf } from './record-kind.ts';
import type { Change, RecordKind } from './state-store.ts';

const kind = z.string().transform((text): RecordKind => recordKindOf(text));
const closureSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('bury'),
    kind,
    key: z.string(),
    cause: z.string(),
    sinceMs: z.number(),
    untilMs: z.number(),
  }),
  z.strictObject({
    type: z.literal('put'),
    kind,
    key: z.string(),
    owner: z.string().optional(),
    expiresAtMs: z.number().optional(),
    value: z.string(),
    version: z.number(),
  }),
  z.strictObject({
    type: z.literal('through'),
    kind,
    throughKey: z.string(),
    cause: z.string(),
    sinceMs: z.number(),
    untilMs: z.number(),
  }),
]);

/**
 * Something that was taken away and is not in the state file yet, because the disk takes nothing. `bury` ends a record,
 * `put` writes one that closes (a lock), `through` ends every record of a kind up to a key: where it is not known any
 * more what was taken away.
 */
export type Closure = Readonly<z.infer<typeof closureSchema>>;

/** Where a closure stands: in the state file, in the reserve beside it, or in memory alone, which a restart loses. */
export type KeptIn = 'state' | 'reserve' | 'memory';

/** The worse of two: what can be said of both. */
export function worseOf(one: KeptIn, other: KeptIn): KeptIn {
  if (one === 'memory' || other === 'memory') return 'memory';
  return one === 'reserve' ? one : other;
}

/** The name of what closes one record. */
export function nameOfRecord(kind: RecordKind, key: string): string {
  return `one\n${kind}\n${key}`;
}

/** What a closure is about; a later one of the same name takes its place. */
export function nameOfClosure(closure: Closure): string {
  return closure.type === 'through' ? `through\n${closure.kind}\n` : nameOfRecord(closure.kind, closure.key);
}

/** Reads what `JSON.stringify` wrote. Throws when it is anything else. */
export function parseClosures(json: string): readonly Closure[] {
  return z.array(closureSchema).parse(JSON.parse(json));
}

/** What memories have to hear of it. */
export function changeOfClosure(closure: Closure): Change {
  if (closure.type === 'through') return { type: 'everything' };
  const { kind, key } = closure;
  return { type: 'record', kind, key, owner: undefined, wasBuried: closure.type === 'bury' };
}

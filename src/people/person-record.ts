import { z } from 'zod';
import { parseRecord } from '../state/parse-record.ts';
import type { StoredRecord } from '../state/state-store.ts';
import type { KnownPerson, Person } from './known-person.ts';

/** Claims that a later version adds pass through: what a rule reads must be what the sign-in said. */
const PersonShape = z.looseObject({
  providerId: z.string(),
  issuer: z.string(),
  subject: z.string(),
  name: z.string().optional(),
  email: z.string().optional(),
  isEmailVerified: z.boolean(),
  groups: z.array(z.string()).optional(),
  source: z.string(),
  asOfMs: z.number(),
});
const RecordShape = z.strictObject({ person: PersonShape, firstSeenAtMs: z.number(), lastSeenAtMs: z.number() });
const UseShape = z.strictObject({ lastUsedAtMs: z.record(z.string(), z.number()) });

/** How long somebody is remembered who does not come back: longer than any session lasts. */
export const keptMs = 400 * 24 * 60 * 60 * 1000;
/** Routes of a person whose last use is kept. */
const mostRoutes = 200;

export function encodePerson(known: Omit<KnownPerson, 'lastUsedAtMs'>): string {
  const { person, firstSeenAtMs, lastSeenAtMs } = known;
  return JSON.stringify({ person, firstSeenAtMs, lastSeenAtMs });
}

export function decodePerson(record: StoredRecord): Omit<KnownPerson, 'lastUsedAtMs'> {
  const { person, ...times } = parseRecord(RecordShape, record);
  const { name, email, groups } = person;
  return { ...times, person: { ...person, name, email, groups } satisfies Person };
}

export function encodeUse(lastUsedAtMs: ReadonlyMap<string, number>): string {
  return JSON.stringify({ lastUsedAtMs: Object.fromEntries(lastUsedAtMs) });
}

export function decodeUse(record: StoredRecord): ReadonlyMap<string, number> {
  return new Map(Object.entries(parseRecord(UseShape, record).lastUsedAtMs));
}

/** Of each route the later time, whichever process saw it (security-rules.md 28); the routes used last stay. */
export function mergeUse(
  one: ReadonlyMap<string, number>,
  other: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const merged = new Map(one);
  for (const [route, atMs] of other) merged.set(route, Math.max(atMs, merged.get(route) ?? 0));
  if (merged.size <= mostRoutes) return merged;
  return new Map([...merged].sort(([, a], [, b]) => b - a).slice(0, mostRoutes));
}

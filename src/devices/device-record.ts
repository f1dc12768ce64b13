import { z } from 'zod';
import { Fault } from '../decision/fault.ts';
import type { DeviceFact, FactValue } from './device-fact.ts';

/** Names of facts: as postures write them. */
export const factName = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);

/** Values of facts. Text is bounded; a number is finite. */
export const factValue = z.union([z.string().max(256), z.number(), z.boolean()]);

/** How many facts one device may have, over all sources. */
export const maxFactsPerDevice = 256;

/** What is known of a device: for each fact, what each source says. */
export interface DeviceRecord {
  /** At most one statement a source, in order of source. */
  readonly statements: ReadonlyMap<string, readonly DeviceFact[]>;
}

export const emptyDeviceRecord: DeviceRecord = { statements: new Map() };

const statement = z.object({ value: factValue, source: z.string(), asOfMs: z.number() });
const stored = z.object({ statements: z.array(z.tuple([factName, z.array(statement)])) });

/** Reads a record from the store. A broken one is a fault, never "no facts". */
export function parseDeviceRecord(json: string): DeviceRecord {
  try {
    return { statements: new Map(stored.parse(JSON.parse(json)).statements) };
  } catch (cause) {
    throw new Fault('state_corrupt', 'The facts of a device could not be read from the store. Remove its record.', {
      cause,
    });
  }
}

/** Writes a record for the store. */
export function formatDeviceRecord(record: DeviceRecord): string {
  return JSON.stringify({ statements: [...record.statements] });
}

/**
 * The record after a source has spoken: it replaces its own statements alone, `null` takes one back.
 * `undefined` when the device would have more facts than are kept.
 */
export function withStatements(
  record: DeviceRecord,
  facts: ReadonlyMap<string, FactValue | null>,
  source: string,
  asOfMs: number,
): DeviceRecord | undefined {
  const statements = new Map(record.statements);
  for (const [name, value] of facts) {
    const others = (statements.get(name) ?? []).filter((one) => one.source !== source);
    const all = value === null ? others : [...others, { value, source, asOfMs }];
    if (all.length === 0) statements.delete(name);
    else
      statements.set(
        name,
        all.sort((a, b) => (a.source < b.source ? -1 : 1)),
      );
  }
  return statements.size > maxFactsPerDevice ? undefined : { statements };
}

/** The record after a source has said all that it knows: whatever else it said before is taken back. `undefined` as above. */
export function withAllStatements(
  record: DeviceRecord,
  facts: ReadonlyMap<string, FactValue>,
  source: string,
  asOfMs: number,
): DeviceRecord | undefined {
  const all = new Map<string, FactValue | null>(facts);
  for (const name of record.statements.keys()) if (!facts.has(name)) all.set(name, null);
  return withStatements(record, all, source, asOfMs);
}

/** One statement a fact, the newest: for lists. Judging a posture looks at all of them. */
export function newestStatements(record: DeviceRecord): Readonly<Record<string, DeviceFact>> {
  const newest: Record<string, DeviceFact> = {};
  for (const [name, all] of record.statements) {
    const [first, ...others] = all;
    if (first === undefined) continue;
    newest[name] = others.reduce((best, one) => (one.asOfMs > best.asOfMs ? one : best), first);
  }
  return newest;
}

import type { StateStore } from '../../state/state-store.ts';
import type { FactValue } from '../device-fact.ts';
import type { DeviceMemory } from '../device-memory.ts';
import { type DeviceRecord, parseDeviceRecord } from '../device-record.ts';
import type { AppliedListing, ListedDevice } from './listed-device.ts';

export interface ApplyListingParts {
  readonly store: Pick<StateStore, 'list'>;
  readonly memory: Pick<DeviceMemory, 'replace'>;
  readonly breathe: () => Promise<void>;
}

/** About two milliseconds of reading, and about one of writing: requests have their turn in between. */
const pageSize = 50;
const writesInARow = 5;

/**
 * Puts a whole listing into the records of devices: of each device, what this source said before is replaced. What it said
 * of devices that it does not list any more is taken back: a device that was removed there must not stay fresh here.
 */
export async function applyListing(
  source: string,
  devices: ReadonlyMap<string, ListedDevice>,
  { store, memory, breathe }: ApplyListingParts,
): Promise<AppliedListing> {
  const left = new Map(devices);
  let writes = 0;
  const result = { changed: 0, gone: 0, refused: 0 };
  const replace = async (deviceId: string, facts: ReadonlyMap<string, FactValue>, asOfMs: number): Promise<boolean> => {
    writes += 1;
    if (writes % writesInARow === 0) await breathe();
    const replaced = await memory.replace(deviceId, facts, source, asOfMs);
    if (replaced !== 'replaced') result.refused += 1;
    return replaced === 'replaced';
  };
  let after = '';
  for (;;) {
    const page = await store.list('device', { after, limit: pageSize });
    for (const { key, value } of page) {
      const record = readRecord(value);
      const listed = left.get(key);
      left.delete(key);
      if (record === undefined) {
        result.refused += 1;
        continue;
      }
      if (listed === undefined) {
        if (saysNothing(record, source)) continue;
        if (await replace(key, new Map(), 0)) result.gone += 1;
      } else if (!saysTheSame(record, source, listed)) {
        if (await replace(key, listed.facts, listed.asOfMs)) result.changed += 1;
      }
    }
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) break;
    after = last.key;
    await breathe();
  }
  for (const { deviceId, facts, asOfMs } of left.values()) {
    if (facts.size > 0 && (await replace(deviceId, facts, asOfMs))) result.changed += 1;
  }
  return result;
}

/** A record that cannot be read is nobody else's trouble: its own device has no facts, and the others are taken up. */
function readRecord(value: string): DeviceRecord | undefined {
  try {
    return parseDeviceRecord(value);
  } catch {
    return undefined;
  }
}

function saysNothing({ statements }: DeviceRecord, source: string): boolean {
  for (const all of statements.values()) if (all.some((one) => one.source === source)) return false;
  return true;
}

function saysTheSame({ statements }: DeviceRecord, source: string, { facts, asOfMs }: ListedDevice): boolean {
  let known = 0;
  for (const [name, all] of statements) {
    const own = all.find((one) => one.source === source);
    if (own === undefined) continue;
    if (own.asOfMs !== asOfMs || facts.get(name) !== own.value) return false;
    known += 1;
  }
  return known === facts.size;
}

import { Fault } from '../decision/fault.ts';
import { createGrowingCache } from '../state/growing-cache.ts';
import type { StateStore } from '../state/state-store.ts';
import type { FactValue } from './device-fact.ts';
import {
  type DeviceRecord,
  emptyDeviceRecord,
  formatDeviceRecord,
  parseDeviceRecord,
  withAllStatements,
  withStatements,
} from './device-record.ts';

/** Device records in memory, in front of the store, kept true by its change log. */
export interface DeviceMemory {
  /** A remembered record without a promise. Call after `store.freshen()`. */
  get(deviceId: string): DeviceRecord | Promise<DeviceRecord>;
  /** Lets a source speak; two writers at once both succeed. `too_many` when the device would have more facts than are kept. */
  change(
    deviceId: string,
    facts: ReadonlyMap<string, FactValue | null>,
    source: string,
    asOfMs: number,
    /** Whether it must hold also where the disk takes nothing. Default false. */
    isClosing?: boolean,
  ): Promise<DeviceRecord | 'too_many'>;
  /** Puts all that a source says of a device in the place of what it said before. Two writers at once both succeed. */
  replace(
    deviceId: string,
    facts: ReadonlyMap<string, FactValue>,
    source: string,
    asOfMs: number,
  ): Promise<'replaced' | 'too_many' | 'conflict'>;
  close(): void;
}

const rememberedDevices = 20_000;
const writeAttempts = 8;

/** Builds the memory. Faults of the store pass through: a store that is away is not a device without facts. */
export function createDeviceMemory(store: StateStore): DeviceMemory {
  const remembered = createGrowingCache<string, DeviceRecord>(rememberedDevices);
  // Counts changes, so that a fill that a change crossed is not kept.
  let generation = 0;
  const stop = store.onChange((change) => {
    if (change.type === 'everything') {
      generation += 1;
      remembered.clear();
    } else if (change.kind === 'device') {
      generation += 1;
      remembered.delete(change.key);
    }
  });

  async function load(deviceId: string): Promise<{ readonly record: DeviceRecord; readonly version: number }> {
    const before = generation;
    const read = await store.read('device', deviceId);
    const isThere = read.found === 'record';
    const record = isThere ? parseDeviceRecord(read.record.value) : emptyDeviceRecord;
    if (generation === before) remembered.set(deviceId, record);
    return { record, version: isThere ? read.record.version : 0 };
  }

  async function rewrite(
    deviceId: string,
    change: (record: DeviceRecord) => DeviceRecord | undefined,
    isClosing = false,
  ): Promise<DeviceRecord | 'too_many' | 'conflict'> {
    for (let attempt = 0; attempt < writeAttempts; attempt += 1) {
      const { record, version } = await load(deviceId);
      const next = change(record);
      if (next === undefined) return 'too_many';
      const { outcome } = await store.write({
        kind: 'device',
        key: deviceId,
        value: formatDeviceRecord(next),
        expectedVersion: version,
        isClosing,
      });
      if (outcome === 'written') return next;
      if (outcome === 'buried') break;
    }
    return 'conflict';
  }

  return {
    get: (deviceId) => remembered.get(deviceId) ?? load(deviceId).then(({ record }) => record),

    change: async (deviceId, facts, source, asOfMs, isClosing) => {
      const next = await rewrite(deviceId, (record) => withStatements(record, facts, source, asOfMs), isClosing);
      if (next === 'conflict') {
        throw new Fault(
          'state_conflict',
          `The facts of device "${deviceId}" were changed by others at the same time. Try again.`,
        );
      }
      return next;
    },

    replace: async (deviceId, facts, source, asOfMs) => {
      const next = await rewrite(deviceId, (record) => withAllStatements(record, facts, source, asOfMs));
      return typeof next === 'string' ? next : 'replaced';
    },

    close: () => {
      stop();
      remembered.clear();
    },
  };
}

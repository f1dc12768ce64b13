import { randomBytes } from 'node:crypto';
import type { DeviceProvider } from '../../src/config/snapshot.ts';
import { createDevices } from '../../src/devices/create-devices.ts';
import { createAskProvider } from '../../src/devices/providers/ask-provider.ts';
import { createDevicePulls, type Pulled } from '../../src/devices/providers/device-pulls.ts';
import { createMemoryStore } from './judgement-memory-store.ts';

export const startMs = Date.UTC(2026, 0, 5, 9);

/** A provider as a configuration compiles it, with the keys that a test is about. */
export function provider(url: string, keys: Partial<DeviceProvider> = {}): DeviceProvider {
  const fact = (...path: string[]) => ({ path, type: undefined, equals: undefined });
  return {
    id: 'fleet',
    url,
    refreshMs: 300_000,
    match: ['serial'],
    items: ['devices'],
    asOf: undefined,
    facts: new Map([['disk_encrypted', fact('encrypted')]]),
    paging: { by: 'none' },
    headers: {},
    ...keys,
  };
}

/** Pulls over real sockets, by a clock and timers that the test moves. Several processes may share a store. */
export function stageDevicePulls(
  store = createMemoryStore(() => startMs),
  limits = { timeoutMs: 5_000, maxBytes: 200_000 },
) {
  const clock = { nowMs: startMs };
  const timers: { readonly waitMs: number; readonly work: () => void }[] = [];
  const pulled: { readonly provider: string; readonly pulled: Pulled }[] = [];
  const faults: unknown[] = [];
  let wake = (): void => {};
  const devices = createDevices({ store, now: () => clock.nowMs, randomBytes });
  const pulls = createDevicePulls({
    store,
    devices,
    ask: createAskProvider(limits),
    now: () => clock.nowMs,
    fraction: () => 0.5,
    onPulled(id, result) {
      pulled.push({ provider: id, pulled: result });
    },
    onFault: (fault) => faults.push(fault),
    later(waitMs, work) {
      const timer = { waitMs, work };
      timers.push(timer);
      wake();
      return () => {
        const at = timers.indexOf(timer);
        if (at >= 0) timers.splice(at, 1);
      };
    },
  });
  return {
    store,
    devices,
    pulls,
    clock,
    timers,
    pulled,
    faults,
    /** Fires every timer that is set, and waits until as many are set again. */
    async turn(): Promise<void> {
      const due = timers.splice(0);
      await new Promise<void>((resolve) => {
        wake = () => {
          if (timers.length >= due.length) resolve();
        };
        for (const { work } of due) work();
      });
    },
  };
}

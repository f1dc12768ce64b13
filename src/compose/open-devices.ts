import { randomBytes } from 'node:crypto';
import type { SnapshotHolder } from '../config/reload/snapshot-holder.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { createDevices } from '../devices/create-devices.ts';
import type { Devices } from '../devices/device.ts';
import { createAskProvider } from '../devices/providers/ask-provider.ts';
import { createDevicePulls, type Pulled } from '../devices/providers/device-pulls.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { createRandomFraction } from '../server/random-fraction.ts';
import type { StateStore } from '../state/state-store.ts';
import type { ComposeOptions } from './program.ts';

export interface DeviceParts {
  readonly store: StateStore;
  readonly now: () => number;
  readonly holder: Pick<SnapshotHolder, 'snapshot' | 'onSwap'>;
  readonly metrics: Pick<Metrics, 'devicesPulled' | 'postureChecked'>;
  readonly log: ComposeOptions['log'];
}

/** A page of a provider that is larger, or that takes longer, is a failure. */
const pageLimits = { maxBytes: 16 * 1024 * 1024, timeoutMs: 30_000 };

/** Devices, and the reading of the lists that the configuration names, now and after each reload. */
export function openDevices({ store, now, holder, metrics, log }: DeviceParts): Devices & { close(): Promise<void> } {
  const devices = createDevices({
    store,
    now,
    randomBytes,
    onChecked: (fact, { source, result }) => metrics.postureChecked(source ?? 'none', fact, result),
  });
  const pulls = createDevicePulls({
    store,
    devices,
    ask: createAskProvider(pageLimits),
    now,
    fraction: createRandomFraction(randomBytes),
    onPulled(provider, pulled) {
      metrics.devicesPulled(provider, pulled.result, now());
      tell(provider, pulled, log);
    },
    onFault: (fault) =>
      log.warn({ err: fault }, 'The list of a provider of devices could not be taken up; it is tried again.'),
  });
  const use = ({ deviceProviders }: Snapshot) => pulls.use(deviceProviders ?? []);
  use(holder.snapshot());
  holder.onSwap(use);
  return {
    ...devices,
    async close() {
      await pulls.close();
      devices.close();
    },
  };
}

function tell(provider: string, pulled: Pulled, log: DeviceParts['log']): void {
  if (pulled.result === 'ok') {
    const { devices, changed, gone, refused, skipped } = pulled;
    const message = 'The list of a provider of devices was read.';
    log[refused > 0 ? 'warn' : 'info']({ provider, devices, changed, gone, refused, skipped }, message);
    return;
  }
  const { result, why, failures, waitMs } = pulled;
  log.warn(
    { provider, result, failures, again_in_s: Math.round(waitMs / 1000) },
    `The provider of devices "${provider}" was not read: ${why}. Its facts stay as they are and grow old.`,
  );
}

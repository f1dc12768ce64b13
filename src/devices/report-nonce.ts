import { hashSecret, mintSecret } from '../state/secret.ts';
import type { StateStore } from '../state/state-store.ts';

/** How long a nonce lives. */
const lifetimeMs = 5 * 60_000;

/** Single-use nonces for reports, each for one device, stored hashed. */
export interface ReportNonces {
  issue(deviceId: string): Promise<string>;
  /** True once for a nonce of this device that has not run out. */
  spend(nonce: string, deviceId: string): Promise<boolean>;
}

/** Builds the nonces on the store's `take`: of two reports with one nonce, one is accepted, whichever process they reach. */
export function createReportNonces(
  store: StateStore,
  now: () => number,
  randomBytes: (count: number) => Buffer,
): ReportNonces {
  return {
    issue: async (deviceId) => {
      const nonce = mintSecret(randomBytes);
      const expiresAtMs = now() + lifetimeMs;
      await store.write({
        kind: 'device_nonce',
        key: hashSecret(nonce),
        value: JSON.stringify({ deviceId }),
        expiresAtMs,
        expectedVersion: 0,
        isLogged: false,
      });
      return nonce;
    },
    spend: async (nonce, deviceId) => {
      const record = await store.take('device_nonce', hashSecret(nonce));
      if (record?.expiresAtMs === undefined || record.expiresAtMs < now()) return false;
      const value: unknown = JSON.parse(record.value);
      return typeof value === 'object' && value !== null && 'deviceId' in value && value.deviceId === deviceId;
    },
  };
}

import { randomBytes } from 'node:crypto';
import { CompactSign } from 'jose';
import { createDevices } from '../../src/devices/create-devices.ts';
import type { ConnectionDevice, Devices } from '../../src/devices/device.ts';
import { makeAuthority, makeDevice, type TestDevice } from './judgement-certificates.ts';
import { createMemoryStore } from './judgement-memory-store.ts';

export const audience = 'https://auth.corp.example';

/** Devices on a store, a clock to turn, and two laptops that can report. */
export async function stageReports() {
  const clock = { nowMs: Date.UTC(2026, 0, 5, 9) };
  const store = createMemoryStore(() => clock.nowMs);
  const devices = createDevices({ store, now: () => clock.nowMs, randomBytes });
  const authority = await makeAuthority('Device CA', clock.nowMs);
  const ada = await makeDevice(authority, clock.nowMs);
  const kim = await makeDevice(authority, clock.nowMs, { commonName: 'kim-laptop', serial: '0b' });
  return { clock, store, devices, ada, kim };
}

export function connectionOf({ x509 }: TestDevice): ConnectionDevice {
  return {
    deviceId: x509.toLegacyObject().subject.CN as string,
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    notAfterMs: x509.validToDate.getTime(),
  };
}

/** Signs anything as a report. */
export function sign(
  payload: unknown,
  key: TestDevice,
  header: { readonly alg: string } = { alg: 'ES256' },
): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader(header)
    .sign(key.privateKey);
}

/** Sends a report over a device's connection. */
export function send(devices: Devices, jws: string, from: TestDevice) {
  return devices.acceptReport(jws, connectionOf(from), from.peer, audience);
}

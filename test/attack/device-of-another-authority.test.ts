import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Posture, TlsSettings } from '../../src/config/snapshot.ts';
import { createDevices } from '../../src/devices/create-devices.ts';
import { keyOf } from '../../src/devices/device-trust.ts';
import { createLocks } from '../../src/locks/create-locks.ts';
import {
  makeAuthority,
  makeDevice,
  readCertificate,
  snapshotWith,
  type TestAuthority,
  type TestDevice,
} from '../support/judgement-certificates.ts';
import { createMemoryStore } from '../support/judgement-memory-store.ts';
import { audience, sign } from '../support/judgement-report.ts';

const nowMs = Date.UTC(2026, 0, 5, 9);
const managed: Posture = {
  name: 'managed',
  at: { file: 'postern.yaml', line: 1, column: 1 },
  require: [{ check: 'disk_encrypted', operator: 'is_true', value: undefined, source: 'disk_encrypted' }],
  maxAgeMs: 24 * 3_600_000,
  sources: undefined,
  help: {},
};

let corp: TestAuthority;
let partner: TestAuthority;
let laptop: TestDevice;
let namesake: TestDevice;
beforeAll(async () => {
  [corp, partner] = await Promise.all([makeAuthority('Corp CA', nowMs), makeAuthority('Partner CA', nowMs)]);
  [laptop, namesake] = await Promise.all([makeDevice(corp, nowMs), makeDevice(partner, nowMs)]);
});

let stage: ReturnType<typeof build>;
beforeEach(() => {
  stage = build();
});

function build() {
  const store = createMemoryStore(() => nowMs);
  const now = () => nowMs;
  return {
    devices: createDevices({ store, now, randomBytes: (count) => Buffer.alloc(count, 7) }),
    locks: createLocks({ store, now }),
  };
}

function identify(device: TestDevice, tls: Partial<TlsSettings> = {}) {
  const snapshot = snapshotWith({ clientCa: `${corp.pem}\n${partner.pem}`, crl: undefined, ...tls });
  return stage.devices.identify(device.peer, snapshot, nowMs);
}

const keyOfAuthority = (authority: TestAuthority) => keyOf(readCertificate(authority));

async function resultOf(device: TestDevice): Promise<string> {
  const { deviceId } = identify(device) ?? {};
  return deviceId === undefined ? 'none' : (await stage.devices.judgePosture(deviceId, managed, nowMs)).result;
}

describe('a certificate of another authority with the name of a colleague’s laptop', () => {
  test('is another device, which says whose it is', () => {
    expect(identify(laptop)?.deviceId).toBe('ada-laptop');
    expect(identify(namesake)?.deviceId).toBe(`ada-laptop@${keyOfAuthority(partner).slice(0, 32)}`);
  });

  test('has none of the laptop’s facts', async () => {
    await stage.devices.setFacts('ada-laptop', { disk_encrypted: true }, 'admin');
    expect([await resultOf(laptop), await resultOf(namesake)]).toEqual(['pass', 'unknown']);
  });

  test('reports for itself alone', async () => {
    const own = identify(namesake);
    if (own === undefined) throw new Error('The other authority is configured.');
    const report = async (nonceOf: string) =>
      stage.devices.acceptReport(
        await sign(
          {
            aud: audience,
            iat: nowMs / 1000,
            nonce: await stage.devices.issueNonce(nonceOf),
            facts: { disk_encrypted: true },
          },
          namesake,
        ),
        own,
        namesake.peer,
        audience,
      );
    expect((await report('ada-laptop')).outcome).toBe('refused');
    expect((await report(own.deviceId)).outcome).toBe('accepted');
    expect([await resultOf(laptop), await resultOf(namesake)]).toEqual(['unknown', 'pass']);
  });

  test('does not dodge a lock on the name', async () => {
    const lock = { reason: 'lost', setBy: 'admin', setAtMs: nowMs } as const;
    await stage.locks.set({ ...lock, target: { kind: 'device', deviceId: 'ada-laptop' } });
    await stage.locks.load();
    for (const device of [laptop, namesake])
      expect(stage.locks.find({ deviceId: identify(device)?.deviceId }, nowMs)).toBeDefined();
    await stage.locks.lift({ kind: 'device', deviceId: 'ada-laptop' });
    await stage.locks.set({
      ...lock,
      target: { kind: 'device', deviceId: identify(namesake)?.deviceId ?? '' },
    });
    await stage.locks.load();
    expect(stage.locks.find({ deviceId: 'ada-laptop' }, nowMs)).toBeUndefined();
  });

  test('cannot spell the id of a device of yet another one', async () => {
    const commonName = `ada-laptop@${keyOfAuthority(partner).slice(0, 32)}`;
    expect(identify(await makeDevice(corp, nowMs, { commonName }))).toBeUndefined();
    expect(identify(await makeDevice(partner, nowMs, { commonName }))).toBeUndefined();
    expect(identify(await makeDevice(corp, nowMs, { commonName: 'ada@corp.example' }))?.deviceId).toBe(
      'ada@corp.example',
    );
  });
});

describe('authorities whose names are one fleet’s', () => {
  test('are those that are listed, whatever the order of the file', () => {
    const named = { deviceNameAuthorities: new Set([keyOfAuthority(corp)]) };
    const swapped = { clientCa: `${partner.pem}\n${corp.pem}`, ...named };
    expect(identify(laptop, swapped)?.deviceId).toBe('ada-laptop');
    expect(identify(namesake, swapped)?.deviceId).toMatch(/^ada-laptop@[0-9a-f]{32}$/);
    const both = { deviceNameAuthorities: new Set([corp, partner].map(keyOfAuthority)) };
    expect(identify(namesake, both)?.deviceId).toBe('ada-laptop');
  });

  test('are a root and those below it', async () => {
    const issuing = await makeAuthority('Issuing CA', nowMs, 365, corp);
    const device = await makeDevice(issuing, nowMs);
    for (const clientCa of [`${corp.pem}\n${issuing.pem}`, `${issuing.pem}\n${corp.pem}`])
      expect(identify(device, { clientCa })?.deviceId).toBe('ada-laptop');
    expect(identify(device, { clientCa: `${partner.pem}\n${issuing.pem}\n${corp.pem}` })?.deviceId).toBe(
      `ada-laptop@${keyOfAuthority(corp).slice(0, 32)}`,
    );
  });
});

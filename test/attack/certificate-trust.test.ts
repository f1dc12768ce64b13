import 'reflect-metadata';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { createIdentify } from '../../src/devices/identify-device.ts';
import {
  type DeviceKeys,
  makeAuthority,
  makeDevice,
  makeRevocationList,
  snapshotWith,
  type TestAuthority,
} from '../support/judgement-certificates.ts';

const nowMs = Date.UTC(2026, 0, 5, 9);
const hour = 3_600_000;
const day = 24 * hour;
const current = { thisUpdateMs: nowMs - hour, nextUpdateMs: nowMs + day };

let authority: TestAuthority;
beforeAll(async () => {
  authority = await makeAuthority('Device CA', nowMs);
});

/** Whether a certificate passes for a device, and whether the plain one does, so that a refusal means something. */
async function passes(wish: DeviceKeys, by: TestAuthority = authority, crl?: Buffer): Promise<boolean> {
  const identify = createIdentify();
  const snapshot = snapshotWith({ clientCa: authority.pem, crl });
  const { peer } = await makeDevice(by, nowMs, wish);
  return identify(peer, snapshot, nowMs) !== undefined;
}

describe('no device is', () => {
  test.each<[string, DeviceKeys]>([
    ['a self-signed certificate', { isSelfSigned: true }],
    ['a self-signed certificate with the authority’s own name', { isSelfSigned: true, commonName: 'Device CA' }],
    ['an expired certificate', { notBeforeMs: nowMs - 10 * day, notAfterMs: nowMs - 1000 }],
    ['a certificate that is not valid yet', { notBeforeMs: nowMs + hour }],
    ['a server’s certificate by the same authority', { usages: ['1.3.6.1.5.5.7.3.1'] }],
    ['a subordinate authority', { isAuthority: true }],
    ['a certificate with control characters for a name', { commonName: 'ada\\0Alaptop' }],
  ])('%s', async (_title, wish) => {
    expect(await passes({})).toBe(true);
    expect(await passes(wish)).toBe(false);
  });

  test('a certificate by another authority', async () => {
    expect(await passes({}, await makeAuthority('Other CA', nowMs))).toBe(false);
  });

  test('a certificate by an impostor with the authority’s name and another key', async () => {
    expect(await passes({}, await makeAuthority('Device CA', nowMs))).toBe(false);
  });

  test('a certificate of a device that itself plays authority', async () => {
    const identify = createIdentify();
    const leaf = await makeDevice(authority, nowMs);
    const snapshot = snapshotWith({ clientCa: leaf.x509.toString(), crl: undefined });
    expect(identify(leaf.peer, snapshot, nowMs)).toBeUndefined();
  });

  test('a certificate whose fingerprint TLS has seen on a good one, after the configuration changed', async () => {
    const identify = createIdentify();
    const { peer } = await makeDevice(authority, nowMs);
    const before = snapshotWith({ clientCa: authority.pem, crl: undefined });
    const revoked = snapshotWith({
      clientCa: authority.pem,
      crl: await makeRevocationList(authority, ['0a1b2c'], current),
    });
    expect(identify(peer, before, nowMs)).toBeDefined();
    expect(identify(peer, revoked, nowMs)).toBeUndefined();
  });
});

describe('with a revocation list, every device is refused when the list', () => {
  test.each([
    ['ran out', { thisUpdateMs: nowMs - 2 * day, nextUpdateMs: nowMs - 1000 }],
    ['is from the future', { thisUpdateMs: nowMs + hour, nextUpdateMs: nowMs + day }],
    ['names no end', { thisUpdateMs: nowMs - hour, nextUpdateMs: undefined }],
  ])('%s', async (_title, dates) => {
    expect(await passes({}, authority, await makeRevocationList(authority, [], current))).toBe(true);
    expect(await passes({}, authority, await makeRevocationList(authority, [], dates))).toBe(false);
  });

  test('is by somebody else with the authority’s name', async () => {
    const impostor = await makeAuthority('Device CA', nowMs);
    expect(await passes({}, authority, await makeRevocationList(impostor, [], current))).toBe(false);
  });

  test('was altered', async () => {
    const pem = (await makeRevocationList(authority, ['0a1b2c'], current)).toString();
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const at = der.indexOf(Buffer.from('0a1b2c', 'hex'));
    expect(at).toBeGreaterThan(0);
    der[at] = 0x0b;
    expect(await passes({}, authority, der)).toBe(false);
  });

  test('is empty, or no list at all', async () => {
    expect(await passes({}, authority, Buffer.alloc(0))).toBe(false);
    expect(await passes({}, authority, Buffer.from('nonsense'))).toBe(false);
    expect(await passes({}, authority, Buffer.from([0x30, 0x82, 0xff, 0xff, 0x00]))).toBe(false);
  });

  test('is a delta, which says less than it seems to', async () => {
    const deltaIndicator = new x509.Extension('2.5.29.27', true, new Uint8Array([2, 1, 1]));
    expect(await passes({}, authority, await makeRevocationList(authority, [], current, [deltaIndicator]))).toBe(false);
  });

  test('ran out, also for the devices that it revoked', async () => {
    const stale = await makeRevocationList(authority, ['0a1b2c'], {
      thisUpdateMs: nowMs - 2 * day,
      nextUpdateMs: nowMs - day,
    });
    const fresh = await makeRevocationList(authority, [], current);
    expect(await passes({}, authority, Buffer.concat([stale, fresh]))).toBe(false);
  });
});

import { beforeAll, describe, expect, test } from '@jest/globals';
import { untrustedBecause } from '../../../src/devices/device-trust.ts';
import { createIdentify } from '../../../src/devices/identify-device.ts';
import {
  makeAuthority,
  makeDevice,
  makeRevocationList,
  snapshotWith,
  type TestAuthority,
  type TestDevice,
} from '../../support/judgement-certificates.ts';

const nowMs = Date.UTC(2026, 0, 5, 9);
const hour = 3_600_000;
const day = 24 * hour;
const current = { thisUpdateMs: nowMs - hour, nextUpdateMs: nowMs + day };

let authority: TestAuthority;
let other: TestAuthority;
let device: TestDevice;

beforeAll(async () => {
  authority = await makeAuthority('Device CA', nowMs);
  other = await makeAuthority('Other CA', nowMs);
  device = await makeDevice(authority, nowMs);
});

function identify(one: TestDevice, tls: { clientCa?: string; crl?: Buffer } = {}, atMs = nowMs) {
  const snapshot = snapshotWith({ clientCa: tls.clientCa ?? authority.pem, crl: tls.crl });
  return createIdentify()(one.peer, snapshot, atMs);
}

describe('a certificate by the configured authority', () => {
  test('is a device, named by its common name', () => {
    expect(identify(device)).toEqual({
      deviceId: 'ada-laptop',
      fingerprint: device.x509.fingerprint256.replaceAll(':', '').toLowerCase(),
      notAfterMs: device.x509.validToDate.getTime(),
    });
  });

  test('is a device where the authority is one of several', () => {
    expect(identify(device, { clientCa: `${authority.pem}\n${other.pem}\n` })?.deviceId).toBe('ada-laptop');
    expect(identify(device, { clientCa: `${other.pem}\n${authority.pem}\n` })?.deviceId).toMatch(
      /^ada-laptop@[0-9a-f]{32}$/,
    );
  });

  test('stops being one when it runs out, though it was remembered', () => {
    const ask = createIdentify();
    const snapshot = snapshotWith({ clientCa: authority.pem, crl: undefined });
    const notAfterMs = device.x509.validToDate.getTime();
    expect(ask(device.peer, snapshot, nowMs)).toBeDefined();
    expect(ask(device.peer, snapshot, notAfterMs)).toBeDefined();
    expect(ask(device.peer, snapshot, notAfterMs + 1)).toBeUndefined();
  });

  test('stops being one when the authority is no longer configured, though it was remembered', () => {
    const ask = createIdentify();
    expect(ask(device.peer, snapshotWith({ clientCa: authority.pem, crl: undefined }), nowMs)).toBeDefined();
    expect(ask(device.peer, snapshotWith({ clientCa: other.pem, crl: undefined }), nowMs)).toBeUndefined();
  });

  test('stops being one when its authority runs out', async () => {
    const short = await makeAuthority('Short CA', nowMs, 1);
    const one = await makeDevice(short, nowMs);
    expect(identify(one, { clientCa: short.pem })).toBeDefined();
    expect(identify(one, { clientCa: short.pem }, nowMs + 2 * day)).toBeUndefined();
  });

  test('is no device where no authority is configured, or no TLS', () => {
    const ask = createIdentify();
    expect(ask(device.peer, snapshotWith({ clientCa: undefined, crl: undefined }), nowMs)).toBeUndefined();
    expect(ask(device.peer, snapshotWith(undefined), nowMs)).toBeUndefined();
  });
});

test('no certificate is no device', () => {
  const ask = createIdentify();
  const snapshot = snapshotWith({ clientCa: authority.pem, crl: undefined });
  expect(ask(undefined, snapshot, nowMs)).toBeUndefined();
  expect(ask({} as TestDevice['peer'], snapshot, nowMs)).toBeUndefined();
});

describe('a revocation list', () => {
  test('takes the devices out that it names, and leaves the others', async () => {
    const crl = await makeRevocationList(authority, [device.serial], current);
    const neighbour = await makeDevice(authority, nowMs, { serial: '0b', commonName: 'kim-laptop' });
    expect(identify(device, { crl })).toBeUndefined();
    expect(identify(neighbour, { crl })?.deviceId).toBe('kim-laptop');
  });

  test('names a device however its serial number is written', async () => {
    const one = await makeDevice(authority, nowMs, { serial: '00ff01' });
    expect(identify(one, { crl: await makeRevocationList(authority, ['ff01'], current) })).toBeUndefined();
  });

  test('may be DER', async () => {
    const pem = (await makeRevocationList(authority, [device.serial], current)).toString();
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    expect(identify(device, { crl: der })).toBeUndefined();
    expect(identify(await makeDevice(authority, nowMs, { serial: '0b' }), { crl: der })).toBeDefined();
  });

  test('may stand beside that of another authority in one file', async () => {
    const lists = [await makeRevocationList(other, [], current), await makeRevocationList(authority, [], current)];
    expect(identify(device, { crl: Buffer.concat(lists) })).toBeDefined();
  });

  test('that ran out while it was remembered takes every device out', async () => {
    const crl = await makeRevocationList(authority, [], current);
    const ask = createIdentify();
    const snapshot = snapshotWith({ clientCa: authority.pem, crl });
    expect(ask(device.peer, snapshot, nowMs)).toBeDefined();
    expect(ask(device.peer, snapshot, nowMs + 2 * day)).toBeUndefined();
  });
});

describe('the operator is told', () => {
  test('nothing when devices can be accepted', async () => {
    const crl = await makeRevocationList(authority, [], current);
    expect(untrustedBecause({ clientCa: authority.pem, crl }, nowMs)).toBeUndefined();
    expect(untrustedBecause(undefined, nowMs)).toBeUndefined();
  });

  test('which authority has no current list', async () => {
    const crl = await makeRevocationList(authority, [], current);
    expect(untrustedBecause({ clientCa: authority.pem, crl }, nowMs + 2 * day)).toContain('CN=Device CA');
  });

  test('that client_ca holds no authority, or one that ran out', async () => {
    expect(untrustedBecause({ clientCa: 'nonsense', crl: undefined }, nowMs)).toContain('client_ca');
    expect(untrustedBecause({ clientCa: authority.pem, crl: undefined }, nowMs + 400 * day)).toContain('not valid now');
  });
});

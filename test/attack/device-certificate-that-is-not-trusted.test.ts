import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSocket } from '../support/attack-socket.ts';
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import {
  type DeviceKeys,
  makeAuthority,
  makeDevice,
  makeRevocationList,
  type TestAuthority,
} from '../support/judgement-certificates.ts';
import { startWorld, type World } from '../support/world.ts';

const day = 24 * 3_600_000;

describe('a device certificate', () => {
  let world: World;
  let authority: TestAuthority;
  const nowMs = Date.now();
  beforeAll(async () => {
    authority = await makeAuthority('Device CA', nowMs);
    const revoked = await makeRevocationList(authority, ['0badbad'], {
      thisUpdateMs: nowMs - day,
      nextUpdateMs: nowMs + day,
    });
    world = await startWorld({
      edit(yaml, files) {
        const folder = dirname(files.deviceCa);
        writeFileSync(join(folder, 'other-device-ca.crt'), authority.pem);
        writeFileSync(join(folder, 'device-ca.crl'), revoked);
        return yaml.replace(
          /client_ca: .*/,
          `client_ca: ${join(folder, 'other-device-ca.crt')}\n    crl_file: ${join(folder, 'device-ca.crl')}`,
        );
      },
    });
    const facts = { disk_encrypted: true };
    for (const id of ['ada-laptop', 'ada-laptop2']) {
      await world.admin(`/api/v1/devices/${id}/facts`, { method: 'PUT', body: facts });
    }
  });
  afterAll(() => world?.close());

  async function browserOf(by: TestAuthority, wish: DeviceKeys = {}): Promise<HttpBrowser> {
    const { x509, privateKey } = await makeDevice(by, nowMs, wish);
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    return createHttpBrowser({ ca: readFileSync(world.certificates.ca, 'utf8'), cert: x509.toString(), key });
  }

  async function statusAtConsole(browser: HttpBrowser): Promise<number> {
    return (await world.signIn(browser, world.url('console'), 'ada')).status;
  }

  test('that is good opens what asks for it', async () => {
    expect(await statusAtConsole(await browserOf(authority))).toBe(200);
  });

  test.each<[string, DeviceKeys]>([
    ['self-signed', { isSelfSigned: true }],
    ['self-signed with the name of the authority', { isSelfSigned: true, commonName: 'Device CA' }],
    ['expired', { notBeforeMs: nowMs - 10 * day, notAfterMs: nowMs - 1000 }],
    ['not valid yet', { notBeforeMs: nowMs + day }],
    ['revoked by the list', { serial: '0badbad' }],
    ['made for servers', { usages: ['1.3.6.1.5.5.7.3.1'] }],
    ['of a subordinate authority', { isAuthority: true }],
  ])('that is %s opens nothing', async (_title, wish) => {
    world.app.seen.length = 0;
    expect(await statusAtConsole(await browserOf(authority, wish))).toBe(403);
    expect(world.app.seen).toEqual([]);
  });

  test('by another authority, also one of the same name, opens nothing', async () => {
    for (const name of ['Other CA', 'Device CA']) {
      expect(await statusAtConsole(await browserOf(await makeAuthority(name, nowMs)))).toBe(403);
    }
    expect(await statusAtConsole(world.browser('ada-laptop'))).toBe(403);
  });

  test('told of in headers opens nothing', async () => {
    const pem = encodeURIComponent((await makeDevice(authority, nowMs)).x509.toString());
    const browser = world.browser();
    await world.signIn(browser, world.url('console'), 'ada');
    for (const name of [
      'x-client-cert',
      'client-cert',
      'x-ssl-client-cert',
      'ssl-client-cert',
      'x-forwarded-client-cert',
      'x-device-trust',
    ]) {
      const headers = { [name]: pem, 'x-ssl-client-verify': 'SUCCESS', 'ssl-client-verify': 'SUCCESS' };
      expect((await browser.send(world.url('console'), { headers })).status).toBe(403);
    }
  });

  test('cannot be changed on a connection that stands: renegotiation is off', async () => {
    const { x509, privateKey } = await makeDevice(authority, nowMs);
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const tls = { maxVersion: 'TLSv1.2', cert: x509.toString(), key } as const;
    const socket = (await openSocket(world, 'console', { tls })) as TLSSocket;
    const outcome = await new Promise<string>((resolve) => {
      socket.on('error', () => resolve('refused'));
      socket.on('close', () => resolve('refused'));
      socket.renegotiate({ rejectUnauthorized: true }, (error) => resolve(error === null ? 'renegotiated' : 'refused'));
    });
    socket.destroy();
    expect(outcome).toBe('refused');
  });

  test('on plain HTTP is nobody’s: nobody has a device there', async () => {
    const browser = await browserOf(authority);
    const page = await world.signIn(browser, world.plainUrl('console'), 'ada');
    expect(page.status).toBe(403);
  });

  test('that a session is bound to is asked for at every door: without it the session ends', async () => {
    const { x509, privateKey } = await makeDevice(authority, nowMs);
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const ca = readFileSync(world.certificates.ca, 'utf8');
    for (const path of ['/', '/.postern/session']) {
      const owner = createHttpBrowser({ ca, cert: x509.toString(), key });
      await world.signIn(owner, world.url('wiki'), 'ada');
      const thief = world.browser();
      const stolen = owner.cookie('wiki.localhost', '__Host-postern');
      thief.setCookie('wiki.localhost', '__Host-postern', stolen);
      const answer = await thief.send(world.url('wiki', path), {
        headers: { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      });
      expect(answer.status).toBe(401);
      expect(answer.body).not.toContain('ada@corp.example');
      expect((await owner.send(world.url('wiki'))).status).not.toBe(200);
    }
  });
});

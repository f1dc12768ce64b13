import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { makeDevelopmentCertificates } from '../../../deploy/demo/development-certificates.ts';
import { startWorld, type World } from '../../support/world.ts';

const day = 86_400_000;
const hosts = ['wiki', 'dashboard', 'payroll', 'console', 'public', 'auth'].map((name) => `${name}.localhost`);

let world: World;
let fit: { readonly certificate: string; readonly key: string };
beforeAll(async () => {
  world = await startWorld();
  const { certificate, key } = world.certificates.server;
  fit = { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
});
afterEach(async () => {
  writeFileSync(world.file, world.text);
  writeFileSync(world.certificates.server.certificate, fit.certificate);
  writeFileSync(world.certificates.server.key, fit.key);
  await reload();
});
afterAll(() => world?.close());

/** Puts another certificate in the place of the one that runs, and reloads. */
async function reloadWith(name: string, names: readonly string[], bornMs: number) {
  const made = await makeDevelopmentCertificates(
    join(world.folder, name),
    { hosts: names, apps: [], devices: [] },
    bornMs,
  );
  copyFileSync(made.server.certificate, world.certificates.server.certificate);
  copyFileSync(made.server.key, world.certificates.server.key);
  return reload();
}

async function reload(): Promise<{ readonly status: number; readonly text: string }> {
  const { status, body } = await world.admin('/api/v1/reload', { method: 'POST', body: {} });
  return { status, text: body };
}

function shownAt(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const port = Number(world.addresses.tlsPort);
    const socket = connect({ port, host: '127.0.0.1', servername: host, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.serialNumber ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('a reload does not put in the place of a certificate that fits', () => {
  test.each([
    ['one that has ended', hosts, -60 * day, 'ended on'],
    ['one that is not valid yet', hosts, 10 * day, 'begins on'],
    ['one without the host of a route', hosts.slice(1), 0, 'no certificate covers wiki.localhost any more'],
    ['one without the sign-in host', hosts.slice(0, -1), 0, 'no certificate covers auth.localhost any more'],
  ])('%s', async (name, names, ageMs, why) => {
    const before = await shownAt('wiki.localhost');
    const refused = await reloadWith(name.replaceAll(' ', '-'), names, Date.now() + ageMs);
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining(why)]);
    expect(refused.text).toContain('server.tls.allow_unfit');
    expect(await shownAt('wiki.localhost')).toBe(before);
  });

  test('one whose key does not belong to it', async () => {
    const made = await makeDevelopmentCertificates(join(world.folder, 'other-key'), { hosts, apps: [], devices: [] });
    copyFileSync(made.server.key, world.certificates.server.key);
    const refused = await reload();
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('P034')]);
  });
});

describe('a certificate that does not fit', () => {
  test('is taken where the configuration says that it is meant, and stops no other change from then on', async () => {
    const before = await shownAt('wiki.localhost');
    writeFileSync(world.file, world.text.replace('  tls:\n', '  tls:\n    allow_unfit: true\n'));
    expect((await reloadWith('meant', hosts, Date.now() - 60 * day)).status).toBe(200);
    expect(await shownAt('wiki.localhost')).not.toBe(before);
    writeFileSync(world.file, world.text.replace('title: Wiki', 'title: Our wiki'));
    expect((await reload()).status).toBe(200);
  });

  test('gives way to one that fits', async () => {
    writeFileSync(world.file, world.text.replace('  tls:\n', '  tls:\n    allow_unfit: true\n'));
    expect((await reloadWith('ended', hosts, Date.now() - 60 * day)).status).toBe(200);
    writeFileSync(world.file, world.text);
    expect((await reloadWith('renewed', hosts, Date.now())).status).toBe(200);
  });
});

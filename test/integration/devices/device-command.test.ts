import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CliContext } from '../../../src/cli/commands.ts';
import { type ReportOptions, reportDevice } from '../../../src/cli/device/report-command.ts';
import { runProgram } from '../../../src/cli/program.ts';
import type { Written } from '../../support/command-line.ts';
import { recordedDevice } from '../../support/recorded-device.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/world.ts';
import { contextBeside } from '../../support/world-commands.ts';

let clock: ShiftedClock;
let world: World;
let context: CliContext;
let printed: Written;
beforeAll(async () => {
  clock = shiftClock();
  world = await startWorld({ clock, session: '{ expiration: 90h, inactivity: 90h }' });
});
const closing: (() => void)[] = [];
afterAll(async () => {
  for (const close of closing) close();
  await world?.close();
});
beforeEach(() => {
  ({ context, written: printed } = contextBeside(world));
});

const mac = (vault: string) =>
  recordedDevice('darwin', {
    '/usr/bin/sw_vers -productVersion': '14.2.1\n',
    '/usr/bin/fdesetup status': `${vault}\n`,
  });

function filesOf(device = 'ada-laptop') {
  const files = world.certificates.devices[device];
  if (files === undefined) throw new Error('There is no such device.');
  return { cert: files.certificate, key: files.key, ca: world.certificates.ca };
}

function report(options: Partial<ReportOptions> = {}, vault = 'FileVault is On.', nowMs = clock.now) {
  const ports = { device: mac(vault), now: nowMs, pause: async () => 'stopped' as const, self: ['node', 'main.js'] };
  return reportDevice({ url: world.url('auth', ''), ...filesOf(), format: 'text', ...options }, ports, context);
}

const device = (...args: readonly string[]) =>
  runProgram(['device', ...args, '--config', world.file, '--admin', world.adminUrl('')], context);

describe('postern device report', () => {
  test('opens what asks for what it says, on the next request, and closes it again', async () => {
    const browser = world.browser('ada-laptop');
    await world.signIn(browser, world.url('wiki'), 'ada');
    expect((await browser.open(world.url('console'))).status).toBe(403);
    expect([await report(), printed.stderr]).toEqual([0, '']);
    expect(printed.stdout).toBe(`Reported 3 facts of ada-laptop to ${new URL(world.url('auth')).host}.\n`);
    expect((await browser.open(world.url('console'))).status).toBe(200);
    expect(await report({}, 'FileVault is Off.')).toBe(0);
    expect((await browser.open(world.url('console'))).status).toBe(403);
  });

  test('shows what it would say without a server, and what it cannot read', async () => {
    expect(await report({ dryRun: true, url: undefined, cert: undefined })).toBe(0);
    expect(printed.stdout).toMatch(/^disk_encrypted +true$/m);
    expect(printed.stdout).toMatch(/^firewall +\(cannot be read, left out\)$/m);
  });

  test('goes on with --every until it is stopped, and reads its files again each time', async () => {
    let rounds = 0;
    const pause = async (ms: number) => {
      rounds += 1;
      expect(ms).toBe(60_000);
      return rounds < 3 ? ('over' as const) : ('stopped' as const);
    };
    const ports = { device: mac('FileVault is On.'), now: clock.now, pause, self: [] };
    const options = { url: world.url('auth', ''), ...filesOf(), every: 60_000, format: 'text' } as const;
    expect(await reportDevice(options, ports, context)).toBe(0);
    expect(printed.stdout.match(/Reported/g)).toHaveLength(3);
  });

  test("prints the timer for this device's system", async () => {
    expect(await report({ installHint: true, every: 600_000 })).toBe(0);
    expect(printed.stdout).toContain('<integer>600</integer>');
    expect(printed.stdout).toContain(`<string>${filesOf().cert}</string>`);
  });

  test.each<[string, () => Partial<ReportOptions>, 1 | 2 | 3, string]>([
    ['no certificate named', () => ({ cert: undefined }), 2, 'Name the sign-in host'],
    ['plain http', () => ({ url: world.plainUrl('auth', '') }), 2, 'is not the origin of a sign-in host'],
    ['a path in the address', () => ({ url: world.url('auth', '/x') }), 2, 'is not the origin of a sign-in host'],
    ['a file that is not there', () => ({ key: '/nowhere.key' }), 3, '/nowhere.key cannot be read'],
    ['the key of another device', () => ({ key: filesOf('lin-laptop').key }), 3, 'is not that of the certificate'],
    ['a certificate for a key', () => ({ key: filesOf().cert }), 3, 'is not a private key'],
    [
      'a certificate of another authority',
      () => ({ cert: world.certificates.server.certificate, key: world.certificates.server.key }),
      1,
      'It does not accept the certificate',
    ],
    ['a server that this machine does not trust', () => ({ ca: undefined }), 3, 'cannot be reached'],
    ['the host of an app', () => ({ url: world.url('wiki', '') }), 1, 'The server answered 404'],
  ])('with %s says so and reports nothing', async (_, options, code, why) => {
    await world.admin('/api/v1/devices/ada-laptop/facts', { method: 'PUT', body: { marker: true } });
    const before = (await world.admin('/api/v1/devices/ada-laptop/facts')).body;
    expect(await report(options())).toBe(code);
    expect(printed.stderr).toContain(why);
    expect(printed.stderr).not.toContain('PRIVATE KEY');
    expect((await world.admin('/api/v1/devices/ada-laptop/facts')).body).toBe(before);
  });

  test('of a device whose clock is ahead is refused, and where to look is said', async () => {
    expect(await report({}, 'FileVault is On.', () => clock.now() + 120_000)).toBe(1);
    expect(printed.stderr).toContain("this device's clock");
  });

  test('is signed for the host that was named alone: one that names another audience gets no report', async () => {
    const { certificate, key } = world.certificates.server;
    const posted: string[] = [];
    const thief = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
      if (request.method === 'POST') posted.push(request.url ?? '');
      const audience = world.url('auth', '/.postern/device/report');
      response.end(JSON.stringify({ nonce: 'n'.repeat(43), audience, device: 'ada-laptop' }));
    });
    await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve));
    const { port } = thief.address() as AddressInfo;
    closing.push(() => thief.close());
    expect(await report({ url: `https://auth.localhost:${port}` })).toBe(1);
    expect(printed.stderr).toContain('The server takes reports at');
    expect(posted).toEqual([]);
  });
});

describe('postern device set, show and list', () => {
  test('set facts that act on the next request, and show who said what', async () => {
    const browser = world.browser('lin-laptop');
    await world.signIn(browser, world.url('wiki'), 'ada');
    expect(await device('set', 'lin-laptop', 'disk_encrypted=true', 'os_version=14.10')).toBe(0);
    expect(printed.stdout).toContain('lin-laptop: disk_encrypted = true\n');
    expect(printed.stdout).toMatch(/1 worker confirmed in [\d.]+ ms/);
    expect((await browser.open(world.url('console'))).status).toBe(200);

    expect(await report(filesOf('lin-laptop'), 'FileVault is Off.')).toBe(0);
    printed.stdout = '';
    expect(await device('show', 'lin-laptop')).toBe(0);
    expect(printed.stdout).toMatch(/^disk_encrypted +true +admin +2/m);
    expect(printed.stdout).toMatch(/^disk_encrypted +false +self +2/m);
    expect(printed.stdout).toMatch(/^os_version +14\.10 +admin /m);
    expect(printed.stdout).toContain('posture encrypted: unknown (disk_encrypted unknown)\n');
    expect((await browser.open(world.url('console'))).status).toBe(403);

    printed.stdout = '';
    expect(await device('set', 'lin-laptop', 'disk_encrypted=')).toBe(0);
    expect(printed.stdout).toContain('lin-laptop: disk_encrypted taken back\n');
    expect(await device('list')).toBe(0);
    expect(printed.stdout).toMatch(/^lin-laptop +3 +admin 2\S+, self 2\S+$/m);
    expect(printed.stdout).toMatch(/^\d devices?$/m);
  });

  test('say what is wrong', async () => {
    expect(await device('set', 'lin-laptop', 'Disk=true')).toBe(2);
    expect(printed.stderr).toContain('is no fact');
    expect(await device('show', 'nobody')).toBe(0);
    expect(printed.stdout).toContain('Nothing is known of nobody.\n');
    expect(await device('set', 'lin-laptop', `note=${'x'.repeat(300)}`)).toBe(3);
    expect(printed.stderr).toContain('answered 400');
    expect(await runProgram(['device', 'list', '--config', '/nowhere.yaml'], context)).toBe(3);
  });
});

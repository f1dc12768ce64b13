import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import { type FakeDeviceProvider, sendJson, startFakeDeviceProvider } from '../../support/fake-device-provider.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { openWebSocket } from '../../support/live-connections.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/world.ts';

let clock: ShiftedClock;
let isEncrypted = true;
let fleet: FakeDeviceProvider;
let sick: FakeDeviceProvider;
let world: World;
let browser: HttpBrowser;
beforeAll(async () => {
  clock = shiftClock();
  // A fake of the documented shape of Fleet's GET /api/v1/fleet/hosts.
  fleet = await startFakeDeviceProvider((request, response) => {
    const isFirst = request.url?.includes('page=0') === true;
    sendJson(response, {
      hosts: isFirst
        ? [
            {
              id: 1,
              hardware_serial: 'ada-laptop',
              os_version: 'macOS 14.2.1',
              platform: 'darwin',
              disk_encryption_enabled: isEncrypted,
              detail_updated_at: new Date(clock.now()).toISOString(),
            },
          ]
        : [],
    });
  });
  sick = await startFakeDeviceProvider((_, response) => response.end('garbage'));
  world = await startWorld({
    clock,
    session: '{ expiration: 90h, inactivity: 90h }',
    extra: `devices:
  providers:
    - { id: agent, type: report }
    - { id: fleet, type: http, preset: fleet, url: "${fleet.url}", refresh: 10s, token: "\${env:ADMIN_TOKEN}" }
    - { id: sick, type: http, url: "${sick.url}/list", refresh: 10s, match: serial, facts: { disk_encrypted: encrypted } }
`,
    routes: `  - name: other
    title: Other
    from: https://other.localhost:TLS_PORT
    to: ["APP"]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    allow: [{ id: everyone, domains: [corp.example], device: by-sick }]
`,
    edit: (yaml) =>
      yaml
        .replace(
          'require: [disk_encrypted]\n',
          `require: [disk_encrypted, "os_version >= 14.2"]
    sources: [fleet]
`,
        )
        .replace(
          '    from: https://console',
          '    allow_websockets: true\n    websocket: { deny: close }\n    from: https://console',
        )
        .replace('\nroutes:\n', '\n  by-sick: { require: [disk_encrypted], sources: [sick, agent] }\nroutes:\n'),
  });
  browser = world.browser('ada-laptop');
  await world.signIn(browser, world.url('wiki'), 'ada');
});
afterAll(async () => {
  await world?.close();
  await Promise.all([fleet?.close(), sick?.close()]);
});

/** Asks again until it holds; each look is a request over a socket, so that the program works meanwhile. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}

const metric = async (line: string) => (await world.admin('/metrics')).body.includes(line);

test('the list of a provider opens the routes that ask for it; a sick provider closes only those that ask for that one', async () => {
  await until(() => metric('postern_device_provider_pulls_total{provider="fleet",result="ok"} 1'));
  await until(() => metric('postern_device_provider_pulls_total{provider="sick",result="garbage"} 1'));
  expect(await metric('postern_device_provider_last_success_timestamp_seconds{provider="fleet"} ')).toBe(true);
  expect((await browser.open(world.url('console'))).status).toBe(200);
  expect((await browser.open(world.url('wiki'))).status).toBe(200);
  const refused = await browser.open(world.url('other'));
  expect([refused.status, refused.headers['proxy-status']]).toEqual([403, expect.stringContaining('posture_stale')]);
  const { facts } = JSON.parse((await world.admin('/api/v1/devices/ada-laptop/facts')).body);
  expect(facts).toMatchObject({
    disk_encrypted: { value: true, source: 'fleet' },
    os_version: { value: '14.2.1', source: 'fleet' },
  });
  expect(fleet.asked.map(({ target }) => target)).toEqual([
    '/api/v1/fleet/hosts?per_page=100&page=0',
    '/api/v1/fleet/hosts?per_page=100&page=1',
  ]);
  expect(world.log.join('\n')).toContain('The provider of devices \\"sick\\" was not read'.replaceAll('\\', ''));
  expect(world.log.join('\n')).not.toContain(world.adminToken);
});

test('what is open hears of a list: a WebSocket is closed when the provider says otherwise; changed settings read it at once', async () => {
  const live = await openWebSocket(world, browser, world.url('console', '/live'), undefined, undefined, {
    device: 'ada-laptop',
  });
  expect(await live.next()).toBe('hello');
  isEncrypted = false;
  writeFileSync(world.file, world.text.replace('preset: fleet,', 'preset: fleet, headers: { X-Team: it },'));
  expect((await world.admin('/api/v1/reload', { method: 'POST', body: {} })).status).toBe(200);
  expect(await live.closed).toBe(3003);
  expect((await browser.send(world.url('console'))).status).toBe(403);
});

test('a provider that went away closes its routes when its facts are too old, and no other', async () => {
  fleet.answer = (_, response) => sendJson(response, {}, 503);
  clock.advance(25 * 3_600_000);
  const stale = await browser.send(world.url('console'), { headers: clientKinds.script });
  expect(JSON.parse(stale.body).code).toBe('posture_stale');
  expect((await browser.send(world.url('wiki'))).status).toBe(200);
});

import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { makeDevelopmentCertificates } from '../../deploy/demo/development-certificates.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let deviceCa: string;
beforeAll(async () => {
  world = await startWorld();
  deviceCa = readFileSync(world.certificates.deviceCa, 'utf8');
});
afterEach(async () => {
  writeFileSync(world.file, world.text);
  writeFileSync(world.certificates.deviceCa, deviceCa);
  await world.program.reload({ trigger: 'signal' });
});
afterAll(() => world?.close());

interface Seen {
  readonly status: number;
  readonly reason: string | undefined;
  readonly isReused: boolean;
  readonly isResumed: boolean;
  readonly saysAuthorized: boolean;
}

/** One request on an agent that keeps its connections, with what its connection says of itself. */
function ask(agent: Agent, browser: HttpBrowser, url: string): Promise<Seen> {
  const { hostname, port, pathname } = new URL(url);
  const cookie = [...browser.cookiesOf(hostname)].map(([name, value]) => `${name}=${value}`).join('; ');
  return new Promise((resolve, reject) => {
    const options = {
      agent,
      host: '127.0.0.1',
      servername: hostname,
      port,
      path: pathname,
      headers: {
        host: `${hostname}:${port}`,
        cookie,
        accept: 'application/json',
        'user-agent': 'postern-test-browser',
      },
    };
    const sent = httpsRequest(options, (response) => {
      const socket = response.socket as TLSSocket;
      const [isReused, isResumed] = [sent.reusedSocket, socket.isSessionReused()];
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => {
        const reason = response.statusCode === 200 ? undefined : JSON.parse(body).code;
        resolve({ status: response.statusCode ?? 0, reason, isReused, isResumed, saysAuthorized: socket.authorized });
      });
    });
    sent.once('error', reject).end();
  });
}

async function deviceAgent(maxCachedSessions = 0, keepAlive = true): Promise<{ agent: Agent; browser: HttpBrowser }> {
  const device = world.certificates.devices['ada-laptop'];
  if (device === undefined) throw new Error('Ada has no laptop.');
  const browser = world.browser('ada-laptop');
  await world.admin('/api/v1/devices/ada-laptop/facts', { method: 'PUT', body: { disk_encrypted: true } });
  await world.signIn(browser, world.url('console'), 'ada');
  const [ca, cert, key] = [world.certificates.ca, device.certificate, device.key].map((path) => readFileSync(path));
  const agent = new Agent({ ca, cert, key, keepAlive, maxSockets: 1, maxCachedSessions });
  return { agent, browser };
}

async function replaceDeviceCa(): Promise<void> {
  const other = await makeDevelopmentCertificates(`${world.folder}/other-${Date.now()}`, {
    hosts: ['localhost'],
    apps: [],
    devices: [],
  });
  copyFileSync(other.deviceCa, world.certificates.deviceCa);
}

describe('who holds on to an old connection', () => {
  test('is decided by the new rules on its next request', async () => {
    const { agent, browser } = await deviceAgent();
    try {
      expect(await ask(agent, browser, world.url('console'))).toMatchObject({ status: 200 });
      writeFileSync(world.file, world.text.replace('groups: [operations]', 'groups: [nobody]'));
      expect(await world.program.reload({ trigger: 'signal' })).toMatchObject({ outcome: 'applied' });
      expect(await ask(agent, browser, world.url('console'))).toMatchObject({
        status: 403,
        reason: 'not_in_required_group',
        isReused: true,
      });
    } finally {
      agent.destroy();
    }
  });

  test('has no device any more once its authority is not believed', async () => {
    const { agent, browser } = await deviceAgent();
    try {
      expect(await ask(agent, browser, world.url('console'))).toMatchObject({ status: 200 });
      await replaceDeviceCa();
      expect(await world.program.reload({ trigger: 'signal' })).toMatchObject({ outcome: 'applied' });
      const after = await ask(agent, browser, world.url('console'));
      expect(after).toMatchObject({ isReused: true });
      expect(after.status).not.toBe(200);
    } finally {
      agent.destroy();
    }
  });

  test('cannot bring the device back by resuming a TLS session of before', async () => {
    const { agent, browser } = await deviceAgent(10, false);
    try {
      await ask(agent, browser, world.url('console'));
      // The session can be resumed: otherwise this test would prove nothing.
      expect(await ask(agent, browser, world.url('console'))).toMatchObject({ status: 200, isResumed: true });
      await replaceDeviceCa();
      expect(await world.program.reload({ trigger: 'signal' })).toMatchObject({ outcome: 'applied' });
      const after = await ask(agent, browser, world.url('console'));
      expect(after.status).not.toBe(200);
      expect(after.isResumed).toBe(false);
    } finally {
      agent.destroy();
    }
  });
});

describe('a configuration that cannot be read whole', () => {
  test('does not loosen anything: a missing authority keeps the one before', async () => {
    const { agent, browser } = await deviceAgent();
    try {
      rmSync(world.certificates.deviceCa);
      writeFileSync(world.file, world.text.replace('groups: [operations]', 'domains: [corp.example]'));
      expect(await world.program.reload({ trigger: 'signal' })).toMatchObject({
        outcome: 'refused',
        because: 'problems',
      });
      expect(await ask(agent, browser, world.url('console'))).toMatchObject({ status: 200 });
      const lin = world.browser();
      await world.signIn(lin, world.url('wiki'), 'lin');
      expect((await world.signIn(lin, world.url('console'), 'lin')).status).toBe(403);
    } finally {
      agent.destroy();
    }
  });
});

import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { type AppName, appNames, type RunningApp, startApp } from '../../../deploy/demo/apps.ts';
import { createAssertionVerifier } from '../../../deploy/demo/assertion.ts';
import {
  type CertificateFiles,
  type DevelopmentCertificates,
  makeDevelopmentCertificates,
} from '../../../deploy/demo/development-certificates.ts';
import { callOverTls } from '../../support/demo-tls-client.ts';

const issuer = 'https://auth.localhost:4443';
const originOf = (name: AppName) => `https://${name}.localhost:4443`;

let folder: string;
let certificates: DevelopmentCertificates;
let apps: ReadonlyMap<AppName, RunningApp>;
let keySet: JSONWebKeySet;
let fetches = 0;
let skewMs = 0;
let keyPair: Awaited<ReturnType<typeof generateKeyPair>>;

async function publish(kid: string) {
  keyPair = await generateKeyPair('ES256');
  keySet = { keys: [{ ...(await exportJWK(keyPair.publicKey)), kid, alg: 'ES256', use: 'sig' }] };
}

const sign = (audience: string, kid = 'first', issuedAt = Date.now() / 1000) =>
  new SignJWT({ name: 'Ada <Okafor>', email: 'ada@corp.example', groups: ['engineering'] })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setIssuer(issuer)
    .setSubject('ada')
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + 60)
    .sign(keyPair.privateKey);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-apps-'));
  certificates = await makeDevelopmentCertificates(join(folder, 'certs'), {
    hosts: ['wiki.localhost', 'auth.localhost'],
    apps: appNames,
    devices: ['ada-laptop'],
  });
  await publish('first');
  const started = appNames.map(async (name) => {
    const fetchKeys = async () => {
      fetches += 1;
      return keySet;
    };
    const app = await startApp({
      name,
      certificate: certificates.apps[name] ?? certificates.server,
      clientCa: certificates.internalCa,
      verify: createAssertionVerifier(originOf(name), [issuer], fetchKeys, () => Date.now() + skewMs),
      origin: originOf(name),
    });
    return [name, app] as const;
  });
  apps = new Map(await Promise.all(started));
});

afterAll(async () => {
  for (const app of apps.values()) await app.close();
  await rm(folder, { recursive: true });
});

const portOf = (name: AppName) => apps.get(name)?.port ?? 0;

function call(name: AppName, assertion: string | undefined, more: Partial<Parameters<typeof callOverTls>[0]> = {}) {
  return callOverTls({
    port: portOf(name),
    serverName: `${name}.internal`,
    ca: certificates.internalCa,
    certificate: certificates.postern,
    ...more,
    headers: { ...(assertion === undefined ? {} : { 'x-postern-assertion': assertion }), ...more.headers },
  });
}

describe('an app of the demo', () => {
  test.each(appNames)('%s shows who came, from the assertion, with names escaped', async (name) => {
    const answer = await call(name, await sign(originOf(name)));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('Ada &lt;Okafor&gt;');
    expect(answer.text).toContain('ada@corp.example');
  });

  test('refuses a connection without a certificate of Postern, whatever it asserts', async () => {
    const assertion = await sign(originOf('wiki'));
    const strangers: (CertificateFiles | undefined)[] = [
      undefined,
      certificates.apps['wiki'],
      certificates.devices['ada-laptop'],
    ];
    for (const certificate of strangers) {
      const answer = await call('wiki', assertion, { certificate });
      expect(answer.status).toBe(403);
      expect(answer.text).toContain('This app opens only through Postern');
    }
  });

  test('refuses a request without an assertion, with one for another app, and with an old one', async () => {
    const assertions = [
      undefined,
      await sign(originOf('payroll')),
      await sign(originOf('wiki'), 'first', Date.now() / 1000 - 90),
      'x.y.z',
    ];
    for (const assertion of assertions) expect((await call('wiki', assertion)).status).toBe(403);
  });

  test('fetches the keys anew when they were rotated', async () => {
    await call('console', await sign(originOf('console')));
    skewMs = 1_500;
    const before = { keySet, keyPair, fetches };
    await publish('second');
    expect((await call('console', await sign(originOf('console'), 'second'))).status).toBe(200);
    expect(fetches).toBe(before.fetches + 1);
    keySet = before.keySet;
    keyPair = before.keyPair;
  });

  test('keeps what is written in the wiki', async () => {
    const assertion = await sign(originOf('wiki'));
    const posted = await call('wiki', assertion, {
      method: 'POST',
      path: '/pages/Lunch%20menu',
      body: 'text=Soup',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([posted.status, posted.headers.location]).toEqual([303, '/pages/Lunch%20menu']);
    expect((await call('wiki', assertion, { path: '/pages/Lunch%20menu' })).text).toContain('>Soup<');
  });

  test('answers what it was told as JSON', async () => {
    const answer = await call('payroll', await sign(originOf('payroll')), { path: '/identity' });
    expect(JSON.parse(answer.text)).toMatchObject({
      app: 'payroll',
      identity: { subject: 'ada', groups: ['engineering'] },
    });
  });
});

describe('the dashboard of the demo', () => {
  const connect = (headers: Readonly<Record<string, string>>) =>
    new WebSocket(`wss://127.0.0.1:${portOf('dashboard')}/live`, {
      agent: new Agent({
        servername: 'dashboard.internal',
        ca: readFileSync(certificates.internalCa),
        cert: readFileSync(certificates.postern.certificate),
        key: readFileSync(certificates.postern.key),
      }),
      headers,
    });

  test('greets over a WebSocket and sends back what it is sent', async () => {
    const socket = connect({ 'x-postern-assertion': await sign(originOf('dashboard')) });
    const messages: string[] = [];
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => socket.send('hi'));
      socket.on('message', (data) => {
        messages.push(String(data));
        if (messages.includes('echo: hi')) resolve();
      });
    });
    socket.close();
    expect(messages[0]).toBe('Welcome, Ada <Okafor>.');
  });

  test('opens no WebSocket without an assertion', async () => {
    const socket = connect({});
    const status = await new Promise((resolve) => {
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
    });
    expect(status).toBe(403);
  });
});

describe('development certificates', () => {
  test('lie in a folder and files that only their owner can read', async () => {
    const path = join(folder, 'certs');
    const modes = (await readdir(path)).map((file) => statSync(join(path, file)).mode & 0o077);
    expect([statSync(path).mode & 0o077, ...modes].every((mode) => mode === 0)).toBe(true);
    expect(modes.length).toBeGreaterThan(10);
  });
});

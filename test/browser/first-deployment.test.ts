import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { closeServer, listenOnLoopback } from '../../deploy/demo/listen.ts';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { initFlags } from '../support/init-flags.ts';
import { startProvider, type TestProvider } from '../support/oidc-provider.ts';
import { freePort } from '../support/world.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const [, useIt = ''] = /\n## Use it\n([\s\S]*?)\n## /.exec(readme) ?? [];
const [init = '', start = '', ...others] = /```console\n([\s\S]*?)```/.exec(useIt)?.[1]?.trim().split('\n') ?? [];
const validate = /`(npx postern validate [^`]*)`/.exec(useIt)?.[1] ?? '';

let home: string;
let provider: TestProvider;
let browser: TestBrowser | undefined;
let postern: ChildProcess | undefined;
const ports = { listen: 0, admin: 0 };
const app = createServer((request, response) => {
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(`<h1>The wiki of ${request.headers['x-postern-email']}</h1>`);
});

/** As a person at a shell in a clone, with a home of their own. */
function typeCommand(command: string, input?: string): ChildProcess {
  const { HOME: _, ...env } = process.env;
  const child = spawn('sh', ['-c', command], {
    cwd: root,
    detached: true,
    env: { ...env, HOME: home, PATH: `${dirname(process.execPath)}${delimiter}${env['PATH']}` },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(input ?? '');
  return child;
}

async function runCommand(command: string, input?: string) {
  const child = typeCommand(command, input);
  const texts = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    texts.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    texts.stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, ...texts };
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'postern-first-'));
  [ports.listen, ports.admin] = [await freePort(), await freePort()];
  const origin = `https://auth.localhost:${ports.listen}`;
  provider = await startProvider({
    people: [
      { id: 'ada', email: 'ada@corp.example', name: 'Ada', groups: ['staff'] },
      { id: 'kim', email: 'kim@vendor.example', name: 'Kim', groups: [] },
    ],
    redirectUris: () => [`${origin}/.postern/callback`],
    postLogoutRedirectUris: () => [`${origin}/.postern/signed-out`],
  });
});

afterAll(async () => {
  await browser?.close();
  if (postern?.exitCode === null && postern.pid !== undefined) process.kill(-postern.pid, 'SIGKILL');
  await provider.close();
  await closeServer(app);
  await rm(home, { recursive: true, force: true });
});

test('the README leads from a clone to an app that is signed in to, with two commands', async () => {
  expect([init, start, others]).toEqual(['npm run init -- ~/postern', 'npm start -- -c ~/postern/postern.yaml', []]);
  const appPort = await listenOnLoopback(app, 0);
  const flags = initFlags({
    domain: 'localhost',
    provider: 'other',
    issuer: provider.issuer,
    'client-id': provider.clientId,
    'client-secret-file': '-',
    to: `http://127.0.0.1:${appPort}`,
    allow: 'staff,@corp.example',
    port: String(ports.listen),
    'admin-port': String(ports.admin),
  });

  const made = await runCommand(`${init} ${flags.join(' ')}`, provider.clientSecret);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  expect(made.stdout).toContain(`https://auth.localhost:${ports.listen}/.postern/callback\n`);
  expect(made.stdout).toContain(`npm start -- -c ${home}/postern/postern.yaml\n`);
  // Everything is in place but what browsers think of the certificate.
  expect(made.stdout.match(/^ {2}- .*/gm)?.filter((line) => !line.includes('The provider must send them'))).toEqual([
    expect.stringContaining('until they trust certs/development-ca.crt'),
  ]);

  const checked = await runCommand(validate);
  expect(checked).toMatchObject({ code: 0, stderr: '' });
  expect(checked.stdout).toContain('1 route, 2 rules, 0 postures, 3 tests passed');

  const program = typeCommand(`exec ${start}`);
  postern = program;
  const serving = new Promise<void>((resolve, reject) => {
    let text = '';
    const take = (part: string) => {
      text += part;
      if (text.includes('Postern is serving.')) resolve();
    };
    program.stdout?.setEncoding('utf8').on('data', take);
    program.stderr?.setEncoding('utf8').on('data', take);
    program.once('close', () => reject(new Error(`It ended first:\n${text}`)));
  });
  await serving;

  browser = await launchBrowser({ ca: join(home, 'postern', 'certs', 'development-ca.crt') });
  const page = await browser.context.newPage();
  await page.goto(`https://wiki.localhost:${ports.listen}/`);
  await page.click('button[name=login][value=ada]');
  expect(await page.innerText('h1')).toBe('The wiki of ada@corp.example');

  await browser.context.clearCookies();
  await page.goto(`https://wiki.localhost:${ports.listen}/`);
  await page.click('button[name=login][value=kim]');
  expect(await page.content()).toContain('wrong_account');

  // Ctrl-C at a terminal goes to everything that runs there.
  const ended = once(program, 'close');
  if (program.pid !== undefined) process.kill(-program.pid, 'SIGINT');
  await ended;
}, 180_000);

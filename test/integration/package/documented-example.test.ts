import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeDevelopmentCertificates } from '../../../deploy/demo/development-certificates.ts';
import { buildDeclarations } from '../../../deploy/toolchain/build.mjs';
import { createHttpBrowser } from '../../support/http-browser.ts';
import { openWebSocket } from '../../support/live-connections.ts';
import { startProvider } from '../../support/oidc-provider.ts';
import { freePort, people } from '../../support/world.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
let folder: string;

beforeAll(async () => {
  await buildDeclarations(process.execPath);
  folder = mkdtempSync(join(tmpdir(), 'postern-example-'));
  // A user's project: the package and what the example imports beside it.
  mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules', 'postern'));
  for (const name of ['express', 'ws', '@types/express', '@types/node', '@types/ws']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The code that docs/middleware.md shows under a file's name. */
function documented(file: string): string {
  const text = readFileSync(join(root, 'docs', 'middleware.md'), 'utf8');
  const code = text.split(`\`${file}\`:`)[1]?.match(/```\w+\n(.*?)```/s)?.[1];
  if (code === undefined) throw new Error(`docs/middleware.md does not show ${file}.`);
  return code;
}

test('the example of docs/middleware.md signs in, denies, guards its WebSocket and stops', async () => {
  const port = await freePort();
  const certificates = await makeDevelopmentCertificates(join(folder, 'certificates'), {
    hosts: ['localhost', 'notes.localhost', 'auth.localhost'],
    apps: [],
    devices: [],
  });
  const { certificate, key } = certificates.server;
  const provider = await startProvider({
    people,
    redirectUris: () => [`https://auth.localhost:${port}/.postern/callback`],
    postLogoutRedirectUris: () => [],
    tls: { cert: readFileSync(certificate), key: readFileSync(key) },
  });
  cpSync(certificate, join(folder, 'server.crt'));
  cpSync(key, join(folder, 'server.key'));
  writeFileSync(join(folder, 'app.mjs'), documented('app.mjs').replace('8443', String(port)));
  writeFileSync(
    join(folder, 'postern.yaml'),
    documented('postern.yaml')
      .replace('https://idp.corp.example', provider.issuer)
      .replace('https://notes.corp.example', `https://notes.localhost:${port}`)
      .replace('auth.corp.example', 'auth.localhost'),
  );
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'app.mjs'], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      STATE_KEY: 'a-state-key-of-more-than-thirty-two-characters',
      CLIENT_SECRET: provider.clientSecret,
      NODE_EXTRA_CA_CERTS: certificates.ca,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const listening = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        said += String(text);
        if (said.includes('The app is listening.')) resolve();
      });
    }
    child.once('exit', (code) => reject(new Error(`The example ended with ${code}.\n${said}`)));
  });
  try {
    await listening;
    const notes = `https://notes.localhost:${port}/`;
    const newBrowser = () => createHttpBrowser({ ca: readFileSync(certificates.ca, 'utf8') });
    const lin = newBrowser();
    const page = await lin.submit(await lin.open(notes), { login: 'lin' });
    expect([page.status, JSON.parse(page.body)]).toEqual([200, { user: 'lin', groups: 'engineering' }]);
    const kim = newBrowser();
    expect((await kim.submit(await kim.open(notes), { login: 'kim' })).status).toBe(403);

    const world = { certificates } as Parameters<typeof openWebSocket>[0];
    await expect(openWebSocket(world, kim, notes)).rejects.toThrow('403');
    const live = await openWebSocket(world, lin, notes);
    expect(await live.next()).toBe('Hello lin');

    child.kill('SIGTERM');
    expect(await live.closed).toBe(1006);
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  } finally {
    child.kill('SIGKILL');
    await provider.close();
  }
}, 60_000);

test.each(['nodenext', 'bundler'])(
  'the types work for a user who resolves modules by %s',
  async (moduleResolution) => {
    writeFileSync(
      join(folder, 'sample.ts'),
      `import { createServer } from 'node:https';
import express from 'express';
import { createPostern, type Postern, type PosternLog, type PosternOptions } from 'postern';

const log: PosternLog = { info: () => {}, warn: () => {}, error: console.error };
const options: PosternOptions = { plainHttp: false, log };
const postern: Postern = await createPostern({ version: 1 }, options);
const app = express();
app.use(postern.middleware);
const server = createServer({}, app);
postern.attach(server);
const closed: Promise<void> = postern.close();
await closed;
// @ts-expect-error a path or an object, nothing else
await createPostern(1);
// @ts-expect-error options are known by name
await createPostern('postern.yaml', { plainHTTP: true });
`,
    );
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          target: 'es2022',
          module: moduleResolution === 'nodenext' ? 'nodenext' : 'esnext',
          moduleResolution,
          types: ['node'],
        },
        files: ['sample.ts'],
      }),
    );
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const tsc = spawn(process.execPath, [join(root, 'node_modules/typescript-native/bin/tsc'), '-p', folder], {
      cwd: folder,
    });
    let said = '';
    tsc.stdout.on('data', (text) => {
      said += String(text);
    });
    const [code] = await once(tsc, 'close');
    expect([said, code]).toEqual(['', 0]);
  },
  60_000,
);

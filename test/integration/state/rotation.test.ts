import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { verifyAudit } from '../../../src/audit/verify-audit.ts';
import { toFault } from '../../../src/decision/fault.ts';
import { runCommandLine } from '../../support/command-line.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { buildProgram } from '../../support/program-process.ts';
import { fileKeys } from '../../support/state-keys.ts';
import { type SteadyLoad, startLoad } from '../../support/steady-load.ts';
import { startWorkerWorld, type WorkerWorld } from '../../support/worker-world.ts';

/** Secrets as they are kept in service: one file each, named by the configuration. */
const first = {
  state_key: 'the first state key, of more than thirty-two bytes',
  admin_token: 'an-admin-token-of-forty-characters-or-so',
} as const;
const next = {
  state_key: 'the next state key, of more than thirty-two bytes',
  admin_token: 'the-next-admin-token-of-forty-characters',
} as const;

let all: WorkerWorld;
let folder = '';
let text = '';
let browser: HttpBrowser;
let load: SteadyLoad;
let environment: Readonly<Record<string, string>> = {};

const secret = (name: string) => `"\${file:${join(folder, name)}}"`;
const keep = (name: string, value: string) => writeFileSync(join(folder, name), value);

beforeAll(async () => {
  await buildProgram();
  all = await startWorkerWorld(2, {
    edit(yaml, files) {
      folder = dirname(files.ca);
      for (const [name, value] of Object.entries(first)) keep(name, value);
      for (const [name, value] of Object.entries(next)) keep(`${name}.next`, value);
      text = yaml
        .replace(`"\${env:STATE_KEY}"`, secret('state_key'))
        .replace(`"\${env:ADMIN_TOKEN}"`, secret('admin_token'))
        .replace(`"\${env:CLIENT_SECRET}"`, secret('client_secret'));
      return text;
    },
    onEnvironment(env) {
      environment = env;
      keep('client_secret', env['CLIENT_SECRET'] ?? '');
    },
  });
  browser = all.world.browser();
  await all.world.signIn(browser, all.world.url('wiki'), 'lin');
}, 180_000);
afterAll(async () => {
  await all?.close();
});

beforeEach(async () => {
  load = startLoad(browser, all.world.url('wiki'));
  await load.passed(3);
});
afterEach(async () => {
  const { failures } = await load.stop();
  expect(failures).toEqual([]);
});

/** Writes the configuration and takes it up. */
async function reload(change: (text: string) => string, token: string = first.admin_token) {
  writeFileSync(all.world.file, change(text));
  const { status, body } = await all.world.admin('/api/v1/reload', { method: 'POST', body: {}, token });
  return { status, ...JSON.parse(body) };
}

async function postern(...args: readonly string[]) {
  const options = { env: environment, now: Date.now };
  return runCommandLine([...args, '-c', all.world.file], options).catch((thrown: unknown) => ({
    code: 3,
    stdout: '',
    stderr: toFault(thrown).message,
  }));
}

/** A worker that starts now opens everything anew. */
async function replaceAWorker() {
  const [worker] = (await all.status()).workers;
  process.kill(Number(worker?.pid), 'SIGKILL');
  await all.until('another worker serves in its place', ({ workers }) =>
    workers.every(({ pid, state }) => pid !== worker?.pid && state === 'serving'),
  );
}

describe('under load, without a request that fails', () => {
  test('the state key changes', async () => {
    const change = (keys: string) => (yaml: string) => yaml.replace(secret('state_key'), keys);
    expect(await reload(change(secret('state_key.next')))).toMatchObject({ outcome: 'refused', because: 'check' });
    const both = `[${secret('state_key.next')}, ${secret('state_key')}]`;
    expect(await reload(change(both))).toMatchObject({ outcome: 'applied' });
    const rekeyed = await postern('state', 'rekey');
    expect(rekeyed).toMatchObject({ code: 0, stdout: expect.stringContaining('rekeyed') });
    expect(await reload(change(secret('state_key.next')))).toMatchObject({ outcome: 'applied' });
    expect(await postern('state', 'rekey')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing to do'),
    });
    expect(await reload((yaml) => yaml)).toMatchObject({ outcome: 'refused', because: 'check' });
    text = change(secret('state_key.next'))(text);
    await load.passed(10);
  });

  test('the admin token changes', async () => {
    const change = (tokens: string) => (yaml: string) => yaml.replace(secret('admin_token'), tokens);
    const call = async (token: string) => (await all.world.admin('/api/v1/routes', { token })).status;
    expect(await call(next.admin_token)).toBe(401);
    const both = `[${secret('admin_token.next')}, ${secret('admin_token')}]`;
    writeFileSync(all.world.file, change(both)(text));
    // The command asks with the new one, which the server does not know yet, and then with the other.
    expect(await postern('reload', '--yes', '--admin', all.world.adminUrl(''))).toMatchObject({ code: 0 });
    expect([await call(first.admin_token), await call(next.admin_token)]).toEqual([200, 200]);
    await reload(change(secret('admin_token.next')));
    expect([await call(first.admin_token), await call(next.admin_token)]).toEqual([401, 200]);
    expect(await reload(change(both), next.admin_token)).toMatchObject({ outcome: 'applied' });
    text = change(both)(text);
  });

  test("a provider's client secret is read again at a reload", async () => {
    const signsIn = async () => {
      const another = all.world.browser();
      return (await all.world.signIn(another, all.world.url('wiki'), 'ada')).status;
    };
    const right = readFileSync(join(folder, 'client_secret'));
    keep('client_secret', 'not the secret of this client');
    expect(await reload((yaml) => yaml)).toMatchObject({ outcome: 'applied' });
    expect(await signsIn()).not.toBe(200);
    writeFileSync(join(folder, 'client_secret'), right);
    expect(await reload((yaml) => yaml)).toMatchObject({ outcome: 'applied' });
    expect(await signsIn()).toBe(200);
  });

  test('the data key changes', async () => {
    expect(await postern('state', 'rotate-data-key')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^made a new data key, sealed \d+ records with it/),
    });
    const { current, former, sealing } = fileKeys(join(all.world.folder, 'state.db'));
    expect({ current, former, sealing }).toEqual({ current: 2, former: [], sealing: [2] });
    await load.passed(10);
  });

  test('the key of the audit trail changes, and the whole trail verifies', async () => {
    const kid = async () => JSON.parse((await all.world.admin('/api/v1/audit/key')).body).keys[0].kid;
    const before = await kid();
    expect(await postern('audit', 'rotate-key')).toMatchObject({ code: 0, stdout: expect.stringContaining(before) });
    for (let now = before; now === before; ) {
      await load.passed(2);
      now = await kid();
    }
    const { breaks } = await verifyAudit(join(all.world.folder, 'audit'), { publicKeys: [{ kid: before }] });
    // What is just being written is no whole line yet.
    expect(breaks.filter(({ problem }) => problem !== 'torn_line')).toEqual([]);
  });

  test('the state is copied, and the copy is whole and for its owner alone', async () => {
    const file = join(folder, 'copy.db');
    expect(await postern('state', 'backup', file)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('copied'),
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await postern('state', 'backup', file)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('there already'),
    });
    expect(await postern('state', 'restore', '--yes', file)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('in use'),
    });
    await load.passed(10);
  });
});

describe('a worker that starts after it all', () => {
  test('opens the state with the new key, and people go on where they were', async () => {
    await load.stop();
    await replaceAWorker();
    load = startLoad(browser, all.world.url('wiki'));
    // The single sign-on cookie is believed by every process, whatever became of the state's key.
    const page = await browser.open(all.world.url('dashboard'));
    expect(page.status).toBe(200);
    await load.passed(10);
  });
});

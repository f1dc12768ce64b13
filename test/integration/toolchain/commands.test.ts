import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
const environment = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}` };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-toolchain-test-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const attempt = (file: string, args: readonly string[]): Promise<Outcome> =>
  run(file, [...args], { cwd: folder, env: environment }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Outcome) => error,
  );

describe('an npm script', () => {
  const runOn = (version: string, command: string) => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
    const preload = `data:text/javascript,${encodeURIComponent(pretend)}`;
    return attempt(process.execPath, ['--import', preload, join(folder, 'deploy', 'toolchain', 'run.mjs'), command]);
  };

  beforeEach(async () => {
    await cp(join(root, 'deploy', 'toolchain'), join(folder, 'deploy', 'toolchain'), { recursive: true });
    await cp(join(root, 'package.json'), join(folder, 'package.json'));
    await writeFile(join(folder, 'package-lock.json'), '{"packages":{}}');
    await mkdir(join(folder, 'node_modules'));
    await writeFile(join(folder, 'node_modules', '.package-lock.json'), '{"packages":{}}');
  });

  test.each(['18.20.8', '22.0.0', '26.1.0'])(
    'on Node %s, without the pinned one, says one sentence and exits with 3',
    async (version) => {
      const outcome = await runOn(version, 'demo');
      expect(outcome.code).toBe(3);
      expect(outcome.stdout).toBe('');
      expect(outcome.stderr.trim().split('\n')).toHaveLength(1);
      expect(outcome.stderr).toContain(`this is Node ${version}`);
    },
  );

  test('that nobody knows names those that there are', async () => {
    const outcome = await runOn('24.21.0', 'dance');
    expect([outcome.code, outcome.stderr]).toEqual([
      2,
      expect.stringContaining('build, init, start, dev, demo, test, check, screenshots, bench'),
    ]);
  });
});

describe('npm pack', () => {
  beforeEach(async () => {
    const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
    });
    const isNeeded = (path: string) =>
      /^(src|config|deploy\/toolchain)\/|^[^/]+$/.test(path) && path !== 'node_modules';
    for (const path of stdout.split('\0').filter(Boolean).filter(isNeeded)) {
      if (existsSync(join(root, path))) await cp(join(root, path), join(folder, path), { recursive: true });
    }
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  });

  const manifest = async () => readFile(join(folder, 'package.json'), 'utf8');

  test('leaves the pinned runtime out, and puts package.json back', async () => {
    const before = await manifest();
    const outcome = await attempt('npm', ['pack', '--pack-destination', folder, '--loglevel=error']);
    expect(outcome).toMatchObject({ code: 0 });
    expect(await manifest()).toBe(before);
    const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    await run('tar', ['-xzf', tarball], { cwd: folder });
    const packed = JSON.parse(await readFile(join(folder, 'package', 'package.json'), 'utf8'));
    expect(packed.optionalDependencies).toBeUndefined();
    expect(packed.dependencies).toEqual(JSON.parse(before).dependencies);
    expect(existsSync(join(folder, 'package', 'dist', 'index.js'))).toBe(true);
    expect(existsSync(join(folder, 'package', 'dist', 'index.d.ts'))).toBe(true);
    expect(existsSync(join(folder, 'package', 'deploy'))).toBe(false);
  }, 400_000);

  test('that fails half-way puts package.json back too', async () => {
    const before = await manifest();
    const outcome = await attempt('npm', ['pack', '--pack-destination', join(folder, 'nowhere'), '--loglevel=error']);
    expect(outcome.code).not.toBe(0);
    const restored = join(folder, 'package.json.original');
    while (existsSync(restored)) await new Promise((resolve) => setImmediate(resolve));
    expect(await manifest()).toBe(before);
  }, 400_000);

  test('is refused as npm publish of the folder', async () => {
    const outcome = await attempt(process.execPath, [join('deploy', 'toolchain', 'pack.mjs'), 'refuse-publish']);
    expect([outcome.code, outcome.stderr]).toEqual([1, expect.stringContaining('npm publish postern-VERSION.tgz')]);
  });
});

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..', '..');

/** Does what npm would for the lockfile where it stands, and writes down how it was called. */
const npm = `
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const words = process.argv.slice(2).filter((word) => !word.startsWith('--') || word === '--no-save');
appendFileSync(process.env.NPM_CALLS, words.join(' ') + '\\n');
if (process.env.NPM_FAILS) { console.error('no such registry'); process.exit(7); }
const { '': own, ...packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
mkdirSync('node_modules', { recursive: true });
writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));
`;

const lock = {
  lockfileVersion: 3,
  packages: {
    '': {
      name: 'x',
      version: '1.0.0',
      dependencies: { zod: '4.0.0' },
      devDependencies: { rolldown: '1.0.0', jest: '30.0.0' },
    },
    'node_modules/zod': { version: '4.0.0', integrity: 'sha512-z' },
    'node_modules/rolldown': { version: '1.0.0', dev: true },
    'node_modules/jest': { version: '30.0.0', dev: true },
  },
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-install-test-'));
  await cp(join(root, 'deploy', 'toolchain'), join(folder, 'deploy', 'toolchain'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
  await writeFile(join(folder, 'npm.js'), npm);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** An npm script on a Node that cannot run the program, so that it ends once everything is installed. */
function runScript(name: string, env: NodeJS.ProcessEnv = {}) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '26.1.0' } })`;
  const args = [
    '--import',
    `data:text/javascript,${encodeURIComponent(pretend)}`,
    join(folder, 'deploy', 'toolchain', 'run.mjs'),
    name,
  ];
  const own = { npm_execpath: join(folder, 'npm.js'), NPM_CALLS: join(folder, 'calls') };
  return new Promise<{ stdout: string; stderr: string; code: unknown }>((resolve) => {
    execFile(
      process.execPath,
      args,
      { cwd: folder, env: { ...process.env, ...own, ...env } },
      (error, stdout, stderr) => resolve({ stdout, stderr, code: error?.code }),
    );
  });
}

const calls = async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n');
const installed = async () =>
  Object.keys(JSON.parse(await readFile(join(folder, 'node_modules', '.package-lock.json'), 'utf8')).packages);

describe('a fresh clone', () => {
  test('installs for the demo what the demo needs, and says so on stderr alone', async () => {
    const outcome = await runScript('demo');
    expect(await installed()).toEqual(['node_modules/zod', 'node_modules/rolldown']);
    expect(await calls()).toEqual(['ci']);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).toMatch(/^Installing .*\nInstalled in \d+ s\.\n/);
    expect(existsSync(join(folder, '.install'))).toBe(false);
  });

  test('adds the rest for the tests, and takes nothing away that a running demo has open', async () => {
    await runScript('demo');
    await writeFile(join(folder, 'node_modules', 'in-use'), '');
    await runScript('test');
    expect(await installed()).toEqual(['node_modules/zod', 'node_modules/rolldown', 'node_modules/jest']);
    expect(await calls()).toEqual(['ci', 'install --no-save']);
    expect(existsSync(join(folder, 'node_modules', 'in-use'))).toBe(true);
  });

  test('installs nothing anew for the demo after the tests', async () => {
    await runScript('test');
    const { stderr } = await runScript('demo');
    expect(await calls()).toEqual(['ci']);
    expect(stderr).not.toContain('Installing');
  });

  test('starts anew when another version is installed', async () => {
    await runScript('demo');
    const newer = { ...lock.packages, 'node_modules/zod': { version: '4.1.0', integrity: 'sha512-y' } };
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages: newer }));
    await runScript('demo');
    expect(await calls()).toEqual(['ci', 'ci']);
  });

  test('shows what npm said when it fails, and leaves nothing half done', async () => {
    const outcome = await runScript('demo', { NPM_FAILS: 'yes' });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('no such registry\nInstalling the dependencies failed (npm ci, exit code 7)');
    expect([existsSync(join(folder, '.install')), existsSync(join(folder, 'node_modules'))]).toEqual([false, false]);
  });
});

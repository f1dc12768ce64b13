import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runCommandLine } from '../../support/command-line.ts';

const untidy = `version:  1
server:
    auth_host: auth.corp.example # sign-in
routes:
- {name: a}
`;
const tidy = `version: 1
server:
  auth_host: auth.corp.example # sign-in
routes:
  - { name: a }
`;

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-fmt-'));
  file = join(folder, 'postern.yaml');
  await writeFile(file, untidy);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const fmt = (...args: readonly string[]) => runCommandLine(['fmt', ...args]);

describe('postern fmt', () => {
  test('prints the formatted text and writes nothing', async () => {
    expect(await fmt(file)).toEqual({ code: 0, stdout: tidy, stderr: '' });
    expect(await readFile(file, 'utf8')).toBe(untidy);
  });

  test('--check names the first line that differs and answers 1; 0 once it is formatted', async () => {
    expect(await fmt('--check', file)).toEqual({
      code: 1,
      stdout: `${file}:1: not formatted\n`,
      stderr: 'To format them: postern fmt --write FILE\n',
    });
    await writeFile(file, tidy);
    expect(await fmt('--check', file)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('--diff is a patch that git applies', async () => {
    const { code, stdout } = await fmt('--diff', file);
    expect([code, stdout.split('\n').slice(0, 3)]).toEqual([1, [`--- a${file}`, `+++ b${file}`, '@@ -1,5 +1,5 @@']]);
    const patch = stdout.replaceAll(file, '/postern.yaml');
    execFileSync('git', ['apply', '--unsafe-paths', '-'], { cwd: folder, input: patch });
    expect(await readFile(file, 'utf8')).toBe(tidy);
    expect(await fmt('--diff', file)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('--diff is right too for a file without a newline at its end', async () => {
    await writeFile(file, tidy.trimEnd());
    const { stdout } = await fmt('--diff', file);
    expect(stdout).toContain('\\ No newline at end of file');
    execFileSync('git', ['apply', '--unsafe-paths', '-'], {
      cwd: folder,
      input: stdout.replaceAll(file, '/postern.yaml'),
    });
    expect(await readFile(file, 'utf8')).toBe(tidy);
  });

  test('--write replaces the file, keeps its mode, follows a link and leaves nothing beside it', async () => {
    const link = join(folder, 'link.yaml');
    await chmod(file, 0o640);
    await symlink('postern.yaml', link);
    expect(await fmt('-w', link)).toEqual({ code: 0, stdout: '', stderr: `formatted ${link}\n` });
    expect(await readFile(file, 'utf8')).toBe(tidy);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await readdir(folder)).toSorted()).toEqual(['link.yaml', 'postern.yaml']);
    expect(await fmt('-w', link)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('a text that is not YAML is left alone: 1, with its place', async () => {
    await writeFile(file, 'a: [\n');
    const { code, stdout, stderr } = await fmt('-w', file);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`${file}:2:1: error[P003]`);
    expect(await readFile(file, 'utf8')).toBe('a: [\n');
  });

  test('a mark at the start counts as not formatted', async () => {
    await writeFile(file, `\ufeff${tidy}`);
    expect((await fmt('--check', file)).code).toBe(1);
    await fmt('-w', file);
    expect(await readFile(file, 'utf8')).toBe(tidy);
  });

  test.each([
    [['-w', '--check'], /cannot be used with option/],
    [['a.yaml', 'b.yaml'], /add --write, --check or --diff/],
    [['-w', '-'], /leave out --write/],
  ])('%j is wrong usage', async (args, says) => {
    const { code, stdout, stderr } = await fmt(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(says);
  });

  test('an absent file is a 3', async () => {
    expect(await fmt(join(folder, 'absent.yaml'))).toMatchObject({ code: 3, stdout: '' });
  });

  test('- reads standard input', () => {
    const main = join(import.meta.dirname, '../../../src/main.ts');
    const { status, stdout } = spawnSync(process.execPath, [main, 'fmt', '-'], { input: untidy, encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, tidy]);
  });
});

import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { keepCompiledCode } from '../../../src/cli/keep-compiled-code.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'postern-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function enabledWith(args: readonly string[], env: Readonly<Record<string, string>>): readonly string[] {
  const folders: string[] = [];
  keepCompiledCode(args, env, (folder) => folders.push(folder));
  return folders;
}

describe('compiled code', () => {
  test('is kept in the cache folder of whoever calls, for nobody else to write', () => {
    expect(enabledWith(['status'], { HOME: home })).toEqual([join(home, '.cache', 'postern')]);
    expect(statSync(join(home, '.cache', 'postern')).mode & 0o777).toBe(0o700);
    expect(enabledWith(['status'], { HOME: '/', XDG_CACHE_HOME: home })).toEqual([join(home, 'postern')]);
  });

  test.each([
    ['by a server', ['run'], {}],
    ['where Node was told another place', ['status'], { NODE_COMPILE_CACHE: '/elsewhere' }],
    ['without a home', ['status'], { HOME: '' }],
    ['in a folder that is not named whole', ['status'], { XDG_CACHE_HOME: 'cache' }],
  ])('is not kept %s', (_where, args, env) => {
    expect(enabledWith(args, { HOME: home, ...env })).toEqual([]);
    expect(existsSync(join(home, '.cache'))).toBe(false);
  });

  test('is not read where somebody else can write, nor through a link', () => {
    mkdirSync(join(home, '.cache', 'postern'), { recursive: true });
    chmodSync(join(home, '.cache', 'postern'), 0o777);
    expect(enabledWith(['status'], { HOME: home })).toEqual([]);
    const other = join(home, 'other');
    mkdirSync(other);
    symlinkSync(join(home, '.cache'), join(other, 'postern'));
    expect(enabledWith(['status'], { XDG_CACHE_HOME: other })).toEqual([]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runtimePackage, selectPackages } from '../../../deploy/toolchain/select-packages.mjs';

const root = join(import.meta.dirname, '..', '..', '..');
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const selected = selectPackages(packages, true);

/** The packages that the files of a folder import while they run. */
function importedIn(folder: string): ReadonlySet<string> {
  const files = readdirSync(join(root, folder)).filter((name) => /\.(ts|mjs)$/.test(name));
  const texts = files.map((name) => readFileSync(join(root, folder, name), 'utf8'));
  const names = texts.flatMap((text) =>
    [...text.matchAll(/^import (?!type).*?'([^'.][^']*)';$/gm)].map(([, name]) => name),
  );
  const packageOf = (name: string) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? '';
  return new Set(names.flatMap((name) => (name === undefined || isBuiltin(name) ? [] : packageOf(name))));
}

describe('the packages of a fresh clone that only runs', () => {
  test('are a part of the lockfile, entry by entry', () => {
    const { '': own, ...others } = selected;
    expect(Object.keys(own.dependencies)).toEqual(expect.arrayContaining(Object.keys(packages[''].dependencies)));
    for (const [path, entry] of Object.entries<object>(others)) expect(packages[path]).toMatchObject(entry);
    expect(Object.keys(others).length).toBeLessThan(Object.keys(packages).length / 2);
  });

  test.each(['deploy/demo', 'deploy/toolchain'])('have all that %s imports', (folder) => {
    const missing = [...importedIn(folder)].filter((name) => selected[`node_modules/${name}`] === undefined);
    expect(missing).toEqual([]);
  });

  test('leave out the pinned Node where the one at hand will do', () => {
    expect(selected[`node_modules/${runtimePackage}`]).toBeDefined();
    expect(selectPackages(packages, false)[`node_modules/${runtimePackage}`]).toBeUndefined();
  });

  test('bring what a package imports from wherever Node would find it', () => {
    const lock = {
      '': { name: 'x', version: '1', dependencies: { a: '1' }, devDependencies: { rolldown: '1', jest: '1' } },
      'node_modules/a': { version: '1', dependencies: { b: '2', c: '1' } },
      'node_modules/a/node_modules/b': { version: '2', dependencies: { c: '1' } },
      'node_modules/b': { version: '1', dev: true },
      'node_modules/c': {
        version: '1',
        peerDependencies: { d: '1', e: '1' },
        peerDependenciesMeta: { e: { optional: true } },
      },
      'node_modules/d': { version: '1' },
      'node_modules/e': { version: '1', dev: true },
      'node_modules/rolldown': { version: '1', dev: true, optionalDependencies: { native: '1' } },
      'node_modules/native': { version: '1', dev: true, optional: true, os: 'linux' },
      'node_modules/jest': { version: '1', dev: true, dependencies: { b: '1' } },
    };
    expect(Object.keys(selectPackages(lock, false)).sort()).toEqual([
      '',
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/c',
      'node_modules/d',
      'node_modules/native',
      'node_modules/rolldown',
    ]);
  });
});

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Plan, writeTogether } from '../../../../src/cli/init/write-together.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'postern-together-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const everything = async () => (await readdir(home, { recursive: true })).sort();

/** Three files in two folders; the text of file `at` is what interrupts. */
function interruptedPlan(at: number): { readonly plan: Plan; readonly interrupted: AbortSignal } {
  const controller = new AbortController();
  const files = ['a/one', 'a/two', 'three'].map((path, index) => ({
    path,
    mode: 0o400,
    get text() {
      if (index === at) controller.abort(new Error('interrupted'));
      return path;
    },
  }));
  return { plan: { files, folders: ['a', 'b'], ignored: ['a/'] }, interrupted: controller.signal };
}

describe('writing together', () => {
  test.each([0, 1, 2])('leaves nothing when it is interrupted at file %i, down to the folders', async (at) => {
    const { plan, interrupted } = interruptedPlan(at);
    await expect(writeTogether(join(home, 'new', 'folder'), plan, interrupted)).rejects.toThrow('interrupted');
    expect(await everything()).toEqual([]);
  });

  test('leaves a folder that was there as it was, its .gitignore too', async () => {
    await mkdir(join(home, 'a'));
    await writeFile(join(home, '.gitignore'), 'mine');
    await writeFile(join(home, 'a', 'other'), 'mine');
    const before = await everything();
    const { plan, interrupted } = interruptedPlan(2);
    await expect(writeTogether(home, plan, interrupted)).rejects.toThrow('interrupted');
    expect(await everything()).toEqual(before);
    expect(await readFile(join(home, '.gitignore'), 'utf8')).toBe('mine');
  });

  test('never writes over a file that came meanwhile, and takes back the others', async () => {
    await writeFile(join(home, 'three'), 'theirs');
    const { plan, interrupted } = interruptedPlan(-1);
    await expect(writeTogether(home, plan, interrupted)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await everything()).toEqual(['three']);
    expect(await readFile(join(home, 'three'), 'utf8')).toBe('theirs');
  });
});

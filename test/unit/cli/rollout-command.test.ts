import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeTryoutFolder, type TryoutFolder } from '../../support/tryout-folder.ts';

let folder: TryoutFolder;
let file = '';
beforeAll(async () => {
  folder = await makeTryoutFolder();
});
afterAll(() => folder.remove());
beforeEach(async () => {
  file = await folder.write('postern.yaml', '');
});

const set = (rule: string, percent: string, ...more: readonly string[]) =>
  folder.postern(['rollout', 'set', rule, '--percent', percent, '-c', file, ...more]);

describe('postern rollout set', () => {
  test('shows the change, writes it, and says what it means for people', async () => {
    const first = await set('payroll/no-contractors', '25', '--yes');
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toMatch(/^\+.*mode: partial/m);
    expect(first.stderr).toContain('The rule acted on everybody; now it acts on 25 percent.');
    expect(await readFile(file, 'utf8')).toContain('percent: 25');
    expect((await set('payroll/no-contractors', '60', '--yes')).stderr).toContain('people are added, nobody leaves');
    expect((await set('payroll/no-contractors', '60', '--yes')).stdout).toContain('is at 60 percent already');
    expect((await set('payroll/no-contractors', '5', '--yes')).stderr).toContain('let go again');
  });

  test('writes nothing without a yes, with a wrong number, for a rule that is not there, or when a test would fail', async () => {
    const before = await readFile(file, 'utf8');
    expect((await set('payroll/no-contractors', '25')).code).toBe(2);
    expect((await set('payroll/no-contractors', '101', '--yes')).code).toBe(2);
    expect((await set('payroll', '25', '--yes')).code).toBe(2);
    expect((await set('payroll/nobody', '25', '--yes')).code).toBe(3);
    expect(await readFile(file, 'utf8')).toBe(before);
    file = await folder.write(
      'tested.yaml',
      'tests:\n  - { name: contractors stay out, given: { user: kim@vendor.example, groups: [contractors] }, deny: { payroll: explicit_deny } }\n',
    );
    const refused = await set('payroll/no-contractors', '0', '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Nothing was written');
    expect(await readFile(file, 'utf8')).not.toContain('partial');
  });
});

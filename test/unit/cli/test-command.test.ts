import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeTryoutFolder, type TryoutFolder } from '../../support/tryout-folder.ts';

let folder: TryoutFolder;
beforeAll(async () => {
  folder = await makeTryoutFolder();
});
afterAll(() => folder.remove());

const passing = 'tests:\n  - { name: all read the wiki, given: { risk: 0 }, accept: [wiki] }\n';
const failing = 'tests:\n  - { name: all read the wiki, accept: [wiki] }\n';

describe('postern test', () => {
  test('prints a line for each test, and the rules that none exercises', async () => {
    const file = await folder.write('passing.yaml', passing);
    expect(await folder.postern(['test', '--coverage', file])).toMatchObject({
      code: 0,
      stdout: [
        `PASS  all read the wiki   ${file}:50`,
        `1 passed. Rules never exercised by a test: payroll/finance (${file}:30), payroll/no-contractors (${file}:41)`,
        '',
      ].join('\n'),
    });
  });

  test('prints the rules of a failing test, says on what it depends, and answers 1', async () => {
    const file = await folder.write('failing.yaml', failing);
    const { code, stdout } = await folder.postern(['test', file]);
    expect(code).toBe(1);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      `FAIL  all read the wiki   ${file}:50`,
      '      wiki: depends on risk',
    ]);
    expect(stdout).toContain('wiki/everyone');
    expect(stdout).toMatch(/may +may allow/);
    expect(stdout).toContain('0 passed, 1 failed.');
  });

  test('annotates a failure for a review, and describes it for programs', async () => {
    const file = await folder.write('failing.yaml', failing);
    expect((await folder.postern(['test', '--format', 'github', file])).stdout).toBe(
      `::error file=${file},line=50,col=7,title=Test failed%3A all read the wiki::wiki: depends on risk\n`,
    );
    const { stdout } = await folder.postern(['test', '--format', 'json', file]);
    expect(JSON.parse(stdout).files[0]).toMatchObject({ passed: 0, failed: 1, tests: [{ passed: false, line: 50 }] });
  });

  test('--run picks by name, and a pattern that picks nothing is a failure', async () => {
    const file = await folder.write('passing.yaml', passing);
    expect(await folder.postern(['test', '--run', 'wiki', file])).toMatchObject({ code: 0 });
    expect(await folder.postern(['test', '--run', 'payroll', file])).toMatchObject({ code: 1 });
  });
});

describe('postern validate', () => {
  test('counts the tests that passed, and answers 1 where one fails', async () => {
    const good = await folder.write('passing.yaml', passing);
    expect((await folder.postern(['validate', good])).stdout).toContain('1 posture, 1 test passed\n');
    const bad = await folder.write('failing.yaml', failing);
    const { code, stdout, stderr } = await folder.postern(['validate', bad]);
    expect([code, stderr]).toEqual([1, `${bad}: 1 test of 1 failed.\n`]);
    expect(stdout).toMatch(/^FAIL {2}all read the wiki/);
  });
});

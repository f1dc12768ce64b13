import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadConfiguration } from '../../../src/config/load-configuration.ts';
import { areSameFiles, loadRecorded } from '../../../src/config/reload/recorded-load.ts';
import { listFolder, readBoundedFile } from '../../../src/config/source/read-bounded-file.ts';
import { basePorts, configurationTime } from '../../support/config-files.ts';
import { makeTryoutFolder, type TryoutFolder } from '../../support/tryout-folder.ts';

let folder: TryoutFolder;
let file = '';
beforeEach(async () => {
  folder = await makeTryoutFolder();
  file = await folder.write(
    'postern.yaml',
    'tests:\n  - { name: all read the wiki, given: { risk: 0 }, accept: [wiki] }\n',
  );
});
afterEach(() => folder.remove());

async function writeTests(name: string, text: string): Promise<string> {
  const path = join(folder.path, `${name}.postern-test.yaml`);
  await writeFile(path, text);
  return path;
}

async function load() {
  const ports = { ...(await basePorts()), readFile: readBoundedFile, listFolder, now: () => configurationTime };
  return loadRecorded({ file, ports, loadFile: loadConfiguration }, { kind: 'file' });
}

describe('files of tests beside the configuration', () => {
  test('are run with its own tests, each with its own place', async () => {
    const more = await writeTests(
      'wiki',
      '# Of the wiki.\ntests:\n  - name: nobody is asked for risk\n    given: { risk: 99 }\n    deny: { wiki: risk_too_high }\n',
    );
    await writeFile(join(folder.path, 'notes.yaml'), 'tests: none of ours');
    const { code, stdout } = await folder.postern(['test', file]);
    expect(stdout).toMatch(new RegExp(`^PASS .*${file}:50\n(PASS|FAIL) .*${more}:3\n`));
    expect(code).toBe(stdout.includes('FAIL') ? 1 : 0);
    const picked = await folder.postern(['test', '--run', 'all read', file]);
    expect(picked.stdout).toContain('1 passed.');
    expect((await folder.postern(['validate', file])).code).toBe(code);
  });

  test('have their problems told with their own file and line', async () => {
    const more = await writeTests(
      'odd',
      'tests:\n  - { name: typo, given: { goups: [a] }, accept: [wiki] }\n  - { name: nowhere, accept: [wikki] }\n',
    );
    for (const command of ['validate', 'test']) {
      const { code, stdout } = await folder.postern([command, file]);
      expect(code).toBe(1);
      expect(stdout).toContain(`${more}:2:28: error[P001]: unknown key "goups"`);
      expect(stdout).toContain(`${more}:3:31: error[P021]: no route named "wikki"`);
      expect(stdout).toContain('help: did you mean "wiki"?');
    }
  });

  test('tell how long ago the person was first warned, for a posture that warns', async () => {
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/(\n {2}managed-laptop:\n)/, '$1    on_fail: { warn_for: 7d, then: block }\n'));
    const failing = (warned: string) =>
      `given: { user: ada@corp.example, groups: [finance], network: office, device: { managed-laptop: { fail: [disk_encrypted]${warned} } }, auth: { passkey: 5m }, risk: 0 }, request: { path: /reports/2026 }`;
    await writeTests(
      'grace',
      `tests:
  - { name: first, ${failing('')}, accept: [payroll] }
  - { name: within, ${failing(', warned: 6d')}, accept: [payroll] }
  - { name: after, ${failing(', warned: 8d')}, deny: { payroll: device_not_compliant } }
`,
    );
    const { code, stdout } = await folder.postern(['test', file, '--run', 'first|within|after']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('3 passed')]);
  });

  test('hold tests and nothing else, with names that no other test has', async () => {
    const more = await writeTests(
      'again',
      'tests:\n  - { name: all read the wiki, given: { risk: 0 }, accept: [wiki] }\nroutes: []\n',
    );
    const { code, stdout } = await folder.postern(['validate', file]);
    expect(code).toBe(1);
    expect(stdout).toContain(`${more}:2:13: error[P022]: there is already a test "all read the wiki"`);
    expect(stdout).toContain(`names of tests must be unique; the other one is at ${file}:50`);
    expect(stdout).toContain(`${more}:3:1: error[P001]: unknown key "routes"`);
  });

  test('are a part of what a running program reads: the load fails with them, and sees one come, change and go', async () => {
    const before = await load();
    expect(before.result).toMatchObject({ outcome: 'loaded', snapshot: { tests: [{ name: 'all read the wiki' }] } });
    const more = await writeTests('more', 'tests:\n  - { name: again, given: { risk: 0 }, accept: [wiki] }\n');
    const with2 = await load();
    expect(with2.result).toMatchObject({
      outcome: 'loaded',
      snapshot: { tests: [{}, { name: 'again', at: { file: more } }] },
    });
    expect(areSameFiles(before.files, with2.files)).toBe(false);
    await writeFile(more, 'tests: [no');
    const broken = await load();
    expect(broken.result).toMatchObject({ outcome: 'refused', problems: [{ at: { file: more } }] });
    await rm(more);
    expect(areSameFiles(before.files, (await load()).files)).toBe(true);
    expect(dirname(more)).toBe(folder.path);
  });
});

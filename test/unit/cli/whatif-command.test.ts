import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeTryoutFolder, type TryoutFolder } from '../../support/tryout-folder.ts';

let folder: TryoutFolder;
let file = '';
beforeAll(async () => {
  folder = await makeTryoutFolder();
  file = await folder.write('postern.yaml', '', (text) =>
    text.replace('        emails: [ada@corp.example]\n        domains: [corp.example]\n', ''),
  );
});
afterAll(() => folder.remove());

const ada = ['--user', 'ada@corp.example', '--groups', 'finance', '--app', 'payroll', '--path', '/reports/1'];
const here = ['--network', 'office', '--risk', '0'];
const whatif = (...args: readonly string[]) => folder.postern(['whatif', '-c', file, ...args]);

describe('postern whatif', () => {
  test('shows a step-up with the rules, what would open it and what the person would see', async () => {
    const { code, stdout } = await whatif(...ada, ...here, '--posture', 'managed-laptop=pass', '--auth', 'password,2h');
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(
      'STEP UP   step_up_required  GET https://payroll.corp.example/reports/1   as ada@corp.example',
    );
    expect(lines.find((line) => line.startsWith('*'))).toMatch(/^\* +payroll\/finance .*hit +hit.* miss +hit/);
    expect(lines.find((line) => line.startsWith('-'))).toMatch(/payroll\/no-contractors .*not matched$/);
    expect(stdout).toContain('To allow: passkey (max_age 15m; last password 2h ago)\n');
    expect(stdout).toContain('The person would see: "');
    expect(stdout).not.toContain('Not given');
  });

  test('names the failing check of a device, and what was not given', async () => {
    const { stdout } = await whatif(...ada, '--posture', 'managed-laptop=fail:disk_encrypted', '--auth', 'passkey,5m');
    expect(stdout).toContain('posture managed-laptop: disk_encrypted = false');
    expect(stdout).toContain('Not given, so not checked: network, risk.');
    expect(stdout).toMatch(/ may +/);
  });

  test('--exit-code answers 1 to a no, and --against shows both files', async () => {
    const other = await folder.write('other.yaml', '', (text) => text.replace('groups: [finance]', 'groups: [sales]'));
    expect((await whatif(...ada, '--exit-code')).code).toBe(1);
    expect((await whatif('--app', 'wiki', '--risk', '0', '--exit-code')).code).toBe(0);
    const { stdout } = await whatif(...ada, ...here, '--against', other, '--format', 'json');
    expect(JSON.parse(stdout).answers.map((answer: { file: string }) => answer.file)).toEqual([file, other]);
  });

  test.each([
    [['--app', 'payrol'], 'There is no app "payrol" in the file. Did you mean "payroll"?'],
    [[], 'Say which app: --app NAME or --url URL.'],
    [['--app', 'wiki', '--posture', 'managed-laptp=pass'], 'Did you mean "managed-laptop"?'],
    [['--app', 'wiki', '--posture', 'managed-laptop'], '--posture takes NAME=pass or NAME=fail:CHECK,CHECK'],
    [['--app', 'wiki', '--network', 'ofice'], 'There is no network "ofice"'],
    [['--app', 'wiki', '--risk', 'much'], '--risk cannot be read'],
    [['--app', 'wiki', '--auth', 'passkey'], '--auth takes METHOD,AGE'],
    [['--url', 'https://nowhere.example/'], 'route_unknown'],
  ])('%j cannot be, and says why', async (args, expected) => {
    const { code, stdout, stderr } = await whatif(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(expected);
  });
});

describe('postern can', () => {
  test('says yes or no, and a yes that depends on something unknown is a no', async () => {
    expect(await folder.postern(['can', '-c', file, '--app', 'wiki', '--risk', '0'])).toMatchObject({
      code: 0,
      stdout: 'yes\n',
    });
    expect(await folder.postern(['can', '-c', file, '--app', 'wiki'])).toMatchObject({ code: 1 });
  });
});

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
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

  test('says what of claims, hours and a condition is in the way, and which of them were not given', async () => {
    const keys = `groups: [finance]
        claims: { department: [payroll, legal] }
        hours: { days: [mon], from: "07:00", to: "20:00", zone: Europe/Berlin }
        when: 'claims.level > 2'`;
    const strict = await folder.write('strict.yaml', '', (text) => text.replace('groups: [finance]', () => keys));
    const asked = (...args: readonly string[]) => folder.postern(['whatif', '-c', strict, ...ada, ...here, ...args]);
    const open = await asked();
    expect(open.stdout).toMatch(/Not given, so not checked: device, auth, claim department, claim level, now\./);
    const given = ['--claim', 'department=sales', '--claim', 'level=1', '--now', '2026-01-06T10:00:00+01:00'];
    const closed = await asked(...given);
    expect(closed.stdout).toContain(
      'claim department = payroll or legal; within mon 07:00-20:00 Europe/Berlin; when claims.level > 2',
    );
    expect(closed.stdout).toMatch(/ rule .* claims +hours +when /);
  });

  test.each([
    ['is staged', 'partial', '{ percent: 1, by: user }', 'must act here (bucket 94 of 100; its rollout acts below 1)'],
    [
      'leaves them out',
      'partial',
      '{ percent: 99, by: user, exclude: [ada@corp.example] }',
      'must act here (partial, and no bucket was drawn)',
    ],
    ['is only reported', 'report_only', undefined, 'must be enforced (it is report_only)'],
  ])('names first that a grant %s, and then what it asks', async (_how, mode, rollout, said) => {
    const lines = ['groups: [finance]', `mode: ${mode}`, ...(rollout === undefined ? [] : [`rollout: ${rollout}`])];
    const staged = await folder.write('staged.yaml', '', (text) =>
      text.replace('groups: [finance]', () => lines.join('\n        ')),
    );
    const asked = async (auth: string) =>
      (
        await folder.postern([
          'whatif',
          '-c',
          staged,
          ...ada,
          ...here,
          '--posture',
          'managed-laptop=pass',
          '--auth',
          auth,
        ])
      ).stdout;
    expect(await asked('password,2h')).toContain(`To allow: the grant finance ${said}; passkey (max_age 15m`);
    expect(await asked('passkey,5m')).toContain(`To allow: the grant finance ${said}\n`);
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
    [['--app', 'wiki', '--auth', 'passkey,5m,1'], '--auth takes METHOD or METHOD,AGE'],
    [['--app', 'wiki', '--auth', 'pasky'], 'There is no method "pasky". Did you mean "passkey"?'],
    [['--app', 'wiki', '--auth', 'otp,5x'], '--auth otp,5x: "5x" is not a duration: write '],
    [['--url', 'https://nowhere.example/'], 'route_unknown'],
  ])('%j cannot be, and says why', async (args, expected) => {
    const { code, stdout, stderr } = await whatif(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(expected);
  });
});

/** Everything that payroll asks for, by the flag that says it. */
const whole: readonly (readonly [flag: string, value: string, word: RegExp])[] = [
  ['--groups', 'finance', /the groups \(--groups\)/],
  ['--network', 'office', /the network \(--network or --ip\)/],
  ['--posture', 'managed-laptop=pass', /the posture managed-laptop \(--posture\)/],
  ['--auth', 'passkey,5m', /when which method was proved \(--auth\)/],
  ['--risk', '0', /the risk score \(--risk\)/],
];
const flagsBut = (left: string) => whole.flatMap(([flag, value]) => (flag === left ? [] : [flag, value]));
const payroll = ['--user', 'ada@corp.example', '--app', 'payroll', '--path', '/reports/1'];

describe('what is not given', () => {
  test('is nothing where all is given: the answer is a yes', async () => {
    expect((await whatif(...payroll, ...flagsBut(''))).stdout).toMatch(/^ALLOW {2}GET/);
  });

  test.each(whole)('is no no: without %s the answer depends on it, and says so', async (flag, _value, word) => {
    const { stdout } = await whatif(...payroll, ...flagsBut(flag));
    expect(stdout).toMatch(/^DEPENDS {2}GET/);
    expect(stdout).toMatch(new RegExp(`^Depends on ${word.source}\\. Possible: .*\\bALLOW\\b`, 'm'));
    expect(stdout).not.toContain('would see');
    const answers = await folder.postern(['can', '-c', file, ...payroll, ...flagsBut(flag)]);
    expect(answers.code).toBe(1);
    expect(answers.stdout).toMatch(new RegExp(`^depends on ${word.source}\n$`));
    const json = await whatif(...payroll, ...flagsBut(flag), '--format', 'json', '--exit-code');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout).answers[0]).toMatchObject({ outcome: 'depends', reason: null });
  });

  test('is named by claim and by the time, where rules read those', async () => {
    const keys = `groups: [finance]
        claims: { department: [payroll] }
        hours: { days: [mon], from: "07:00", to: "20:00", zone: Europe/Berlin }`;
    const strict = await folder.write('claims.yaml', '', (text) => text.replace('groups: [finance]', () => keys));
    const { stdout } = await folder.postern(['can', '-c', strict, ...payroll, ...flagsBut('')]);
    expect(stdout).toBe('depends on the claim department (--claim), the time (--now)\n');
  });

  test('leaves a no a no where something that is given is in the way', async () => {
    const { stdout } = await whatif('--app', 'payroll', '--path', '/elsewhere', '--groups', 'finance');
    expect(stdout).toMatch(/^DENY {3}path_not_granted/);
  });

  test('of a risk score: what it may come to is told from every level', async () => {
    const late = flagsBut('--risk').map((value) => (value === 'passkey,5m' ? 'passkey,2h' : value));
    const { stdout } = await whatif(...payroll, ...late);
    expect(stdout).toContain('Possible: STEP UP, DENY risk_too_high.');
  });
});

describe('postern can', () => {
  test('says yes, and why not', async () => {
    expect(await folder.postern(['can', '-c', file, '--app', 'wiki', '--risk', '0'])).toMatchObject({
      code: 0,
      stdout: 'yes\n',
    });
    const no = await folder.postern(['can', '-c', file, '--app', 'wiki', '--risk', '99']);
    expect(no).toMatchObject({ code: 1, stdout: 'no   risk_too_high\n' });
  });

  test.each(['password', 'otp', 'passkey', 'registered_browser'])(
    '%s can be said, with an age and without',
    async (method) => {
      const browser = await folder.write(`${method}.yaml`, '', (text) =>
        text
          .replace('methods: [passkey], max_age: 15m', `methods: [${method}], max_age: 15m`)
          .replace('factors: {', 'factors: { password: { amr: [[pwd]] },'),
      );
      const asked = (auth: string) =>
        folder.postern(['can', '-c', browser, ...payroll, ...flagsBut('--auth'), '--auth', auth]);
      expect((await asked(method)).stdout).toBe('yes\n');
      expect((await asked(`${method},14m`)).stdout).toBe('yes\n');
      expect((await asked(`${method},16m`)).code).toBe(1);
    },
  );
});

describe('postern whatif --save-test', () => {
  test('keeps question and answer as a test that passes, and what is not given stays not given', async () => {
    const own = await folder.write(
      'saved.yaml',
      '\ntests:\n  - { name: all read the wiki, given: { risk: 0 }, accept: [wiki] } # Ours.\n',
    );
    const before = await readFile(own, 'utf8');
    const args = ['whatif', '-c', own, '--groups', 'contractors', '--app', 'payroll', '--save-test'];
    const { code, stderr } = await folder.postern(args);
    expect(stderr).toBe(
      `saved the test "contractors: payroll is denied: explicit_deny" at ${own}:${before.split('\n').length}\n`,
    );
    expect(code).toBe(0);
    expect(await readFile(own, 'utf8')).toBe(
      `${before}  - name: "contractors: payroll is denied: explicit_deny"\n    given: { groups: [contractors] }\n    deny: { payroll: explicit_deny }\n`,
    );
    expect((await folder.postern(['test', own])).stdout).toContain('2 passed.');
    await folder.postern(args);
    expect(await readFile(own, 'utf8')).toContain('explicit_deny (2)"');
  });

  test('keeps it in a file of tests beside the configuration, made where there is none', async () => {
    const own = await folder.write('beside.yaml', '');
    const tests = join(folder.path, 'beside.postern-test.yaml');
    const args = ['whatif', '-c', own, '--app', 'wiki', '--risk', '0', '--save-test', tests];
    expect(await folder.postern(args)).toMatchObject({
      code: 0,
      stderr: `saved the test "somebody: wiki opens" at ${tests}:2\n`,
    });
    expect(await readFile(tests, 'utf8')).toBe(
      'tests:\n  - name: "somebody: wiki opens"\n    given: { risk: 0 }\n    accept: [wiki]\n',
    );
    const elsewhere = await folder.postern([...args.slice(0, -1), join(folder.path, 'more.yaml')]);
    expect(elsewhere).toMatchObject({ code: 2 });
    expect(elsewhere.stderr).toContain('wiki.postern-test.yaml');
    await rm(tests);
  });

  test('keeps nothing that hangs on what was not given', async () => {
    const own = await folder.write('open.yaml', '');
    const before = await readFile(own, 'utf8');
    const { code, stderr } = await folder.postern(['whatif', '-c', own, '--app', 'wiki', '--save-test']);
    expect([code, stderr]).toEqual([1, 'Not saved: the answer depends on risk: give that too.\n']);
    expect(await readFile(own, 'utf8')).toBe(before);
  });
});

test('whatif --format github remarks at the rule that decided', async () => {
  const { stdout } = await whatif('--groups', 'contractors', '--app', 'payroll', '--format', 'github');
  expect(stdout).toMatch(
    /^::warning file=.*postern.yaml,line=\d+,col=\d+,title=DENY explicit_deny%3A GET https%3A\/\/payroll/,
  );
});

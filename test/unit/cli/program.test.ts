import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Command } from 'commander';
import { commandGroups } from '../../../src/cli/command-groups.ts';
import type { AuditReport, CliContext } from '../../../src/cli/commands.ts';
import { jsonSchemaText } from '../../../src/config/json-schema.ts';
import { runCommandLine } from '../../support/command-line.ts';
import { baseConfiguration, writeBaseFiles } from '../../support/config-files.ts';

let folder = '';
let valid = '';
let broken = '';
let env: CliContext['ports']['env'] = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-cli-'));
  valid = join(folder, 'valid.yaml');
  broken = join(folder, 'broken.yaml');
  env = await writeBaseFiles(folder);
  await writeFile(valid, baseConfiguration);
  await writeFile(
    broken,
    baseConfiguration.replace('groups: [finance]', 'goups: [finance]').replace('max_age: 24h', 'max_age: 24 hours'),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const postern = (args: readonly string[], commands: Partial<CliContext['commands']> = {}, color = false) =>
  runCommandLine(args, { env, commands, color });

test.each([
  ['before the command', (args: readonly string[]) => ['--no-color', ...args]],
  ['behind it', (args: readonly string[]) => [...args, '--no-color']],
])('--no-color %s prints plain text where colours would be', async (_where, place) => {
  const plain = await postern(['validate', valid], {}, true);
  expect(plain.stdout.startsWith('\u001b[32m')).toBe(true);
  expect((await postern(place(['validate', valid]), {}, true)).stdout).toMatch(/^ok {3}/);
});

test('the help lists the commands by what they are for', async () => {
  const { stdout } = await postern(['--help']);
  const under = (heading: string) => {
    const [listed = ''] = stdout.split(`\n${heading}\n`)[1]?.split('\n\n') ?? [];
    return [...listed.matchAll(/^ {2}([\w-]+)/gm)].map(([, name]) => name);
  };
  expect(under('Ask what would be decided:')).toEqual(['whatif', 'can', 'diff', 'simulate']);
  expect(under('See what was decided:')).toContain('tail');
  // What stands here found no better place.
  expect(under('Help:')).toEqual(['version', 'completion', 'help']);
});

test('postern help COMMAND tells its exit codes and an example, too', async () => {
  const { code, stdout } = await postern(['help', 'explain']);
  expect(code).toBe(0);
  expect(stdout).toContain('Exit codes: 0 explained');
  expect(stdout).toContain('postern explain dec_01JX3V8K --rerun');
});

describe('postern validate', () => {
  test('says ok and what there is, on stdout', async () => {
    expect(await postern(['validate', valid])).toEqual({
      code: 0,
      stdout: `ok   ${valid}   2 routes, 3 rules, 1 posture\n`,
      stderr: '',
    });
  });

  test('prints every problem on stdout, the verdict on stderr, and answers 1', async () => {
    const { code, stdout, stderr } = await postern(['validate', broken]);
    expect(code).toBe(1);
    expect(stdout).toBe(
      [
        `${broken}:19:14: error[P012]: "24 hours" is not a duration`,
        '   19 |     max_age: 24 hours',
        '      |              ^^^^^^^^ help: write 24h (units: s, m, h, d)',
        `${broken}:31:9: error[P001]: unknown key "goups" in an allow rule`,
        '   31 |         goups: [finance]',
        '      |         ^^^^^ help: did you mean "groups"?',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('2 errors. Nothing was loaded. More: postern help P012\n');
  });

  test('checks several files; the worst answer counts', async () => {
    const { code, stdout } = await postern(['check', valid, broken, join(folder, 'absent.yaml')]);
    expect(code).toBe(3);
    expect(stdout).toContain(`ok   ${valid}`);
    expect(stdout).toContain('error[P006]: the configuration cannot be read: there is no such file');
  });

  test('prints JSON for programs', async () => {
    const { code, stdout, stderr } = await postern(['validate', '--format', 'json', valid, broken]);
    const { files } = JSON.parse(stdout) as {
      files: { file: string; valid: boolean; hash?: string; problems: object[] }[];
    };
    expect([code, stderr]).toEqual([1, '']);
    expect(files.map((file) => [file.valid, file.hash?.length, file.problems.length])).toEqual([
      [true, 64, 0],
      [false, undefined, 2],
    ]);
    expect(files[1]?.problems[0]).toEqual({
      code: 'P012',
      severity: 'error',
      file: broken,
      line: 19,
      column: 14,
      message: '"24 hours" is not a duration',
      help: 'write 24h (units: s, m, h, d)',
    });
  });

  test('prints workflow commands for GitHub', async () => {
    const { stdout } = await postern(['validate', '--format', 'github', broken]);
    expect(stdout.split('\n')[1]).toBe(
      `::error file=${broken},line=31,col=9,title=P001::unknown key "goups" in an allow rule (did you mean "groups"?)`,
    );
  });

  test('shows at most 50 problems and says how many more there are', async () => {
    const file = join(folder, 'many.yaml');
    await writeFile(file, baseConfiguration + Array.from({ length: 60 }, (_, index) => `x${index}: 1\n`).join(''));
    const { stdout, stderr } = await postern(['validate', file]);
    expect(stdout.match(/error\[P001]/g)).toHaveLength(50);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('… and 10 more');
    expect(stderr).toContain('60 errors');
  });

  test('a warning is one line after the ok', async () => {
    const file = join(folder, 'warned.yaml');
    await writeFile(file, baseConfiguration.replace('127.0.0.1:9443', '0.0.0.0:9443'));
    const { code, stdout } = await postern(['validate', file]);
    expect([code, stdout.split('\n')[1]]).toEqual([
      0,
      `warn ${file}:7:18: the admin listener can be reached from other machines; write 127.0.0.1 and reach it through a tunnel  [P106]`,
    ]);
  });
});

describe('postern run', () => {
  test('hands the checked configuration over and answers what serving answers', async () => {
    const seen: string[] = [];
    const { code } = await postern(['run', '-c', valid], {
      run: async ({ file }) => {
        seen.push(file);
        return 7;
      },
    });
    expect([code, seen]).toEqual([7, [valid]]);
  });

  test('starts nothing with a file that has errors', async () => {
    const run = async () => {
      throw new Error('It was started.');
    };
    expect(await postern(['run', '-c', broken], { run })).toMatchObject({ code: 1, stdout: '' });
    expect(await postern(['run', '-c', join(folder, 'absent.yaml')], { run })).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('postern audit verify', () => {
  const report: AuditReport = {
    isIntact: false,
    breaks: [{ file: 'a.jsonl', line: 7, problem: 'hash_mismatch', detail: 'The line was changed.' }],
    files: 2,
    events: 30,
    notes: ['No key was given.'],
  };

  test('names each break with file and line and answers 1', async () => {
    const asked: unknown[] = [];
    const verifyAudit = async (...args: readonly unknown[]) => {
      asked.push(args);
      return report;
    };
    expect(await postern(['audit', 'verify', 'audit/'], { verifyAudit })).toEqual({
      code: 1,
      stdout: 'a.jsonl:7: hash_mismatch: The line was changed.\nBROKEN audit/   30 events in 2 files\n',
      stderr: 'No key was given.\n',
    });
    expect(asked).toEqual([['audit/', undefined, { keyIds: [], heads: [] }]]);
  });

  test('with a configuration it is handed over too', async () => {
    const verifyAudit: CliContext['commands']['verifyAudit'] = async (_, configuration) => ({
      ...report,
      isIntact: true,
      breaks: [],
      notes: [configuration?.file ?? ''],
    });
    expect(await postern(['audit', 'verify', 'audit/', '-c', valid], { verifyAudit })).toMatchObject({
      code: 0,
      stderr: `${valid}\n`,
    });
  });

  test('a folder without a trail is not called intact', async () => {
    const verifyAudit = async () => ({ ...report, isIntact: true, breaks: [], files: 0, events: 0 });
    expect(await postern(['audit', 'verify', 'elsewhere'], { verifyAudit })).toEqual({
      code: 3,
      stdout: '',
      stderr: 'There is no audit trail in elsewhere: nothing was checked. Name the folder that audit.path says.\n',
    });
  });

  test('a folder that is not there is a 3', async () => {
    const verifyAudit = async () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOENT' }));
    expect(await postern(['audit', 'verify', 'nowhere'], { verifyAudit })).toEqual({
      code: 3,
      stdout: '',
      stderr: 'The audit folder nowhere cannot be checked: there is no such file.\n',
    });
  });
});

describe('the other commands', () => {
  test('schema prints the JSON Schema and nothing else', async () => {
    expect(await postern(['schema'])).toEqual({ code: 0, stdout: jsonSchemaText(), stderr: '' });
  });

  test('version prints the version', async () => {
    expect(await postern(['version'])).toEqual({ code: 0, stdout: 'postern 1.2.3 (node v24.0.0)\n', stderr: '' });
    expect((await postern(['--version'])).stdout).toBe('1.2.3\n');
  });

  test.each([
    [['help', 'P024'], /^P024 {2}Word of the other effect/],
    [['help', 'p024'], /^P024/],
    [['help', 'codes'], /P001 {2}Unknown key\nP002/],
    [['help', 'exit-codes'], /could not run/],
    [['help', 'validate'], /Usage: postern validate/],
    [['help', 'state', 'rekey'], /Usage: postern state rekey/],
    [['help'], /^Run it:$/m],
    [['validate', '--help'], /Exit codes: 0 valid/],
  ])('%j explains', async (args, expected) => {
    const { code, stdout, stderr } = await postern(args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(expected);
  });

  test.each([
    [['validat'], /Did you mean validate/],
    [['validate', '--format', 'xml'], /Allowed choices are text, json, github/],
    [['run', '--port', '80'], /unknown option '--port'/],
    [['audit'], /verify/],
    [['audit', 'verify'], /missing required argument/],
    [['help', 'validat'], /Did you mean validate\?/],
    [['help', 'state', 'reky'], /no help about "state reky"/],
    [['version', 'extra'], /too many arguments/],
    [[], /Usage: postern/],
  ])('%j is wrong usage: 2, said on stderr', async (args, expected) => {
    const { code, stdout, stderr } = await postern(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(expected);
  });
});

describe('postern diff', () => {
  const write = async (name: string, text: string) => {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  };

  test('says nothing and answers 0 when two files mean the same', async () => {
    const other = await write('same.yaml', `# a comment\n${baseConfiguration}`);
    expect(await postern(['diff', valid, other])).toMatchObject({ code: 0, stdout: '' });
  });

  test('names what differs on stdout, a line each, and answers 1', async () => {
    const other = await write('other.yaml', baseConfiguration.replace('max_age: 15m', 'max_age: 5m'));
    expect(await postern(['diff', valid, other])).toMatchObject({
      code: 1,
      stdout: '~ payroll/finance  auth.max_age 15m -> 5m\n',
    });
    const github = await postern(['diff', valid, other, '--format', 'github']);
    expect(github.stdout).toBe(`::notice file=${other},line=30,col=9::~ payroll/finance  auth.max_age 15m -> 5m\n`);
    const json = await postern(['diff', valid, other, '--format', 'json']);
    expect(JSON.parse(json.stdout).changes).toMatchObject([
      { kind: 'changed', name: 'payroll/finance', route: 'payroll' },
    ]);
  });

  test('answers 3 when a file has errors, and when no server answers for --people', async () => {
    expect((await postern(['diff', valid, broken])).code).toBe(3);
    const { code, stderr } = await postern(['diff', '--people', '--admin', 'http://127.0.0.1:1', valid, valid]);
    expect(code).toBe(3);
    expect(stderr).toContain('No server answers at http://127.0.0.1:1');
  });
});

test('every group of commands names exactly the commands that it adds, so that none is looked for in vain', async () => {
  for (const group of commandGroups) {
    const program = new Command('postern');
    const add = await group.load();
    add(
      (parent, name) => parent.command(name),
      program,
      {} as CliContext,
      () => undefined,
    );
    const added = program.commands.flatMap((command) => [command.name(), ...command.aliases()]);
    expect([...group.names].sort()).toEqual(added.sort());
  }
});

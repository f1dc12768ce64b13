import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type DiffOptions, diffFiles } from '../../../src/cli/diff-command.ts';
import { type SimulateOptions, simulate } from '../../../src/cli/simulate-command.ts';
import type { Facts } from '../../../src/decision/facts.ts';
import { commandContext } from '../../support/command-line.ts';
import { writeBaseFiles } from '../../support/config-files.ts';
import { compileText, knownPerson, peopleNowMs, peopleYaml, routeYaml } from '../../support/people-snapshots.ts';
import { recordedUnder, writeTrail } from '../../support/people-trail.ts';

const grant = '    allow: [{ id: finance, groups: [finance], auth: { methods: [passkey], max_age: 15m } }]';
const list = 'break_glass: [root-1@corp.example]';
const day = 86_400_000;
let folder = '';
let env: Readonly<Record<string, string | undefined>> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-simulate-'));
  env = await writeBaseFiles(folder);
  const text = peopleYaml(routeYaml('payroll', grant), list);
  await writeFile(join(folder, 'postern.yaml'), text);
  const snapshot = await compileText(text);
  const facts = (who: string, groups: readonly string[], ageMs: number, agoMs: number): Facts => {
    const nowMs = peopleNowMs - agoMs;
    return {
      request: { method: 'GET', path: '/', address: '203.0.113.7', nowMs },
      person: { ...knownPerson(who, groups).person, sessionId: `ses_${who}` },
      authentication: { provedAtMs: { passkey: nowMs - ageMs } },
      device: undefined,
      risk: { source: 'session', asOfMs: nowMs, score: 0, points: [] },
    };
  };
  const events = [
    facts('old', ['finance'], 10 * 60_000, 30 * day),
    ...Array.from({ length: 20 }, () => facts('ada', ['finance'], 10 * 60_000, 3 * day)),
    ...Array.from({ length: 5 }, () => facts('noor', ['finance', 'contractors'], 60_000, day)),
    facts('root-1', ['finance'], 60_000, day),
    facts('lin', [], 60_000, day),
  ].map((one) => recordedUnder(snapshot, 'payroll.corp.example', one));
  writeTrail(join(folder, 'audit'), events, 'no line of the trail\n{"hash":"half');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a command prints, and where. */
function stage() {
  const { context, written } = commandContext({ env, now: () => peopleNowMs });
  const said = () => ({ ...written, stdout: written.stdout.replaceAll(folder, '') });
  return { context, said };
}

async function run(options: Partial<SimulateOptions>, next?: string) {
  const { context, said } = stage();
  if (next !== undefined) await writeFile(join(folder, 'new.yaml'), next);
  const code = await simulate(
    {
      since: '7d',
      running: join(folder, 'postern.yaml'),
      format: 'text',
      ...(next === undefined ? {} : { config: join(folder, 'new.yaml') }),
      ...options,
    },
    context,
  );
  return { code, ...said() };
}

const stricter = peopleYaml(
  routeYaml('payroll', `${grant.replace('15m', '5m')}\n    deny: [{ id: no-contractors, groups: [contractors] }]`),
  list,
);

describe('postern simulate', () => {
  test('prints only differences, by cause and with the people, and answers 1', async () => {
    const { code, stdout } = await run({}, stricter);
    expect(code).toBe(1);
    expect(stdout.replace(/(?<= )[0-9a-f]{4}(?= )/g, 'HASH')).toBe(
      [
        'Replayed 27 decisions (7d) under running HASH and /new.yaml HASH in 0.0 s',
        '  newly denied    5   1 person   payroll/no-contractors: added deny rule   noor@corp.example',
        '  newly allowed   0',
        '  newly step-up  20   1 person   payroll/finance: auth.max_age 15m -> 5m   ada@corp.example',
        '  not comparable  1   the line is not readable; postern audit verify says more',
        'Nobody in break_glass is affected.',
        '',
      ].join('\n'),
    );
  });

  test('replays decisions whose lines only point to their facts', async () => {
    const [name = ''] = await readdir(join(folder, 'audit'));
    const lines = (await readFile(join(folder, 'audit', name), 'utf8')).split('\n');
    expect(lines.filter((line) => line.includes('"facts_ref"')).length).toBeGreaterThan(20);
    const [held] = lines.filter((line) => line.includes('"facts_id"') && line.includes('ada@corp.example'));
    const without = join(folder, 'without');
    await mkdir(without);
    await writeFile(join(without, name), lines.filter((line) => line !== held).join('\n'));
    const { stdout } = await run({ audit: without, running: undefined }, stricter);
    expect(stdout).toContain('Replayed 7 decisions (7d)');
    expect(stdout).toMatch(/not comparable +20 +the line is not readable; postern audit verify says more/);
  });

  test('answers 0 when nothing differs, and reaches back as far as it is told', async () => {
    const { code, stdout } = await run({ since: '60d' });
    expect(code).toBe(0);
    expect(stdout).toContain('Replayed 28 decisions (60d) under what was recorded');
  });

  test('names those of break_glass who are affected', async () => {
    const closed = peopleYaml(routeYaml('payroll', '    allow: [{ id: hr, groups: [hr] }]'), list);
    expect((await run({}, closed)).stdout).toContain('In break_glass and affected: root-1@corp.example\n');
  });

  test('works from the folder alone, against what was recorded', async () => {
    const { stdout } = await run({ running: undefined, audit: join(folder, 'audit') }, stricter);
    expect(stdout).toContain('under what was recorded and /new.yaml');
    expect(stdout).toMatch(/newly denied +5 .*noor@corp\.example/);
  });

  test('gives all of it as JSON', async () => {
    const report = JSON.parse((await run({ format: 'json' }, stricter)).stdout);
    expect(report).toMatchObject({ replayed: 27, break_glass_affected: [] });
    expect(report.differences).toMatchObject([
      { change: 'newly_step_up', route: 'payroll', rule: 'finance', decisions: 20, people: ['ada@corp.example'] },
      { change: 'newly_denied', route: 'payroll', rule: 'no-contractors', decisions: 5, people: ['noor@corp.example'] },
    ]);
  });

  test('answers 2 for a span that is none, and 3 for a folder that is not there', async () => {
    expect(await run({ since: 'a week' })).toMatchObject({ code: 2 });
    expect((await run({ audit: join(folder, 'nowhere') })).code).toBe(3);
    expect((await run({ running: join(folder, 'absent.yaml') })).code).toBe(3);
  });
});

describe('postern diff --trail', () => {
  async function diff(options: Partial<DiffOptions>, next: string) {
    const { context, said } = stage();
    await writeFile(join(folder, 'new.yaml'), next);
    const files = [join(folder, 'postern.yaml'), join(folder, 'new.yaml')] as const;
    const code = await diffFiles(...files, { format: 'text', people: false, ...options }, context);
    return { code, ...said() };
  }

  test('shows whose recorded requests are answered otherwise, beside what the rules say', async () => {
    const { code, stdout } = await diff({ trail: '7d' }, stricter);
    expect(code).toBe(1);
    expect(stdout).toContain('+ payroll/no-contractors  deny: groups [contractors]\n');
    expect(stdout).toContain('of 27 recorded decisions:\n  newly denied    5   1 person   payroll/no-contractors');
    const json = JSON.parse((await diff({ trail: '7d', format: 'json' }, stricter)).stdout);
    expect(json.trail).toMatchObject({ replayed: 27, differences: [{ decisions: 20 }, { decisions: 5 }] });
    expect((await diff({ trail: '7d', format: 'github' }, stricter)).stdout).toContain(
      '::notice file=/new.yaml,line=1',
    );
  });

  test('a trail that cannot be read is no trail without differences', async () => {
    const { code, stderr } = await diff({ trail: '7d', audit: join(folder, 'nowhere') }, stricter);
    expect([code, stderr]).toEqual([3, expect.stringContaining('cannot be read')]);
    expect(await diff({ trail: 'a while' }, stricter)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--trail "a while" is not a duration'),
    });
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DecisionEvent } from '../../../src/audit/audit-event.ts';
import type { DecisionId } from '../../../src/decision/decision-id.ts';
import type { Facts } from '../../../src/decision/facts.ts';
import { runCommandLine } from '../../support/command-line.ts';
import { writeBaseFiles } from '../../support/config-files.ts';
import { compileText, knownPerson, peopleNowMs, peopleYaml, routeYaml } from '../../support/people-snapshots.ts';
import { recordedUnder, writeTrail } from '../../support/people-trail.ts';

const grant =
  '    allow: [{ id: finance, groups: [finance], device: managed-laptop, auth: { methods: [passkey], max_age: 15m } }]';
const list = 'break_glass: [root-1@corp.example]';
const text = peopleYaml(routeYaml('payroll', grant), list);
const minute = 60_000;
const grantLine = text.split('\n').findIndex((line) => line.includes('id: finance')) + 1;
let folder = '';
let env: Readonly<Record<string, string | undefined>> = {};
let denied: DecisionEvent;
let steppedUp: DecisionEvent;
let allowed: DecisionEvent;
let older: DecisionEvent;
let again: DecisionEvent;

function factsOf(isEncrypted: boolean, method: 'password' | 'passkey', agoMs: number): Facts {
  const nowMs = peopleNowMs - agoMs;
  const result = isEncrypted ? 'pass' : 'fail';
  const check = { check: 'disk_encrypted', result, value: isEncrypted, source: 'agent', asOfMs: nowMs - 4 * minute };
  return {
    request: { method: 'GET', path: '/reports', address: '203.0.113.7', nowMs },
    person: { ...knownPerson('ada', ['finance']).person, sessionId: 'ses_ada' },
    authentication: { provedAtMs: { [method]: nowMs - 5 * minute } },
    device: {
      source: 'connection',
      asOfMs: nowMs,
      deviceId: 'ada-laptop',
      postures: { 'managed-laptop': { posture: 'managed-laptop', result, checks: [check] } } as never,
    },
    risk: {
      source: 'session',
      asOfMs: nowMs,
      score: 15,
      points: [{ signal: 'new_network', points: 15, sinceMs: nowMs - minute, detail: 'first request from here' }],
    },
  };
}

beforeAll(async () => {
  process.env['TZ'] = 'UTC';
  folder = await mkdtemp(join(tmpdir(), 'postern-explain-'));
  env = await writeBaseFiles(folder);
  await writeFile(join(folder, 'postern.yaml'), text);
  const snapshot = await compileText(text);
  const record = (facts: Facts, status: number, id: string): DecisionEvent => ({
    ...recordedUnder(snapshot, 'payroll.corp.example', facts),
    status,
    client: 'document',
    decisionId: id as DecisionId,
  });
  denied = record(factsOf(false, 'passkey', 3 * minute), 403, 'dec_01KE6P01T00000000000000001');
  steppedUp = record(factsOf(true, 'password', 2 * minute), 302, 'dec_01KE6P1WC00000000000000002');
  allowed = record(factsOf(true, 'passkey', minute), 200, 'dec_01KE6P1WC00000000000000003');
  const at = (event: DecisionEvent): DecisionEvent => ({ ...event, decisionId: idAt(event) });
  [denied, steppedUp, allowed] = [at(denied), at(steppedUp), at(allowed)];
  older = {
    ...allowed,
    atMs: allowed.atMs - 86_400_000,
    decisionId: 'dec_01KE3PPW80000000000000000A' as DecisionId,
  };
  again = { ...older, atMs: older.atMs + minute, decisionId: 'dec_01KE3PRQ60000000000000000B' as DecisionId };
  writeTrail(join(folder, 'audit'), [older, again]);
  writeTrail(join(folder, 'audit'), [denied, steppedUp, allowed], 'not a line of the trail\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The id that a generator would have given it, with the last character kept. */
function idAt({ atMs, decisionId }: DecisionEvent): DecisionId {
  let time = '';
  for (let left = atMs, digit = 0; digit < 10; digit += 1) {
    time = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.charAt(left % 32) + time;
    left = Math.floor(left / 32);
  }
  return `dec_${time}${decisionId.slice(-16)}` as DecisionId;
}

async function explain(...args: readonly string[]) {
  const where = args.includes('-c') ? [] : ['-c', join(folder, 'postern.yaml')];
  const answer = await runCommandLine(['explain', ...args, '--audit', join(folder, 'audit'), ...where], {
    env,
    now: () => peopleNowMs,
  });
  return { ...answer, stdout: answer.stdout.replaceAll(`${folder}/`, '') };
}

describe('postern explain', () => {
  test('tells a denial: the rules, the fact that failed with its source and age, what would open it, what was shown', async () => {
    const { code, stdout } = await explain(denied.decisionId);
    expect(code).toBe(0);
    const [head, request, , rule, ...rest] = stdout.split('\n');
    expect(head).toBe(
      `DENY  device_not_compliant   2026-01-05 08:57:00 +00:00   payroll   ada@corp.example   config ${denied.config.slice(0, 4)} (as postern.yaml is)`,
    );
    expect(request).toBe(
      `GET payroll.corp.example/reports   from 203.0.113.7   document, status 403   ${denied.decisionId}`,
    );
    expect(rule?.split(/ {2,}/).slice(0, 3)).toEqual(['*', 'payroll/finance', `postern.yaml:${grantLine}`]);
    expect(rest.join('\n')).toBe(
      `     payroll/finance  device  posture managed-laptop: disk_encrypted = false (agent, reported 08:53, 4 min before)
To allow: posture managed-laptop: disk_encrypted = false
The person was shown: "You can’t open payroll yet"
`,
    );
  });

  test('tells a step-up and a yes by what they stood on', async () => {
    const asked = await explain(steppedUp.decisionId);
    expect(asked.stdout).toMatch(/^STEP UP {2}step_up_required/);
    expect(asked.stdout).toContain('auth  proved: password 08:53, 5 min before\n');
    expect(asked.stdout).toContain(
      'To allow: passkey (max_age 15m; last password 5m ago)\nThe person was asked for that proof.\n',
    );
    const passed = await explain(allowed.decisionId);
    expect(passed.stdout).toMatch(/^ALLOW {2}granted/);
    expect(passed.stdout).toContain('groups  groups finance (idp:corp, 08:59, ');
    expect(passed.stdout).not.toContain('To allow');
  });

  test('tells a yes whose line only points to its facts as it tells the one that holds them', async () => {
    const holding = await explain(older.decisionId);
    const pointing = await explain(again.decisionId);
    expect(pointing.code).toBe(0);
    expect(pointing.stdout).toContain('groups  groups finance (idp:corp, 08:59, ');
    const [, , ...facts] = holding.stdout.split('\n');
    expect(pointing.stdout.split('\n').slice(2)).toEqual(facts);
    const raw = await Promise.all(
      (await readdir(join(folder, 'audit'))).map((name) => readFile(join(folder, 'audit', name), 'utf8')),
    );
    expect(raw.join('').split('"facts_ref"')).toHaveLength(2);
  });

  test('the beginning of an id will do, in any case; several are named, with what tells them apart', async () => {
    const short = denied.decisionId.slice(0, 12);
    const one = await explain(short.toLowerCase());
    expect(one.stdout).toContain(denied.decisionId);
    const { code, stdout, stderr } = await explain(steppedUp.decisionId.slice(0, 10));
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('2 decision ids begin so. Write more of the one that is meant:\n');
    expect(stderr).toContain(
      `${steppedUp.decisionId}  2026-01-05T08:58:00.000Z  payroll  step_up  step_up_required  ada@corp.example`,
    );
  });

  test('says where rules are now, and which are gone', async () => {
    const file = join(folder, 'moved.yaml');
    await writeFile(file, `# One line more.\n${text}`);
    expect((await explain(denied.decisionId, '-c', file)).stdout).toContain(
      `postern.yaml:${grantLine}  moved.yaml:${grantLine + 1}`,
    );
    await writeFile(file, text.replace('id: finance', 'id: money'));
    const gone = await explain(denied.decisionId, '-c', file);
    expect(gone.stdout).toContain(`postern.yaml:${grantLine}  rule is gone`);
    expect(gone.stdout).toMatch(/\(moved.yaml is [0-9a-f]{4}\)/);
    const described = JSON.parse((await explain(denied.decisionId, '-c', file, '--format', 'json')).stdout);
    expect(described.rules).toMatchObject([{ rule: 'finance', line: grantLine, now: null }]);
  });

  test('--rerun decides the recorded facts with the file of today, and --exit-code tells when that differs', async () => {
    const file = join(folder, 'today.yaml');
    await writeFile(file, text.replace('device: managed-laptop, ', ''));
    const { code, stdout } = await explain(denied.decisionId, '-c', file, '--rerun', '--exit-code');
    expect(code).toBe(1);
    expect(stdout).toMatch(/\nUnder today\.yaml [0-9a-f]{4}: ALLOW {2}granted {3}it was DENY device_not_compliant\n/);
    expect(stdout).toContain('Risk counts as it was scored then.\n');
    const same = await explain(denied.decisionId, '--rerun', '--exit-code');
    expect(same.code).toBe(0);
    expect(same.stdout).toContain(': DENY  device_not_compliant   the same answer\n');
    await writeFile(file, text.replaceAll('payroll', 'salaries'));
    const gone = await explain(denied.decisionId, '-c', file, '--rerun', '--format', 'json');
    expect(JSON.parse(gone.stdout).rerun).toMatchObject({ not_comparable: 'the route is gone' });
  });

  test('--exit-code answers 1 to what was not allowed', async () => {
    expect((await explain(denied.decisionId, '--exit-code')).code).toBe(1);
    expect((await explain(allowed.decisionId, '--exit-code')).code).toBe(0);
  });

  test('a file with errors costs only what is known of today; the record is told all the same', async () => {
    const file = join(folder, 'broken.yaml');
    await writeFile(file, 'version: 2\n');
    const { code, stdout, stderr } = await explain(denied.decisionId, '-c', file);
    expect(code).toBe(0);
    expect(stderr).toBe(`${file} has errors: where the rules are now is not told.\n`);
    expect(stdout).toContain('To allow: posture managed-laptop: disk_encrypted = false');
    expect((await explain(denied.decisionId, '-c', file, '--rerun')).code).toBe(1);
  });

  test.each([
    ['dec_123', 2, 'A decision id is dec_ and 26 letters and digits'],
    ['latest', 2, 'A decision id is dec_ and 26 letters and digits'],
    ['dec_01KE6P4YM0AAAAAAAAAAAAAAAA', 3, 'it is older than audit.retain keeps, or another node wrote it'],
  ])('%s leads nowhere, and the answer says where to look', async (id, expected, words) => {
    const { code, stdout, stderr } = await explain(id);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toContain(words);
  });

  test('a line that was changed after it was written is not believed', async () => {
    const forged = join(folder, 'forged');
    writeTrail(forged, [denied]);
    const [name = ''] = await readdir(forged);
    const line = await readFile(join(forged, name), 'utf8');
    await writeFile(join(forged, name), line.replace('"outcome":"deny"', '"outcome":"allow"'));
    const { code, stderr } = await runCommandLine(
      ['explain', denied.decisionId, '--audit', forged, '-c', join(folder, 'postern.yaml')],
      { env },
    );
    expect(code).toBe(3);
    expect(stderr).toContain('it was changed after it was written');
  });

  test('--offline finds the folder by the file; without a server the way to the files is named', async () => {
    const file = join(folder, 'postern.yaml');
    await writeFile(join(folder, 'with-audit.yaml'), `${text}audit: { path: audit }\n`);
    const offline = await runCommandLine(
      ['explain', denied.decisionId, '--offline', '-c', join(folder, 'with-audit.yaml')],
      { env },
    );
    expect(offline.stdout).toMatch(/^DENY/);
    const nobody = await runCommandLine(['explain', denied.decisionId, '-c', file, '--admin', 'http://127.0.0.1:1'], {
      env,
    });
    expect(nobody.code).toBe(3);
    expect(nobody.stderr).toContain('The files can be read without a server: --offline, or --audit FOLDER');
  });
});

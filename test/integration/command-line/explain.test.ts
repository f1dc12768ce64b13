import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCommandLine } from '../../support/command-line.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
let denied = '';
beforeAll(async () => {
  world = await startWorld();
  const page = await world.signIn(world.browser(), world.url('payroll'), 'lin');
  expect(page.status).toBe(403);
  denied = String(page.headers['postern-decision-id']);
});
afterAll(() => world?.close());

async function explain(...args: readonly string[]) {
  const admin = world.adminUrl('').replace(/\/$/, '');
  return runCommandLine(['explain', ...args, '-c', world.file, '--admin', admin], {
    env: { ADMIN_TOKEN: world.adminToken },
    now: Date.now,
  });
}

test('a decision is explained by the running server, which says whether its configuration still runs', async () => {
  const before = await explain(denied);
  expect(before.code).toBe(0);
  expect(before.stdout).toMatch(
    /^DENY {2}not_in_required_group {3}.* {3}payroll {3}lin@corp\.example {3}config [0-9a-f]{4} \(still running\)\n/,
  );
  expect(before.stdout).toMatch(/payroll\/finance +groups +groups engineering \(idp:corp, /);
  writeFileSync(world.file, `# A line more.\n${world.text}`);
  expect(await world.program.reload({ trigger: 'signal' })).toMatchObject({ outcome: 'applied' });
  const after = await explain(denied.slice(0, 20));
  expect(after.stdout).toMatch(/config [0-9a-f]{4} \(running now: [0-9a-f]{4}\)\n/);
});

test('of ten requests of a session each is explained and answered whole, while one line of the trail holds the facts of all', async () => {
  const browser = world.browser();
  await world.signIn(browser, world.url('wiki'), 'ada');
  const pathOf = (index: number) => `/page/${index}`;
  for (let index = 0; index < 10; index += 1)
    expect((await browser.send(world.url('wiki', pathOf(index)))).status).toBe(200);
  const linesOf = () =>
    readdirSync(`${world.folder}/audit`)
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(`${world.folder}/audit/${name}`, 'utf8').split('\n'))
      .filter((line) => line.includes('"path":"/page/'));
  // Whoever looks something up has what waits written before.
  while (linesOf().length < 10) await explain(denied);
  const events = linesOf().map((line) => JSON.parse(line).event);
  expect(events.filter((event) => 'facts_ref' in event).length).toBeGreaterThanOrEqual(9);
  for (const [index, { decision_id: id }] of events.entries()) {
    const found = await world.admin(`/api/v1/decisions/${id}`);
    expect(JSON.parse(found.body).event).toMatchObject({
      decision_id: id,
      path: pathOf(index),
      rules: [{ verdict: 'hit' }],
      facts: { request: { source: 'connection' }, person: { email: 'ada@corp.example' }, risk: { source: 'session' } },
    });
    const { code, stdout } = await explain(id);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ALLOW {2}granted.* {3}wiki {3}ada@corp\.example {3}/);
    expect(stdout).toMatch(/wiki\/everyone +domains +ada@corp\.example \(idp:corp, /);
  }
});

test('no secret, cookie or token is in what is told, nor in the answer of the API', async () => {
  const { stdout } = await explain(denied, '--format', 'json');
  expect(JSON.parse(stdout)).toMatchObject({ decision_id: denied, outcome: 'deny', route: 'payroll' });
  for (const secret of [world.adminToken, 'a-state-key-of', world.provider.clientSecret, '__Host-'])
    expect(stdout).not.toContain(secret);
});

test('what was refused at the door has an id that leads to the refusal', async () => {
  const answer = await world.browser().send(`${world.url('wiki')}a%2fb`);
  expect(answer.status).toBe(400);
  const { code, stdout } = await explain(String(answer.headers['postern-decision-id']));
  expect(code).toBe(0);
  expect(stdout).toMatch(/^REFUSAL {2}request_malformed {3}/);
});

test('an id that nobody recorded is a 3 that says where else to look; a wrong token is one, too', async () => {
  const gone = await explain('dec_01JX3V8K0000000000000000AB');
  expect(gone.code).toBe(3);
  expect(gone.stderr).toContain('older than audit.retain keeps, or another node wrote it');
  const stranger = await runCommandLine(
    ['explain', denied, '-c', world.file, '--admin', world.adminUrl('').replace(/\/$/, '')],
    { env: { ADMIN_TOKEN: 'another-token-of-forty-characters-or-so-' } },
  );
  expect(stranger.code).toBe(3);
  expect(stranger.stderr).toContain('does not take this token');
});

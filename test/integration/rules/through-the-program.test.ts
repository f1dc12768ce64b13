import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { startWorld, type World } from '../../support/world.ts';

/** A time of day in UTC, as hours have it. */
function timeOfDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 16);
}

const hour = 3_600_000;
const opensAtMs = Math.floor((Date.now() + 2 * hour) / 60_000) * 60_000;
const upstream = 'to: APP\n    tls_custom_ca_file: CA_FILE\n    tls_upstream_server_name: app.internal';
const from = 'from: https://other.localhost:TLS_PORT';
const routes = `  - name: closed
    title: Closed
    ${from}
    prefix: /closed
    ${upstream}
    allow: [{ id: night, groups: [engineering], hours: { from: "${timeOfDay(opensAtMs)}", to: "${timeOfDay(opensAtMs + hour)}", zone: UTC } }]
  - name: conditional
    title: Conditional
    ${from}
    prefix: /conditional
    ${upstream}
    allow:
      - id: readers
        when: 'user.email.endsWith("@corp.example") && request.method in ["GET", "HEAD"] && risk.score < 90'
  - name: broken
    title: Broken
    ${from}
    prefix: /broken
    ${upstream}
    allow: [{ id: numbered, groups: [engineering], when: int(user.id) > 3 }]
  - name: paths
    title: Paths
    ${from}
    prefix: /paths
    ${upstream}
    allow: [{ id: some, groups: [engineering], paths: [{ regex: '^/paths/[0-9]+$' }, { path: /paths/all }, /paths/secret/**] }]
    deny: [{ id: secret, paths: [{ regex: '^/paths/secret(/.*)?$' }] }]
  - name: numbered
    title: Numbered
    ${from}
    regex: '^/n/[0-9]+$'
    ${upstream}
    allow: [{ id: staff, groups: [engineering] }]
`;

let world: World;
let lin: HttpBrowser;
beforeAll(async () => {
  world = await startWorld({ routes });
  lin = world.browser();
  await world.signIn(lin, world.url('other', '/paths/1'), 'lin');
});
afterAll(() => world.close());

const script = { headers: { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' } };

describe('the rest of the rule language, in the running program', () => {
  test('outside its hours an app says when it opens, to people and to scripts', async () => {
    const page = await lin.open(world.url('other', '/closed'));
    expect(page.status).toBe(403);
    expect(page.body).toContain('is closed at this time');
    expect(page.body).toContain(new Date(opensAtMs).toISOString());
    expect(page.body).toMatch(/opens again: <span>.*UTC<\/time> \(in [12] hours?\)/);
    const askedMs = Date.now();
    const problem = JSON.parse((await lin.send(world.url('other', '/closed'), script)).body);
    const answeredMs = Date.now();
    expect(problem).toMatchObject({ code: 'outside_hours', retry_after: expect.any(Number) });
    // However long it took to ask: at the instant of the answer, rounded to seconds.
    expect(problem.retry_after * 1_000).toBeGreaterThan(opensAtMs - answeredMs - 1_000);
    expect(problem.retry_after * 1_000).toBeLessThan(opensAtMs - askedMs + 1_000);
  });

  test('a condition lets in whom it holds for, and nobody else', async () => {
    expect((await lin.open(world.url('other', '/conditional'))).status).toBe(200);
    const posted = await lin.send(world.url('other', '/conditional'), { ...script, method: 'DELETE' });
    expect(JSON.parse(posted.body)).toMatchObject({ code: 'condition_not_met' });
  });

  test('one that breaks closes, is counted by rule, and is logged once however often it breaks', async () => {
    const first = await lin.open(world.url('other', '/broken'));
    for (let time = 0; time < 2; time += 1) expect((await lin.open(world.url('other', '/broken'))).status).toBe(503);
    expect(first.status).toBe(503);
    const { body } = await world.admin('/metrics');
    expect(body).toContain('postern_authz_condition_errors_total{rule="broken/numbered"} 3');
    const told = world.log.filter((line) => line.startsWith('A condition broke'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('broken/numbered');
    expect(told[0]).toContain(`"decision_id":"${first.headers['postern-decision-id']}"`);
  });

  test.each([
    ['/paths/7', 200],
    ['/paths/all', 200],
    ['/paths/7x', 403],
    ['/paths/ALL', 403],
    ['/paths/secret/plan', 403],
    ['/paths/Secret/plan', 403],
    ['/n/12', 200],
    ['/n/12/', 404],
    ['/N/12', 404],
    ['/elsewhere', 404],
  ])('%s is answered with %s', async (path, status) => {
    expect((await lin.open(world.url('other', path))).status).toBe(status);
  });

  test('the portal shows what is open, and no tile for a route without a path of its own', async () => {
    const { body } = await lin.open(world.url('auth'));
    expect(body).toContain('Conditional');
    expect(body).not.toContain('Closed');
    expect(body).not.toContain('Numbered');
  });
});

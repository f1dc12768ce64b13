import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { startWorld, type World } from '../../support/world.ts';

const groups = ['engineering', ...Array.from({ length: 300 }, (_, number) => `project-${number}-with-a-usual-name`)];

const app = 'to: [APP], tls_upstream_server_name: app.internal, tls_custom_ca_file: "CA_FILE"';
const routes = `  - { name: usual, from: "https://usual.localhost:TLS_PORT", ${app}, pass_identity_headers: true, allow: [{ id: engineering, groups: [engineering, finance] }] }
  - { name: all, from: "https://all.localhost:TLS_PORT", ${app}, identity: { groups: all }, allow: [{ id: engineering, groups: [engineering] }] }
  - { name: own, from: "https://own.localhost:TLS_PORT", ${app}, identity: { assertion: false, groups: ["project-1-*"], headers: { user: X-Forwarded-User, email: Remote_Email, groups: X-WEBAUTH-GROUPS } }, set_request_headers: { X-Who: "\${user.name} <\${user.email}>", X-Desk: "\${claims.desk}" }, allow: [{ id: engineering, groups: [engineering] }] }
`;

describe('a person in 300 groups', () => {
  let world: World;
  let browser: HttpBrowser;
  beforeAll(async () => {
    const people = [{ id: 'ada', email: 'ada@corp.example', name: 'Ada', groups }];
    world = await startWorld({ people, routes, hosts: ['usual', 'all', 'own'] });
    browser = world.browser();
    await world.signIn(browser, world.url('usual'), 'ada');
  });
  afterAll(() => world?.close());

  const headersAt = async (host: string, headers: Record<string, string> = {}) =>
    JSON.parse((await browser.open(world.url(host), { headers })).body).headers;

  test('opens apps as anybody else: they are told of the groups that their rules name', async () => {
    const headers = await headersAt('usual');
    expect(headers['x-postern-groups']).toBe('engineering');
    const [, payload = ''] = headers['x-postern-assertion'].split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString()).groups).toEqual(['engineering']);
    expect(headers['x-postern-assertion'].length).toBeLessThan(1_000);
  });

  test('reads why an app that asks for all of them stays closed, and the app gets no half of a list', async () => {
    const seen = world.app.seen.length;
    const page = await browser.open(world.url('all'));
    expect(page.status).toBe(502);
    expect(page.body).toContain('can’t be told of all your groups');
    const problem = await browser.send(world.url('all'), { headers: clientKinds.script });
    expect([problem.status, JSON.parse(problem.body).code]).toEqual([502, 'identity_too_large']);
    expect(world.app.seen.length).toBe(seen);
    const { decision_id: id } = JSON.parse(problem.body);
    const recorded = JSON.parse((await world.admin(`/api/v1/decisions/${id}`)).body);
    expect(JSON.stringify(recorded)).toContain('identity.limit of the route is 7168');
    const metrics = (await world.admin('/metrics')).body;
    expect(metrics).toMatch(/postern_rate_limited_total\{limit="identity"\} 2/);
  });

  test('is who Postern says under the names of other proxies too, whatever a client sends in their place', async () => {
    const forged = {
      'X-Forwarded-User': 'root',
      X_Forwarded_User: 'root',
      'Remote-Email': 'root@corp.example',
      'REMOTE.EMAIL': 'root@corp.example',
      'x-webauth-groups': 'admins',
      'X-Postern-Assertion': 'forged',
      'X-Who': 'root',
      'X-Desk': 'root',
    };
    const headers = await headersAt('own', forged);
    expect(headers).toMatchObject({
      'x-forwarded-user': 'ada',
      remote_email: 'ada@corp.example',
      'x-webauth-groups': 'project-1-with-a-usual-name',
      'x-who': 'Ada <ada@corp.example>',
    });
    expect(JSON.stringify(headers)).not.toMatch(/root|admins|forged/);
    expect(headers).not.toHaveProperty('x-postern-assertion');
    expect(headers).not.toHaveProperty('x-desk');
  });
});

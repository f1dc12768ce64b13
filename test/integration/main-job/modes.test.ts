import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bucketOf } from '../../../src/policy/bucket.ts';
import { startWorld, type World } from '../../support/world.ts';

const buckets = ['ada@corp.example', 'lin@corp.example'].map((email) => bucketOf('staged', 'pilot', email));
const [ada = 0, lin = 0] = buckets;
const between = Math.max(ada, lin);
const [inside, outside] = ada < lin ? (['ada', 'lin'] as const) : (['lin', 'ada'] as const);

const upstream = `
    to: APP
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE`;

describe('rules that are tried before they act', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      hosts: ['tried', 'closed', 'staged'],
      routes: `
  - name: tried
    title: Tried
    from: https://tried.localhost:TLS_PORT${upstream}
    allow: [{ id: everyone-here, groups: [engineering] }]
    deny: [{ id: not-yet, groups: [engineering], mode: report_only, user_message: { en: Never to be seen. } }]
  - name: closed
    title: Closed
    from: https://closed.localhost:TLS_PORT${upstream}
    allow:
      - { id: others, groups: [nobody-is-in-it] }
      - { id: soon, groups: [engineering], mode: report_only, auth: { methods: [otp] } }
  - name: staged
    title: Staged
    from: https://staged.localhost:TLS_PORT${upstream}
    allow: [{ id: everyone-here, groups: [engineering] }]
    deny: [{ id: pilot, groups: [engineering], mode: partial, rollout: { percent: ${between}, by: user } }]
`,
    });
  });
  afterAll(() => world?.close());

  async function open(person: string, host: string) {
    return world.signIn(world.browser(), world.url(host), person, 'password');
  }

  async function lastDecision(route: string): Promise<string> {
    const { body } = await world.admin('/metrics');
    const lines = body.split('\n').filter((line) => line.includes(`route="${route}"`) && line.includes('report_only'));
    return lines.join('\n');
  }

  test('a reported denial keeps nobody out and shows nothing; the metric says what it would have done', async () => {
    const answer = await open('ada', 'tried');
    expect(answer.status).toBe(200);
    expect(JSON.stringify(answer)).not.toContain('Never to be seen');
    expect(await lastDecision('tried')).toMatch(/decision="deny".*reason="explicit_deny".*\} [1-9]/);
  });

  test('a reported grant lets nobody in, asks for no proof, and the trail holds what it would have done', async () => {
    const answer = await open('ada', 'closed');
    expect(answer.status).toBe(403);
    expect(answer.body).not.toContain('soon');
    const { body } = await world.admin(`/api/v1/decisions/${String(answer.headers['postern-decision-id'])}`);
    const event: unknown = JSON.parse(body);
    expect(JSON.stringify(event)).toContain('"reported":[{"rule":"soon","result":"would_step_up"}]');
    expect(JSON.stringify(event)).toContain('"mode":"report_only","acting":false');
  });

  test('a staged denial acts on the buckets below its percentage', async () => {
    expect((await open(inside, 'staged')).status).toBe(403);
    expect((await open(outside, 'staged')).status).toBe(200);
  });

  test('how many rules are in which mode is told', async () => {
    const { body } = await world.admin('/metrics');
    expect(body).toContain('postern_config_rules{mode="report_only"} 2');
    expect(body).toContain('postern_config_rules{mode="partial"} 1');
  });
});

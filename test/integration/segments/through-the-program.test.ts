import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { resolverOf } from '../../support/segment-resolver.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
let browser: HttpBrowser;
const names: Record<string, string[]> = { 'app.internal': ['127.0.0.1'] };

beforeAll(async () => {
  world = await startWorld({
    hosts: ['books'],
    routes: `  - name: books
    from: https://books.localhost:TLS_PORT
    to: https://app.internal:UPSTREAM
    tls_custom_ca_file: CA_FILE
    segment: finance
    allow_websockets: true
    allow: [{ id: staff, groups: [engineering] }]
`,
    extra: 'segments: { finance: { upstreams: [127.0.0.1], require: { device: encrypted } } }',
    edit: (yaml) => yaml.replace('UPSTREAM', /https:\/\/127\.0\.0\.1:(\d+)/.exec(yaml)?.[1] ?? ''),
    upstreams: { lookup: resolverOf(names) },
  });
  browser = world.browser('ada-laptop');
  await world.signIn(browser, world.url('wiki'), 'ada');
});

afterAll(() => world?.close());

const setDisk = (disk_encrypted: boolean) =>
  world.admin('/api/v1/devices/ada-laptop/facts', { method: 'PUT', body: { disk_encrypted } });

async function eventOf(answer: { readonly headers: Readonly<Record<string, unknown>> }) {
  const found = await world.admin(`/api/v1/decisions/${String(answer.headers['postern-decision-id'])}`);
  return JSON.parse(found.body).event;
}

describe('books, in the segment of finance', () => {
  test('asks each person of its grants for the device that the segment requires, and records from where that came', async () => {
    await setDisk(false);
    await browser.open(world.url('books'));
    const refused = await browser.send(world.url('books'), { headers: clientKinds.script });
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'device_not_compliant' });
    expect((await eventOf(refused)).rules).toEqual([
      {
        rule: 'staff',
        effect: 'allow',
        at: expect.stringMatching(/postern\.yaml:\d+:\d+$/),
        verdict: 'miss',
        conditions: { groups: 'hit', risk: 'hit' },
        segment: {
          name: 'finance',
          at: expect.stringMatching(/postern\.yaml:\d+:\d+$/),
          conditions: { device: 'miss' },
        },
      },
    ]);
    await setDisk(true);
    expect((await browser.open(world.url('books'))).status).toBe(200);
  });

  test('is answered 502 once its name leads out of the segment, and the audit trail says where to', async () => {
    await setDisk(true);
    names['app.internal'] = ['127.0.0.2'];
    // A restart closes the connections that were looked at when they were opened.
    await world.restart();
    const answer = await browser.send(world.url('books'), { headers: clientKinds.script });
    expect(answer.status).toBe(502);
    expect(await eventOf(answer)).toMatchObject({
      reason: 'upstream_unreachable',
      detail: expect.stringContaining('127.0.0.2 is outside the upstreams of the segment "finance"'),
    });
    names['app.internal'] = ['127.0.0.1'];
    expect((await browser.send(world.url('books'), { headers: clientKinds.script })).status).toBe(200);
  });
});

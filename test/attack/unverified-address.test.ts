import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../support/client-kinds.ts';
import { startWorld, type World } from '../support/world.ts';

const rules = {
  named: 'allow: [{ id: named, emails: [root@corp.example] }]',
  domain: 'allow: [{ id: domain, domains: [corp.example] }]',
  condition: `allow: [{ id: condition, when: 'user.email.endsWith("@corp.example")' }]`,
  negated: `allow: [{ id: negated, when: '!(user.email == "eve@corp.example")' }]`,
  absent: `allow: [{ id: absent, when: '!has(user.email)' }]`,
  'not-named': 'allow: [{ id: all, groups: [staff] }], deny: [{ id: no-eve, emails: [eve@corp.example] }]',
  'not-domain': 'allow: [{ id: all, groups: [staff] }], deny: [{ id: no-vendors, domains: [vendor.example] }]',
  'not-condition': `allow: [{ id: all, groups: [staff] }], deny: [{ id: no-eve, when: 'user.email == "eve@corp.example"' }]`,
  'no-address': 'allow: [{ id: all, groups: [staff] }]',
} as const;
const names = Object.keys(rules) as (keyof typeof rules)[];

let world: World;

beforeAll(async () => {
  world = await startWorld({
    people: [
      {
        id: 'claims-to-be-root',
        email: 'root@corp.example',
        name: 'Mallory',
        groups: ['staff'],
        isEmailVerified: false,
      },
      { id: 'root', email: 'root@corp.example', name: 'Root', groups: ['staff'] },
    ],
    hosts: names,
    routes: names
      .map(
        (name) =>
          `  - { name: ${name}, from: "https://${name}.localhost:TLS_PORT", to: "APP", pass_identity_headers: true, tls_upstream_server_name: app.internal, tls_custom_ca_file: "CA_FILE", ${rules[name]} }\n`,
      )
      .join(''),
  });
});

afterAll(() => world?.close());

async function openTo(person: string): Promise<readonly string[]> {
  const browser = world.browser();
  await world.signIn(browser, world.url('no-address'), person);
  const open: string[] = [];
  for (const name of names) {
    await browser.open(world.url(name));
    const answer = await browser.send(world.url(name), { headers: clientKinds.script });
    if (answer.status === 200) open.push(name);
    else expect(answer.status).toBe(403);
  }
  return open;
}

describe('an address that the provider does not vouch for', () => {
  test('opens nothing, and dodges no denial: only rules that do not ask for it hold', async () => {
    expect(await openTo('claims-to-be-root')).toEqual(['no-address']);
  });

  test('is what makes the difference: its owner passes', async () => {
    expect(await openTo('root')).toEqual(names.filter((name) => name !== 'absent'));
  });

  test('reaches no app as who somebody is', async () => {
    const browser = world.browser();
    world.app.seen.length = 0;
    await world.signIn(browser, world.url('no-address'), 'claims-to-be-root');
    await browser.open(world.url('no-address'));
    expect(world.app.seen.length).toBeGreaterThan(0);
    for (const { headers } of world.app.seen) expect(headers['x-postern-email']).toBeUndefined();
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compileConfiguration } from '../../src/config/load-configuration.ts';
import type { Snapshot } from '../../src/config/snapshot.ts';
import { readPerson } from '../../src/identity/claims.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { clientKinds } from '../support/client-kinds.ts';
import { baseConfiguration, basePorts } from '../support/config-files.ts';
import { startWorld, type World } from '../support/world.ts';

/** What opens to Kim, to Kim's colleagues, and to everybody but Kim, and but Kim's colleagues. */
const rules = {
  kim: 'allow: [{ id: kim, emails: [kim@corp.example] }]',
  colleagues: 'allow: [{ id: colleagues, domains: [corp.example] }]',
  condition: `allow: [{ id: condition, when: 'user.email == "kim@corp.example"' }]`,
  'not-kim': 'allow: [{ id: all, groups: [staff] }], deny: [{ id: no-kim, emails: [kim@corp.example] }]',
  'not-colleagues': 'allow: [{ id: all, groups: [staff] }], deny: [{ id: no-one, domains: [corp.example] }]',
  'not-condition': `allow: [{ id: all, groups: [staff] }], deny: [{ id: no-kim, when: 'user.email == "kim@corp.example"' }]`,
} as const;
type RouteName = keyof typeof rules;
const names = Object.keys(rules) as RouteName[];

/** The one whom the rules mean, however the address is spelled. */
const asKim: readonly RouteName[] = ['kim', 'colleagues', 'condition'];
const same = ['kim@corp.example', 'KIM@Corp.EXAMPLE'];

/** Somebody else, of another domain, whose address has a form that can be compared. */
const asStranger: readonly RouteName[] = ['not-kim', 'not-colleagues', 'not-condition'];
const strangers = [
  'kim@evil-corp.example',
  'kim@evilcorp.example',
  'kim@corp.example.evil',
  'kim@corp.example.evil.example',
  'kim@sub.corp.example',
  'kim@example',
  'kim%corp.example@evil.example',
  'kim@xn--crp-8na.example',
  'kim@c\u043erp.example',
];

/** Letters that careless software folds onto Kim's: of the domain, but not Kim, and no way around a rule against Kim. */
const asLookalike: readonly RouteName[] = ['colleagues'];
const lookalikes = ['\u212aim@corp.example', 'ｋim@corp.example', 'k\u0131m@corp.example', 'kím@CORP.example'];

/** Nobody can tell whose these are. */
const noAddresses = [
  'kim@corp.example@evil.example',
  'kim@evil.example@corp.example',
  '"kim@corp.example"@evil.example',
  '"kim"@corp.example',
  'kim＠corp.example',
  'kim@corp.example＠evil.example',
  'kim@corp.example\0',
  'kim\0@corp.example',
  'kim@corp.example\0.evil.example',
  'kim@corp.example\n',
  'kim@corp.example\r\nX-Postern-Email: root@corp.example',
  'kim@corp.example ',
  ' kim@corp.example',
  'kim @corp.example',
  'kim@corp.example\u00a0',
  '\ufeffkim@corp.example',
  'kim(x)@corp.example',
  'kim@(x)corp.example',
  'kim@corp.example(x)',
  'Kim <kim@corp.example>',
  'kim@corp.example,kim@evil.example',
  'kim@[127.0.0.1]',
  'kim@127.0.0.1',
  'kim@0x7f.1',
  'kim@corp..example',
  'kim@corp.example.',
  'KIM@corp.example.',
  'kim@corp。example',
  'kim@corp．example',
  'kim@ｃｏｒｐ.example',
  'kim@co\u00adrp.example',
  'kim@corp.e\u2093ample',
  'kim@corp.example..',
  'kim@.corp.example',
  'kim@',
  '@corp.example',
  'corp.example',
  'mailto:kim@corp.example:25',
];

let snapshot: Snapshot;

beforeAll(async () => {
  const routes = names
    .map(
      (name) =>
        `  - { name: ${name}, from: "https://${name}.corp.example", to: "https://10.0.0.5:8443", ${rules[name]} }\n`,
    )
    .join('');
  const text = baseConfiguration.replace(/routes:\n[\s\S]*?(?=break_glass)/, `routes:\n${routes}`);
  const result = await compileConfiguration(text, await basePorts(), { file: 'postern.yaml', folder: '/etc/postern' });
  if (result.outcome === 'refused') throw new Error(JSON.stringify(result.problems));
  snapshot = result.snapshot;
});

function openTo(claims: Readonly<Record<string, unknown>>): readonly string[] {
  const provider = snapshot.providers.get('corp');
  if (provider === undefined) throw new Error('There is no provider.');
  const person = readPerson(provider, { iss: provider.issuer, sub: 'kim', groups: ['staff'], ...claims }, 0);
  const risk = { source: 'test', asOfMs: 0, score: 0, points: [] };
  const request = { method: 'GET', path: '/', address: '203.0.113.7', nowMs: 0 };
  const authentication = { provedAtMs: {} };
  const all = { request, person: { ...person, sessionId: 's', claims: {} }, authentication, device: undefined, risk };
  return snapshot.routes.filter(({ policy }) => evaluate(policy, all).outcome === 'allow').map(({ name }) => name);
}

describe('an address that the provider vouches for', () => {
  test.each(same)('is Kim’s in another spelling, for grants and for denials: %j', (email) => {
    expect(openTo({ email, email_verified: true })).toEqual(asKim);
  });

  test.each(strangers)('is a stranger’s, and gains nothing of Kim’s: %j', (email) => {
    expect(openTo({ email, email_verified: true })).toEqual(asStranger);
  });

  test.each(lookalikes)(
    'only looks like Kim’s: gains nothing of Kim’s, and dodges nothing that is against Kim: %j',
    (email) => {
      expect(openTo({ email, email_verified: true })).toEqual(asLookalike);
    },
  );

  test.each([...noAddresses, 7, true, null, ['kim@corp.example'], { kim: '@corp.example' }, undefined, ''])(
    'is none: opens nothing, and dodges no denial: %j',
    (email) => {
      expect(openTo({ email, email_verified: true })).toEqual([]);
    },
  );
});

describe('through the whole program, with a real provider', () => {
  let world: World;
  const cases: readonly (readonly [string, readonly RouteName[]])[] = [
    ['KIM@CORP.example', asKim],
    ['kim@corp.example.', []],
    ['kim@corp。example', []],
    ['kim@corp.example.evil', asStranger],
    ['\u212aim@corp.example', asLookalike],
    ['kim@corp.example@evil.example', []],
    ['"kim@corp.example"@evil.example', []],
    ['kim@corp.example\0', []],
    ['kim＠corp.example', []],
    ['kim@corp.example ', []],
  ];

  beforeAll(async () => {
    world = await startWorld({
      people: cases.map(([email], index) => ({ id: `kim-${index}`, email, name: 'Kim', groups: ['staff'] })),
      hosts: names,
      routes: names
        .map(
          (name) =>
            `  - { name: ${name}, from: "https://${name}.localhost:TLS_PORT", to: "APP", tls_upstream_server_name: app.internal, tls_custom_ca_file: "CA_FILE", ${rules[name]} }\n`,
        )
        .join(''),
    });
  });
  afterAll(() => world?.close());

  test.each(cases.map(([email, open], index) => ({ email, open, index })))(
    '$email opens what it should, and nothing else reaches the app',
    async ({ open, index }) => {
      const browser = world.browser();
      await world.signIn(browser, world.url('not-kim'), `kim-${index}`);
      for (const name of names) await browser.open(world.url(name));
      world.app.seen.length = 0;
      const statuses: Record<string, number> = {};
      for (const name of names) {
        const answer = await browser.send(world.url(name), { headers: clientKinds.script });
        statuses[name] = answer.status;
      }
      expect(statuses).toEqual(Object.fromEntries(names.map((name) => [name, open.includes(name) ? 200 : 403])));
      expect(world.app.seen.length).toBe(open.length);
    },
  );
});

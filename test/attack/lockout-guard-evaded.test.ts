import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let original: string;
const list = 'break_glass: [ada@corp.example]';

beforeAll(async () => {
  world = await startWorld({
    extra: `networks: { away: [198.51.100.0/24] }\nservices: [{ id: bot, token_hash: "sha256:${'ab'.repeat(32)}" }]`,
    edit: (text) =>
      text
        .replace('factors: { ', 'factors: { passkey: { acr: [phr] }, ')
        .replace(/^break_glass: .*$/m, list)
        .replace('postures:\n', 'postures:\n  impossible: { require: ["os_version >= 99"], max_age: 1h }\n'),
  });
  original = world.text;
  const ada = world.browser('ada-laptop');
  await world.signIn(ada, world.url('dashboard', '/boards/1'), 'ada');
  expect((await ada.send(world.url('dashboard', '/boards/1'))).status).toBe(200);
});
afterAll(() => world?.close());

interface Said {
  readonly outcome: string;
  readonly stages: readonly { readonly name: string; readonly outcome: string; readonly lines: readonly string[] }[];
}

async function reload(text: string, body: object = {}): Promise<Said> {
  writeFileSync(world.file, text);
  return JSON.parse((await world.admin('/api/v1/reload', { method: 'POST', body })).body);
}

const grant = '{ id: engineering, groups: [engineering] }';
const having = (key: string) => grant.replace(' }', `, ${key} }`);
const granting = (key: string) => (text: string) => text.replace(grant, having(key));
const denying = (keys: string) => (text: string) =>
  text.replace(`allow: [${grant}]`, `allow: [${grant}]\n    deny: [{ id: shut, ${keys} }]`);

describe('nobody of break_glass is locked out by', () => {
  test.each<[string, (text: string) => string, RegExp]>([
    ['a denial of every path', denying('paths: [/**]'), /dashboard/],
    ['a denial of every method', denying('methods: [GET, HEAD, POST]'), /dashboard/],
    ['a denial of every network', denying('when: "true"'), /dashboard/],
    ['a denial of every hour', denying('hours: { from: "00:00", to: "24:00", zone: UTC }'), /dashboard/],
    ['a denial by a condition of the time', denying('when: \'now > timestamp("2020-01-01T00:00:00Z")\''), /dashboard/],
    ['a grant of another path', granting('paths: [/nope]'), /dashboard/],
    ['a grant of another method', granting('methods: [DELETE]'), /dashboard/],
    ['a grant from where they never are', granting('networks: [away]'), /dashboard/],
    ['a grant for services alone', granting('services: [bot]'), /dashboard/],
    ['a grant at a time that is over', granting('when: \'now < timestamp("2020-01-01T00:00:00Z")\''), /dashboard/],
    ['a posture that no device passes', granting('device: impossible'), /dashboard/],
    ['a proof that they have never made', granting('auth: { methods: [passkey] }'), /dashboard/],
    ['a stage that nobody is in', granting('mode: partial, rollout: { percent: 0, by: user }'), /dashboard/],
    ['a grant that only reports', granting('mode: report_only'), /dashboard/],
    ['a grant that is off', granting('mode: "off"'), /dashboard/],
    ['another host', (text) => text.replace('https://dashboard.', 'https://other.'), /dashboard/],
    [
      'another prefix',
      (text) => text.replace(/(from: https:\/\/dashboard[^\n]*\n)/, '$1    prefix: /nope\n'),
      /dashboard/,
    ],
    [
      'a stricter route over their path',
      (text) =>
        text.replace(
          /( {2}- name: dashboard\n[\s\S]*?)( {2}- name: payroll)/,
          (_all, own: string, next: string) =>
            `${own}${own.replace('name: dashboard', 'name: over').replace('title:', 'prefix: /boards\n    title:').replace('[engineering]', '[nobody]')}${next}`,
        ),
      /boards/,
    ],
    [
      'a segment that asks for what they lack',
      (text) =>
        text
          .replace('routes:\n', 'segments: { shut: { require: { networks: [away] } } }\nroutes:\n')
          .replace('title: Dashboard', 'title: Dashboard\n    segment: shut'),
      /dashboard/,
    ],
    [
      'another client of the provider',
      (text) => text.replace(/client_id: .*/, 'client_id: somebody-else'),
      /sign-in \(identity_providers\.corp\.client_id/,
    ],
    [
      'another host to sign in at',
      (text) => text.replace('auth_host: auth.localhost', 'auth_host: other.localhost'),
      /sign-in \(server\.auth_host/,
    ],
    [
      'claims that are read elsewhere',
      (text) =>
        text.replace(
          '    scopes: [openid, profile, email, groups]',
          '    scopes: [openid, profile, email, groups]\n    claims: { groups: nope }',
        ),
      /sign-in \(identity_providers\.corp\.claims/,
    ],
    [
      'scopes that bring no groups',
      (text) => text.replace('[openid, profile, email, groups]', '[openid, profile, email]'),
      /sign-in \(identity_providers\.corp\.scopes/,
    ],
  ])('%s', async (_how, edit, lost) => {
    const text = edit(original);
    expect(text).not.toBe(original);
    const said = await reload(text, { check_only: true });
    const problems = JSON.stringify(said);
    expect({ problems, stage: said.stages.at(-1)?.name, outcome: said.outcome }).toMatchObject({
      stage: 'lockout',
      outcome: 'refused',
    });
    expect(said.stages.at(-1)?.lines[0]).toMatch(/^ada@corp\.example would lose /);
    expect(said.stages.at(-1)?.lines[0]).toMatch(lost);
  });

  test('two reloads, of which the first only strikes them from the list', async () => {
    expect(await reload(original.replace(list, 'break_glass: []'))).toMatchObject({ outcome: 'applied' });
    const closed = denying('paths: [/**]')(original).replace(list, 'break_glass: []');
    expect((await reload(closed)).stages.at(-1)).toMatchObject({ name: 'lockout', outcome: 'blocked' });
    expect(await reload(original)).toMatchObject({ outcome: 'applied' });
  });

  test('and what was forced once is not refused again', async () => {
    const closed = denying('paths: [/**]')(original);
    expect(await reload(closed, { allow_lockout: true })).toMatchObject({ outcome: 'applied' });
    expect(await reload(closed.replace('title: Wiki', 'title: Our wiki'))).toMatchObject({ outcome: 'applied' });
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileConfiguration } from '../../../src/config/load-configuration.ts';
import type { Route } from '../../../src/config/route.ts';
import { baseConfiguration, basePorts } from '../../support/config-files.ts';

async function check(lines: string, rule = '') {
  const text = baseConfiguration
    .replace('    set_request_headers: { X-Env: prod }\n', `    set_request_headers: { X-Env: prod }\n${lines}`)
    .replace('        groups: [finance]\n', `        groups: [finance]\n${rule}`);
  return compileConfiguration(text, await basePorts(), { file: 'postern.yaml', folder: '/etc/postern' });
}

async function payrollOf(lines: string, rule?: string): Promise<Route> {
  const result = await check(lines, rule);
  if (result.outcome === 'refused') throw new Error(JSON.stringify(result.problems));
  const [payroll] = result.snapshot.routes;
  if (payroll === undefined) throw new Error('There is no route.');
  return payroll;
}

const toldOf = ({ identity: { groups } }: Route, ...names: readonly string[]) =>
  names.filter((name) => groups === 'all' || groups.has(name));

describe('the groups that an app is told of', () => {
  test('are those that its rules name: grants, denials and conditions in CEL', async () => {
    const rule = `        when: '"auditors" in user.groups || claims.department == "sales"'\n`;
    const told = await payrollOf('', rule);
    expect(toldOf(told, 'finance', 'contractors', 'auditors', 'everybody')).toEqual([
      'finance',
      'contractors',
      'auditors',
    ]);
  });

  test('are what the route says', async () => {
    expect(toldOf(await payrollOf('    identity: { groups: all }\n'), 'everybody')).toEqual(['everybody']);
    expect(toldOf(await payrollOf('    identity: { groups: none }\n'), 'finance')).toEqual([]);
    const listed = await payrollOf('    identity: { groups: [everybody, "project-*", "*-lead", "a*b*c"] }\n');
    const names = [
      'everybody',
      'project-',
      'project-x',
      'my-project-x',
      'team-lead',
      'abc',
      'a.b.b.c',
      'acb',
      'finance',
    ];
    expect(toldOf(listed, ...names)).toEqual(['everybody', 'project-', 'project-x', 'team-lead', 'abc', 'a.b.b.c']);
  });

  test('match a pattern as a regular expression of the same would', async () => {
    const part = fc.constantFrom('a', 'b', 'ab', '.', '*');
    const pattern = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(pattern, fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 8 }), async (text, letters) => {
        const route = await payrollOf(`    identity: { groups: [${JSON.stringify(text)}] }\n`);
        const group = letters.join('');
        const expected = new RegExp(`^${text.replaceAll('.', '\\.').replace(/\*+/g, '.*')}$`).test(group);
        expect(toldOf(route, group)).toEqual(expected ? [group] : []);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the assertion', () => {
  test('is valid for a minute and signed with ES256, or as the route says, or not there', async () => {
    const assertionOf = async (lines: string) => (await payrollOf(lines)).identity.assertion;
    expect(await assertionOf('')).toEqual({ lifetimeMs: 60_000, algorithm: 'ES256' });
    expect(await assertionOf('    identity: { assertion: true }\n')).toEqual({
      lifetimeMs: 60_000,
      algorithm: 'ES256',
    });
    expect(await assertionOf('    identity: { assertion: false }\n')).toBeUndefined();
    expect(await assertionOf('    identity: { assertion_algorithm: EdDSA }\n')).toEqual({
      lifetimeMs: 60_000,
      algorithm: 'EdDSA',
    });
    expect(await assertionOf('    sensitivity: normal\n    identity: { assertion_lifetime: 5m }\n')).toMatchObject({
      lifetimeMs: 300_000,
    });
  });

  test('is not valid for longer than a minute where the route is worth more (security-rules.md 56)', async () => {
    const high = async (lifetime: string) =>
      check(`    sensitivity: high\n    identity: { assertion_lifetime: ${lifetime} }\n`);
    expect(await high('60s')).toMatchObject({ outcome: 'loaded' });
    const refused = await high('61s');
    expect(refused).toMatchObject({ outcome: 'refused' });
    expect(JSON.stringify(refused)).toContain('valid for 1m at most');
    expect(await check('    sensitivity: normal\n    identity: { assertion_lifetime: 301s }\n')).toMatchObject({
      outcome: 'refused',
    });
  });
});

describe('headers by names of one’s own', () => {
  test('are taken from every client, in every spelling', async () => {
    const route = await payrollOf('    identity: { headers: { user: X-Auth-Request-User, groups: Remote_Groups } }\n');
    expect(route.identity.headers).toEqual([
      { name: 'x-auth-request-user', parts: [{ fact: 'user' }] },
      { name: 'remote_groups', parts: [{ fact: 'groups' }] },
    ]);
    for (const name of ['x-auth-request-user', 'remote_groups', 'remote-groups'])
      expect(route.removeRequestHeaders.has(name)).toBe(true);
  });

  test('may have the names that other proxies use, and none that Postern or HTTP needs', async () => {
    const route = await payrollOf('    identity: { headers: { user: X-Forwarded-User } }\n');
    expect(route.identity.headers).toEqual([{ name: 'x-forwarded-user', parts: [{ fact: 'user' }] }]);
    for (const name of ['X-Forwarded-For', 'X-Postern-User', 'X_Postern_User', 'Host', 'Cookie'])
      expect(await check(`    identity: { headers: { user: ${name} } }\n`)).toMatchObject({
        outcome: 'refused',
        problems: [{ code: 'P029' }],
      });
  });

  test('have one meaning each', async () => {
    for (const headers of ['{ user: X-Who, email: x_who }', '{ user: X_ENV }'])
      expect(await check(`    identity: { headers: ${headers} }\n`)).toMatchObject({
        outcome: 'refused',
        problems: [{ code: 'P045' }],
      });
  });
});

describe('values that say who asks', () => {
  const headersOf = async (value: string) => {
    const { identity, setRequestHeaders, removeRequestHeaders } = await payrollWith(value);
    return { told: identity.headers, set: setRequestHeaders, removed: removeRequestHeaders };
  };
  async function payrollWith(value: string): Promise<Route> {
    const text = baseConfiguration.replace('{ X-Env: prod }', `{ X-Env: ${JSON.stringify(value)} }`);
    const result = await compileConfiguration(text, await basePorts(), {
      file: 'postern.yaml',
      folder: '/etc/postern',
    });
    if (result.outcome === 'refused') throw new Error(result.problems.map(({ code }) => code).join(' '));
    const [payroll] = result.snapshot.routes;
    if (payroll === undefined) throw new Error('There is no route.');
    return payroll;
  }

  test('are put in for each person, and the name is taken from every client', async () => {
    const { told, set, removed } = await headersOf(`\${user.email} of \${claims.department}`);
    expect(told).toEqual([{ name: 'x-env', parts: [{ fact: 'email' }, { text: ' of ' }, { claim: 'department' }] }]);
    expect(set).toEqual([]);
    expect(removed.has('x-env')).toBe(true);
  });

  test.each([
    `\${user.mail}`,
    `\${email}`,
    `\${claims.}`,
    `a \${user.email`,
    `\${}`,
    `\${env:X} b`,
    `$\${user.email} \${x}`,
  ])('are refused where they stand for nothing: %s', async (value) => {
    await expect(payrollWith(value)).rejects.toThrow(/P0(42|35)/);
  });

  test('are words where nothing is meant', async () => {
    expect((await headersOf('costs $5 {now}')).set).toEqual([['x-env', 'costs $5 {now}']]);
  });
});

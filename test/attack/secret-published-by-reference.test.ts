import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, parseDocument, visit } from 'yaml';
import { compileConfiguration, type LoadPorts } from '../../src/config/load-configuration.ts';
import { referenceKeys, referenceUseAt } from '../../src/config/schema/reference-keys.ts';
import { runCommandLine } from '../support/command-line.ts';
import { baseConfiguration, basePorts, makePair } from '../support/config-files.ts';

type Path = readonly (string | number)[];

/** Texts that no base configuration needs, so that each kind of key stands in it. */
const whole = baseConfiguration
  .replace(
    'set_request_headers: { X-Env: prod }',
    `title: Payroll
    description: Salaries
    owner: payroll@corp.example
    set_request_headers: { X-Env: prod, Authorization: "\${file:app}" }
    remove_request_headers: [X-Debug]
    cors: { origins: [https://portal.corp.example] }`,
  )
  .replace(
    '        groups: [finance]',
    `        groups: [finance]\n        when: 'claims.level > 1.0'\n        claims: { a: b }`,
  )
  .replace(
    'postures:',
    `devices:
  providers:
    - { id: fleet, type: http, url: https://fleet.corp.example, token: "\${file:fleet}", items: hosts, match: serial, facts: { disk_encrypted: disk }, headers: { X-Api-Key: "\${file:fleet-key}" } }
postures:`,
  );

/** Every scalar of a text, with where it stands. */
function leavesOf(text: string): readonly Path[] {
  const leaves: Path[] = [];
  const walk = (value: unknown, path: Path): void => {
    if (typeof value !== 'object' || value === null) leaves.push(path);
    else
      for (const [key, inner] of Object.entries(value))
        walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  walk(parse(text), []);
  return leaves;
}

/** The text with a value in other places, references quoted as they must be. */
function withValue(text: string, paths: readonly Path[], value: unknown): string {
  const document = parseDocument(text);
  for (const path of paths) document.setIn(path, document.createNode(value));
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && scalar.value.includes('${')) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0 });
}

const files = { app: 'an-app-token', fleet: 'a-fleet-token', 'fleet-key': 'a-fleet-key' };
const options = { folder: '/etc/postern' };

/** Ports that note what was asked for under a name that no configuration has. */
function watching(base: LoadPorts, asked: string[]): LoadPorts {
  return {
    ...base,
    env: new Proxy(base.env, {
      get: (env, name) => {
        if (name === 'PLANTED') asked.push(name);
        return name === 'PLANTED' ? 'a-planted-secret-of-more-than-32-bytes' : Reflect.get(env, name);
      },
    }),
    readFile: (path, most) => {
      if (!path.endsWith('planted')) return base.readFile(path, most);
      asked.push(path);
      return Promise.resolve(Buffer.from('a-planted-secret-of-more-than-32-bytes'));
    },
  };
}

async function problemsOf(text: string, ports: LoadPorts) {
  const result = await compileConfiguration(text, ports, options);
  return result.outcome === 'refused' ? result.problems : [];
}

describe('a reference', () => {
  const leaves = leavesOf(whole);

  test('is refused, and never read, wherever the value would be shown', async () => {
    const base = await basePorts(files);
    expect(await problemsOf(whole, base)).toEqual([]);
    const shown = leaves.filter((path) => referenceUseAt(path) === 'none');
    expect(shown.length).toBeGreaterThan(50);
    for (const reference of [`\${file:planted}`, `\${env:PLANTED}`, `before \${file:planted} after`]) {
      const asked: string[] = [];
      const text = withValue(whole, shown, reference);
      const problems = await problemsOf(text, watching(base, asked));
      expect([reference, asked]).toEqual([reference, []]);
      expect(problems.filter(({ code }) => code === 'P035')).toHaveLength(shown.length);
    }
    const taken: string[] = [];
    for (const path of leaves.filter((one) => referenceUseAt(one) !== 'none')) {
      const asked: string[] = [];
      expect(await problemsOf(withValue(whole, [path], `\${file:planted}`), watching(base, asked))).toEqual([]);
      expect([path, asked.length > 0]).toEqual([path, true]);
      taken.push(path.join('.'));
    }
    expect(taken).toEqual([
      'admin.token',
      'state.key',
      'identity_providers.0.client_secret',
      'devices.providers.0.token',
      'devices.providers.0.headers.X-Api-Key',
      'routes.0.set_request_headers.X-Env',
      'routes.0.set_request_headers.Authorization',
    ]);
  });

  test('is refused in keys that there are not, in an alias of a secret, and as a name', async () => {
    const base = await basePorts(files);
    for (const [from, to, code] of [
      ['title: Payroll', `titel: "\${file:planted}"`, 'P001'],
      [`client_secret: "\${env:CLIENT_SECRET}"`, `client_secret: &s "\${env:PLANTED}"\n    title: *s`, 'P035'],
      ['networks: { office:', `networks: { "\${file:planted}":`, 'P019'],
    ] as const) {
      const asked: string[] = [];
      const problems = await problemsOf(
        whole.replace(from, () => to),
        watching(base, asked),
      );
      expect(problems.map((problem) => problem.code)).toContain(code);
      expect(JSON.stringify(problems)).not.toContain('a-planted-secret');
      expect(asked.filter((name) => name !== 'PLANTED')).toEqual([]);
    }
  });

  test('the refusal names the keys that take one', async () => {
    const [problem] = await problemsOf(
      whole.replace('title: Payroll', `title: "\${file:token}"`),
      await basePorts(files),
    );
    expect(problem).toMatchObject({ code: 'P035', message: expect.stringContaining('would be shown') });
    for (const key of [
      'admin.token',
      'state.key',
      'identity_providers[].client_secret',
      'routes[].set_request_headers.NAME',
    ])
      expect([key, referenceKeys().includes(key), problem?.help?.includes(key)]).toEqual([key, true, true]);
  });

  test('of a header that would hand a secret of Postern to an app is refused', async () => {
    for (const own of ['file:token', 'env:STATE_KEY', 'env:CLIENT_SECRET', 'file:fleet']) {
      const problems = await problemsOf(whole.replace('file:app', own), await basePorts(files));
      expect([own, problems.map(({ code, at }) => [code, at.line])]).toEqual([own, [['P035', 34]]]);
    }
  });
});

describe('what a reference stands for', () => {
  const sentinels = {
    token: 'Zq9xvKtRwPmLbHsYcFnJgDzQuXe77eXuQzDgJnFcYsHbLmPwRtKvx9qZ',
    app: 'Mw4jTbNrVkCyPdLhGsXzQfBm8aRttRa8mBfQzXsGhLdPyCkVrNbTj4wM',
    fleet: 'Hk7pWcXqZrTnBvMdYjLsGfKt3uQeeQu3tKfGsLjYdMvBnTrZqXcWp7kH',
    'fleet-key': 'Nt8sBkWqJvRzHmXcLdPyGfTeKu2oRb5yLnQmVx',
    state: 'Rb5yLnQmVxKdWzPtHcJgSfTk9oUiiUo9kTfSgJcHtPzWdKxVmQnLy5bR',
    client: 'Yd2gFhJkLzXcVbNmQwPrTsWy6eOaaOe6yWsTrPwQmNbVcXzLkJhFg2dY',
  };
  const env = { STATE_KEY: sentinels.state, CLIENT_SECRET: sentinels.client };
  let folder: string;
  let file: string;
  let other: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'postern-reference-'));
    const pair = await makePair(['*.corp.example']);
    const written = { 'server.crt': pair.certificate, 'server.key': pair.key, ...sentinels };
    for (const [name, content] of Object.entries(written)) writeFileSync(join(folder, name), content);
    file = join(folder, 'postern.yaml');
    other = join(folder, 'other.yaml');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Parts of a sentinel tell as much: none of six characters may show. */
  function partsIn(text: string): readonly string[] {
    const lower = text.toLowerCase();
    return Object.values(sentinels).flatMap((secret) =>
      Array.from({ length: secret.length - 5 }, (_, at) => secret.slice(at, at + 6)).filter((part) =>
        lower.includes(part.toLowerCase()),
      ),
    );
  }

  async function said(...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await runCommandLine(args, { env });
    return `${stdout}\n${stderr}`;
  }

  test('is in no message about any other key', async () => {
    const texts: string[] = [];
    const leaves = leavesOf(whole);
    // A few at a time, far from each other, and at last all of them.
    for (const [apart, first] of [...Array.from({ length: 12 }, (_, at) => [12, at] as const), [1, 0] as const]) {
      const broken = leaves.filter((_, at) => at % apart === first);
      writeFileSync(file, withValue(whole, broken, first % 2 === 0 ? 'br ok\u0007n' : ['broken']));
      texts.push(await said('validate', '--format', first % 3 === 0 ? 'text' : 'json', file));
    }
    for (const text of texts) expect(text).toMatch(/P0\d\d/);
    expect(partsIn(texts.join('\n'))).toEqual([]);
  });

  test('is in no answer of any command', async () => {
    writeFileSync(file, whole);
    writeFileSync(other, whole.replace('X-Env: prod', 'X-Env: test, X-Token: plain').replace('file:app', 'file:fresh'));
    writeFileSync(join(folder, 'fresh'), 'Zq9xvKtRwPmLbHsYcFnJ-fresh');
    const texts = [
      await said('validate', file),
      await said('validate', '--format', 'github', other),
      await said('diff', file, other),
      await said('diff', '--format', 'json', file, other),
      await said('test', file),
      await said('whatif', '-c', file, '--app', 'payroll', '--user', 'ada@corp.example'),
      await said('whatif', '-c', file, '--app', 'payroll', '--format', 'json', '--against', other),
      await said('can', '-c', file, '--app', 'payroll'),
      await said('rollout', 'payroll/finance', '25', '-c', file),
      await said('simulate', '--since', '1d', '--config', file),
      await said('explain', 'dec_none', '-c', file, '--offline'),
      await said('sessions', 'list', '-c', file),
      await said('status', '-c', file),
      await said('doctor', '-c', file, '--offline'),
      await said('fmt', file),
      readFileSync(file, 'utf8'),
    ];
    expect(texts[2]).toContain('set_request_headers.authorization');
    expect(partsIn(texts.join('\n'))).toEqual([]);
    expect(texts.join('\n')).not.toContain('X-Token plain');
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { compileConfigurationObject, loadGivenConfiguration } from '../../../src/config/configuration-object.ts';
import { compileConfiguration, type LoadResult } from '../../../src/config/load-configuration.ts';
import { problemToJson, renderForGithub, renderProblems } from '../../../src/config/render-problems.ts';
import { baseConfiguration, basePorts, portsWith } from '../../support/config-files.ts';

/** Everything that anybody could read of a result. */
function shown(result: LoadResult): string {
  const problems = result.outcome === 'loaded' ? result.warnings : result.problems;
  return [
    renderProblems(problems),
    renderProblems(problems, { color: true }),
    renderForGithub(problems),
    JSON.stringify(problems.map(problemToJson)),
    JSON.stringify(problems),
  ].join('\n');
}

const clientSecret = `"\${env:CLIENT_SECRET}"`;
const token = `token: "\${file:token}"`;
const stateKey = `key: "\${env:STATE_KEY}"`;
const secretOf = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{19,29}$/).map((text) => `Zq9${text}`);

describe('secrets', () => {
  test('a secret that stands in the file is never shown, whatever else is wrong around it', async () => {
    const ports = await basePorts();
    const place = fc.constantFrom(
      [clientSecret, (secret: string) => secret],
      [clientSecret, (secret: string) => `"${secret}"`],
      [clientSecret, (secret: string) => `|\n      ${secret}\n      ${secret}`],
      [clientSecret, (secret: string) => `[${secret}]`],
      [clientSecret, (secret: string) => `{ value: ${secret} }`],
      [clientSecret, (secret: string) => `"${secret}`],
      [clientSecret, (secret: string) => `"\${env:CLIENT_SECRET}${secret}"`],
      [`client_secret: ${clientSecret}`, (secret: string) => `client_secrets: ${secret}`],
      [`client_secret: ${clientSecret}`, (secret: string) => `client_secret: &s ${secret}\n    x: *s`],
      [token, (secret: string) => `token: ${secret}, tokn: ${secret}`],
      [stateKey, (secret: string) => `key: ${secret}, kei: ${secret}`],
    ) as fc.Arbitrary<readonly [string, (secret: string) => string]>;
    const damage = fc.constantFrom(
      '',
      '\n  : [',
      '\n\tx',
      ' }',
      '\n---\n',
      ' "',
      '\n    id: corp',
      '\n    client_secret: x',
    );
    await fc.assert(
      fc.asyncProperty(secretOf, place, damage, async (secret, [from, to], after) => {
        const text = baseConfiguration.replace(from, () => to(secret) + after);
        const result = await compileConfiguration(text, ports, { folder: '/etc/postern' });
        expect(result.outcome).toBe('refused');
        expect(shown(result)).not.toContain(secret);
      }),
      { numRuns: 300 },
    );
  });

  test('what a reference stands for is never shown, wherever the reference stands', async () => {
    const base = await basePorts();
    const lines = baseConfiguration.split('\n');
    await fc.assert(
      fc.asyncProperty(secretOf, fc.nat(lines.length - 1), async (secret, at) => {
        const text = lines
          .with(at, (lines[at] ?? '').replace(/([\w-]+: )[^[{\s].*$/, `$1"$\${env:PLANTED}"`))
          .join('\n');
        const ports = { ...base, env: { ...base.env, PLANTED: secret } };
        const result = await compileConfiguration(text, ports, { folder: '/etc/postern' });
        expect(shown(result)).not.toContain(secret);
      }),
      { numRuns: 200 },
    );
  });

  test('one newline at the end of a secret file is dropped, and no more', async () => {
    const base = await basePorts();
    const result = await compileConfiguration(
      baseConfiguration.replace('file:token', 'file:two'),
      {
        ...base,
        readFile: (path, most) =>
          path.endsWith('/two') ? Promise.resolve(Buffer.from(`${'x'.repeat(32)}\n\n`)) : base.readFile(path, most),
      },
      { folder: '/etc/postern' },
    );
    expect(result.outcome === 'loaded' && result.snapshot.admin?.token).toBe(`${'x'.repeat(32)}\n`);
  });

  test('a program may hand over secrets as they are, and they are in no text', async () => {
    const base = await basePorts();
    const secret = 'Zq9-the-secret-that-was-handed-over-in-code';
    const configuration = {
      version: 1,
      server: { auth_host: 'auth.corp.example' },
      admin: { token: secret, lisen: 'x' },
      state: { key: secret },
      identity_providers: [{ id: 'corp', issuer: 'https://idp.corp.example', client_id: 'p', client_secret: secret }],
      routes: [{ name: 'app', from: 'https://app.corp.example', to: 'next', allow: [{ id: 'all' }] }],
    };
    const options = { folder: '/etc/postern', shape: 'middleware' } as const;
    const refused = await compileConfigurationObject(configuration, base, options);
    expect(shown(refused)).toContain('did you mean \\"listen\\"');
    expect(shown(refused)).not.toContain(secret);
    const loaded = await compileConfigurationObject({ ...configuration, admin: { token: secret } }, base, options);
    expect(
      loaded.outcome === 'loaded' && [
        loaded.snapshot.admin?.token,
        loaded.snapshot.providers.get('corp')?.clientSecret,
        loaded.snapshot.routes[0]?.at.file,
      ],
    ).toEqual([secret, secret, '<config>']);
  });

  test('the package takes a text, a path or an object', async () => {
    const base = await basePorts();
    const options = { folder: '/etc/postern' };
    const asText = await loadGivenConfiguration(baseConfiguration, base, options);
    const asPath = await loadGivenConfiguration('/etc/postern/nothing.yaml', base, options);
    const asObject = await loadGivenConfiguration(parse(baseConfiguration), base, options);
    const asNothing = await loadGivenConfiguration(undefined, base, options);
    expect([asText, asPath, asObject, asNothing].map(({ outcome }) => outcome)).toEqual([
      'loaded',
      'refused',
      'loaded',
      'refused',
    ]);
  });

  test('an object that holds itself is refused', async () => {
    const configuration: Record<string, unknown> = { version: 1 };
    configuration['self'] = configuration;
    const result = await compileConfigurationObject(configuration, await basePorts(), { folder: '/etc/postern' });
    expect(result.outcome).toBe('refused');
  });

  test('a text cannot ask for what a program handed over', async () => {
    const text = baseConfiguration.replace('file:token', 'given:admin.token');
    const result = await compileConfiguration(text, await basePorts(), { folder: '/etc/postern' });
    expect(result.outcome).toBe('refused');
  });

  test('a secret file that is a device or too large is refused', async () => {
    const text = baseConfiguration.replace('file:token', 'file:huge');
    const base = portsWith({}, {});
    const result = await compileConfiguration(
      text,
      { ...base, readFile: async () => Promise.reject(Object.assign(new Error('large'), { code: 'config_invalid' })) },
      { folder: '/etc/postern' },
    );
    const messages = result.outcome === 'refused' ? result.problems.map(({ message }) => message) : [];
    expect(messages).toContain('the file huge cannot be read: it is too large');
  });
});

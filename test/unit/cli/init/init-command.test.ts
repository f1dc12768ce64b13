import { createPublicKey, X509Certificate } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Interview } from '../../../../src/cli/ask-person.ts';
import type { Answers } from '../../../../src/cli/init/answers.ts';
import { configurationText } from '../../../../src/cli/init/configuration-text.ts';
import { providerNames } from '../../../../src/cli/init/provider-presets.ts';
import { formatYaml } from '../../../../src/config/format/format-yaml.ts';
import { compileConfiguration } from '../../../../src/config/load-configuration.ts';
import { runTests } from '../../../../src/config/tryout/run-tests.ts';
import { runCommandLine } from '../../../support/command-line.ts';
import { configurationTime, makePair, portsWith } from '../../../support/config-files.ts';
import { initFlags } from '../../../support/init-flags.ts';

let home: string;
let folder: string;
let secretFile: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'postern-init-'));
  folder = join(home, 'new', 'postern');
  secretFile = join(home, 'secret');
  await writeFile(secretFile, 'the secret of the client\n');
});
afterEach(() => rm(home, { recursive: true, force: true }));

const init = (changes: Readonly<Record<string, string | undefined>> = {}, more: readonly string[] = []) =>
  runCommandLine([
    'init',
    folder,
    '--no-checks',
    ...initFlags({ 'client-secret-file': secretFile, ...changes }),
    ...more,
  ]);

async function filesUnder(path: string): Promise<readonly string[]> {
  return (await readdir(path, { recursive: true })).sort();
}

const modeOf = async (path: string) => (await stat(join(folder, path))).mode & 0o777;

describe('postern init', () => {
  test('writes a configuration that loads, with tests that pass, and says what is to be registered', async () => {
    const { code, stdout, stderr } = await init();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`ok   ${folder}/postern.yaml   1 route, 1 rule, 0 postures, 2 tests passed`);
    expect(stdout).toContain('  https://auth.corp.example/.postern/callback\n');
    expect(stdout).toContain(`postern run -c ${folder}/postern.yaml`);
    expect(await filesUnder(folder)).toEqual([
      '.gitignore',
      'certs',
      'certs/development-ca.crt',
      'certs/server.crt',
      'certs/server.key',
      'data',
      'postern.schema.json',
      'postern.yaml',
      'secrets',
      'secrets/admin_token',
      'secrets/client_secret',
      'secrets/state_key',
    ]);
  });

  test('keeps secrets from others and from git, and no secret in what is not one', async () => {
    await init();
    for (const name of await readdir(join(folder, 'secrets'))) expect(await modeOf(`secrets/${name}`)).toBe(0o400);
    expect(await Promise.all([modeOf('secrets'), modeOf('data'), modeOf('certs'), modeOf('certs/server.key')])).toEqual(
      [0o700, 0o700, 0o700, 0o400],
    );
    const text = (path: string) => readFile(join(folder, path), 'utf8');
    expect((await text('.gitignore')).split('\n')).toEqual(['secrets/', 'data/', '*.key', '']);
    expect(await text('secrets/client_secret')).toBe('the secret of the client\n');
    const [token, key] = [await text('secrets/admin_token'), await text('secrets/state_key')];
    expect(Buffer.from(token, 'base64')).toHaveLength(32);
    expect(key).not.toBe(token);
    const open = `${await text('postern.yaml')}${await text('postern.schema.json')}`;
    for (const secret of [token, key, 'the secret of the client']) expect(open).not.toContain(secret.trim());
  });

  test('makes a certificate for its hosts that an authority of its own vouches for', async () => {
    await init();
    const read = async (name: string) => readFile(join(folder, 'certs', name), 'utf8');
    const [leaf, authority] = [await read('server.crt'), await read('development-ca.crt')].map(
      (pem) => new X509Certificate(pem),
    );
    expect(authority?.ca).toBe(true);
    expect(leaf?.ca).toBe(false);
    expect(authority && leaf?.checkIssued(authority) && leaf.verify(authority.publicKey)).toBe(true);
    expect(leaf?.publicKey.equals(createPublicKey(await read('server.key')))).toBe(true);
    for (const host of ['auth.corp.example', 'wiki.corp.example', 'later.corp.example'])
      expect(leaf?.checkHost(host)).toBeDefined();
    expect(leaf?.checkHost('corp.example')).toBeUndefined();
    expect(leaf?.validToDate.getTime()).toBe(configurationTime + 90 * 86_400_000);
  });

  test('takes a certificate that is there already, and makes none', async () => {
    const pair = await makePair(['auth.corp.example', 'wiki.corp.example']);
    const [certificate, key] = [join(home, 'own.crt'), join(home, 'own.key')];
    await writeFile(certificate, pair.certificate);
    await writeFile(key, pair.key);
    const { code, stdout } = await init({ certificate, key });
    expect(code).toBe(0);
    expect(stdout).not.toContain('Browsers warn');
    expect(await filesUnder(folder)).not.toContain('certs');
    expect(await readFile(join(folder, 'postern.yaml'), 'utf8')).toContain(`key: "${key}"`);
  });

  test.each(['postern.yaml', 'secrets/state_key', 'certs/server.key'])(
    'writes nothing where %s is there already, and says what to do',
    async (existing) => {
      await mkdir(join(folder, existing, '..'), { recursive: true });
      await writeFile(join(folder, existing), 'mine');
      const before = await filesUnder(folder);
      const { code, stdout, stderr } = await init();
      expect(code).toBe(3);
      expect(stdout).toBe('');
      expect(stderr).toBe(
        `${join(folder, existing)} is there already. It is not written over: name another folder, or move it away. Nothing was written.\n`,
      );
      expect(await filesUnder(folder)).toEqual(before);
      expect(await readFile(join(folder, existing), 'utf8')).toBe('mine');
    },
  );

  test('adds to a .gitignore what it lacks, and keeps what it has', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '.gitignore'), 'node_modules\nsecrets/');
    expect((await init()).code).toBe(0);
    expect(await readFile(join(folder, '.gitignore'), 'utf8')).toBe('node_modules\nsecrets/\ndata/\n*.key\n');
  });

  test('takes back what it wrote when something in the way fails, down to the folders that it made', async () => {
    await mkdir(join(folder, '.gitignore'), { recursive: true });
    const before = await filesUnder(home);
    const { code, stderr } = await init();
    expect(code).toBe(3);
    expect(stderr).toBe(`${folder} cannot be written to: it is a folder. Nothing was written.\n`);
    expect(await filesUnder(home)).toEqual(before);
  });

  test('says every flag that is missing or wrong at once', async () => {
    const { code, stderr } = await runCommandLine([
      'init',
      folder,
      ...['--domain', 'corp', '--provider', 'google', '--allow', 'finance', '--certificate', 'x', '--to', 'wiki:80'],
    ]);
    expect(code).toBe(2);
    expect(stderr.split('\n')).toEqual([
      '--domain: "corp" is one label alone; write it like corp.example, or localhost to try things out.',
      '--client-id is missing: Client id.',
      '--client-secret-file is missing: Client secret (not shown as you type).',
      '--to: "wiki:80" is not the URL of an upstream; write https://wiki:80.',
      '--allow: "finance" names a group, and Google sends none; name @domains or addresses.',
      '--break-glass is missing: Whose access no change may ever take away (your own address).',
      '--certificate and --key go together.',
      'Nothing was written.',
      '',
    ]);
    expect(await filesUnder(home)).toEqual(['secret']);
  });

  test('says that a secret cannot be read, and never shows one', async () => {
    const { code, stderr } = await init({ 'client-secret-file': join(home, 'none') });
    expect(code).toBe(3);
    expect(stderr).toContain('cannot be read: there is no such file. Nothing was written.');
    await writeFile(secretFile, 'two\nlines of a secret');
    const wrong = await init();
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).not.toContain('lines of a secret');
  });

  test('does not write what would not load', async () => {
    const certificate = join(home, 'own.crt');
    await writeFile(certificate, 'no certificate');
    const { code, stderr } = await init({ certificate, key: certificate });
    expect(code).toBe(1);
    expect(stderr).toContain('error[P033]');
    expect(await filesUnder(home)).toEqual(['own.crt', 'secret']);
  });

  test('names the port in every address where people type one', async () => {
    const { stdout } = await init({ domain: 'localhost', port: '18443', allow: 'everyone' });
    expect(stdout).toContain('https://auth.localhost:18443/.postern/callback');
    const text = await readFile(join(folder, 'postern.yaml'), 'utf8');
    expect(text).toContain('address: "127.0.0.1:18443"');
    expect(text).toContain('from: https://wiki.localhost:18443');
    expect(text).not.toContain('public_port');
  });

  test('in a folder where nothing may be written says so', async () => {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o500);
    const { code, stderr } = await init();
    // Root may write anywhere.
    if (process.getuid?.() === 0) expect(code).toBe(0);
    else expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('cannot be written to') });
    await chmod(folder, 0o700);
  });
});

describe('asking', () => {
  /** Somebody who types these lines, and goes away where one is `undefined`. */
  function typing(lines: readonly (string | undefined)[]) {
    const asked: string[] = [];
    const left = [...lines];
    const ask = async (question: string) => {
      asked.push(question);
      return left.shift();
    };
    const interview: Interview = { ask, askSecret: (question) => ask(`secret: ${question}`), end: () => undefined };
    return { asked, openInterview: () => interview };
  }

  const answers = [
    'corp',
    'corp.example',
    '',
    'keycloak',
    'https://keycloak.corp.example/realms/corp',
    'postern',
    'typed secret',
    'wiki',
    '',
    '@corp.example',
    'root-1@corp.example',
  ];

  test('goes through the questions, says what an answer cannot be, and shows the redirect URI before the client', async () => {
    const person = typing(answers);
    const run = await runCommandLine(['init', folder, '--no-checks'], person);
    expect(run.code).toBe(0);
    expect(person.asked).toEqual([
      'Domain of your apps, such as corp.example: ',
      'Domain of your apps, such as corp.example: ',
      'Port that people type [443]: ',
      'Identity provider (okta, entra, google, keycloak, other) [other]: ',
      'Issuer, such as https://keycloak.corp.example/realms/corp: ',
      'Client id: ',
      'secret: Client secret (not shown as you type): ',
      'Name of the first app [wiki]: ',
      'Where the app listens now [http://127.0.0.1:3000]: ',
      'Who may open it: a group, @corp.example, addresses, or everyone: ',
      'Whose access no change may ever take away (your own address): ',
    ]);
    expect(run.stderr).toContain('  That is one label alone; write it like corp.example');
    expect(run.stderr).toContain('https://auth.corp.example/.postern/callback');
    expect(`${run.stdout}${run.stderr}`).not.toContain('typed secret');
    expect(await readFile(join(folder, 'secrets', 'client_secret'), 'utf8')).toBe('typed secret\n');
  });

  test('asks only for what no flag says', async () => {
    const person = typing(['typed secret']);
    const run = await runCommandLine(['init', folder, '--no-checks', '--public-port', '443', ...initFlags()], person);
    expect(run.code).toBe(0);
    expect(person.asked).toEqual(['secret: Client secret (not shown as you type): ']);
  });

  test('asks for what a flag says wrongly, and nothing at all with --yes', async () => {
    const person = typing(['finance']);
    const flags = ['--public-port', '443', ...initFlags({ allow: 'corp.example', 'client-secret-file': secretFile })];
    expect((await runCommandLine(['init', folder, '--no-checks', '--yes', ...flags], person)).code).toBe(2);
    expect(person.asked).toEqual([]);
    const run = await runCommandLine(['init', folder, '--no-checks', ...flags], person);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain(
      '--allow: "corp.example" may be a group or a domain; write @corp.example, or group:corp.example.',
    );
  });

  test.each(answers.map((_, at) => at))('leaves nothing when the person goes away at question %i', async (at) => {
    const run = await runCommandLine(['init', folder, '--no-checks'], typing([...answers.slice(0, at), undefined]));
    expect(run).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/Nothing was written\.\n$/) });
    expect(await filesUnder(home)).toEqual(['secret']);
  });
});

test('whatever is answered, the configuration loads without surprise, is formatted, and its tests pass', async () => {
  const pair = await makePair(['auth.corp.example', 'wiki.corp.example']);
  const files = {
    'certs/server.crt': pair.certificate,
    'certs/server.key': pair.key,
    'secrets/admin_token': 'a'.repeat(44),
    'secrets/state_key': 'b'.repeat(44),
    'secrets/client_secret': 'c',
  };
  const group = fc.oneof(
    fc.constantFrom(
      'true',
      'null',
      '0x1F',
      '- a',
      'a: b',
      'a #b',
      '"',
      "it's",
      '{',
      '*',
      '&a',
      'no',
      '~',
      'ü',
      '12',
      'a, b',
    ),
    fc.stringMatching(/^[ -~]{1,20}$/).filter((text) => text.trim() !== ''),
  );
  const some = <Value>(value: fc.Arbitrary<Value>) => fc.uniqueArray(value, { maxLength: 3 });
  const answered: fc.Arbitrary<Answers> = fc.record({
    domain: fc.constant('corp.example'),
    provider: fc.constantFrom(...providerNames),
    issuer: fc.constantFrom(
      'https://idp.corp.example',
      'https://idp.corp.example/a/',
      'https://idp.corp.example:8443/x_y',
    ),
    clientId: fc.oneof(group, fc.uuid()),
    clientSecret: fc.constant('c'),
    app: fc.constant('wiki'),
    upstream: fc.constantFrom(
      new URL('http://127.0.0.1:3000'),
      new URL('https://[::1]:3001'),
      new URL('https://app.internal'),
    ),
    allowed: fc.record({
      groups: some(group),
      emails: some(fc.constantFrom('ada@corp.example', "o'hara+x@corp.example", '1@corp.example')),
      domains: some(fc.constantFrom('corp.example', 'xn--bcher-kva.example', '1.example')),
    }),
    breakGlass: fc.constant(['root-1@corp.example']),
    listenPort: fc.constantFrom(443, 8443),
    publicPort: fc.constantFrom(443, 8443),
    adminPort: fc.constant(9443),
    certificate: fc.constant(undefined),
  });
  await fc.assert(
    fc.asyncProperty(answered, async (answers) => {
      const text = configurationText(answers);
      const loaded = await compileConfiguration(text, portsWith(files), {
        file: 'postern.yaml',
        folder: '/etc/postern',
      });
      if (loaded.outcome === 'refused') throw new Error(JSON.stringify(loaded.problems));
      const expected = answers.upstream.protocol === 'http:' ? ['P104'] : [];
      expect(loaded.warnings.map(({ code }) => code).filter((code) => code !== 'P112' && code !== 'P119')).toEqual(
        expected,
      );
      expect(runTests(loaded.snapshot, configurationTime).filter(({ passed }) => !passed)).toEqual([]);
      expect(loaded.snapshot.providers.values().next().value?.clientId).toBe(answers.clientId);
      expect(formatYaml('postern.yaml', text)).toEqual({ outcome: 'formatted', text });
    }),
    { numRuns: 150 },
  );
});

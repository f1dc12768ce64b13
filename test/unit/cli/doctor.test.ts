import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { examine } from '../../../src/cli/doctor/examine.ts';
import type { DoctorPorts, Finding, Topic } from '../../../src/cli/doctor/finding.ts';
import { compileConfiguration } from '../../../src/config/load-configuration.ts';
import type { Snapshot } from '../../../src/config/snapshot.ts';
import { readBoundedFile } from '../../../src/config/source/read-bounded-file.ts';
import { runCommandLine } from '../../support/command-line.ts';
import { baseConfiguration, configurationTime, writeBaseFiles } from '../../support/config-files.ts';

let folder = '';
let env: Readonly<Record<string, string | undefined>> = {};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-doctor-'));
  env = await writeBaseFiles(folder, new Date(configurationTime + 60 * 86_400_000));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function snapshotOf(edit: (text: string) => string = (text) => text): Promise<Snapshot> {
  const ports = { readFile: readBoundedFile, env, now: () => configurationTime };
  const result = await compileConfiguration(edit(baseConfiguration), ports, { file: 'postern.yaml', folder });
  if (result.outcome === 'refused') throw new Error(JSON.stringify(result.problems));
  return result.snapshot;
}

const issuer = 'https://idp.corp.example';
const redirectUri = 'https://auth.corp.example/.postern/callback';

interface ProviderAnswers {
  readonly issuer?: string;
  readonly keys?: readonly object[];
  readonly authorize?: () => Response;
  readonly date?: number;
}

/** A provider behind `fetch`; the requests that it saw. */
function provider(answers: ProviderAnswers = {}) {
  const seen: URL[] = [];
  const fetch = async (input: Parameters<DoctorPorts['fetch']>[0]): Promise<Response> => {
    const url = new URL(String(input));
    seen.push(url);
    const headers = { date: new Date(answers.date ?? configurationTime).toUTCString() };
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return Response.json(
          {
            issuer: answers.issuer ?? issuer,
            jwks_uri: `${issuer}/jwks`,
            authorization_endpoint: `${issuer}/authorize`,
          },
          { headers },
        );
      case '/jwks':
        return Response.json({ keys: answers.keys ?? [{ kty: 'EC' }] });
      default:
        return (
          answers.authorize?.() ??
          new Response(null, { status: 303, headers: { location: `${redirectUri}?error=login_required` } })
        );
    }
  };
  return { fetch, seen };
}

function portsWith(more: Partial<DoctorPorts> = {}): DoctorPorts {
  return {
    now: () => configurationTime,
    fetch: provider().fetch,
    lookup: async () => ({}),
    openFiles: async () => 65_536,
    ...more,
  };
}

async function look(topic: Topic, ports: DoctorPorts, snapshot?: Snapshot): Promise<readonly Finding[]> {
  const [report] = await examine([topic], snapshot ?? (await snapshotOf()), ports);
  return report?.findings ?? [];
}

const codes = (findings: readonly Finding[]) =>
  findings.map((finding) => (finding.result === 'fail' ? finding.code : finding.result));

describe('identity', () => {
  test('asks for discovery, keys and, as a sign-in that nobody finishes, for the redirect URI', async () => {
    const { fetch, seen } = provider();
    const findings = await look('identity', portsWith({ fetch }));
    expect(codes(findings)).toEqual(['ok', 'ok']);
    expect(findings[0]?.text).toBe(`discovery ${issuer} (0 ms), keys: 1`);
    expect(findings[1]?.text).toBe(`redirect URI ${redirectUri} is taken by corp`);
    expect(seen.map(({ origin }) => origin)).toEqual([issuer, issuer, issuer]);
    expect(seen[2]?.searchParams.get('prompt')).toBe('none');
    expect(seen.map(String).join()).not.toContain('secret of the client');
  });

  test.each<[string, ProviderAnswers, readonly string[]]>([
    ['another issuer', { issuer: `${issuer}/` }, ['P302']],
    ['no keys', { keys: [] }, ['ok', 'P303', 'ok']],
    ['a refused redirect URI', { authorize: () => new Response('no', { status: 400 }) }, ['ok', 'P301']],
    ['a page where the redirect should be', { authorize: () => new Response('sign in') }, ['ok', 'unknown']],
  ])('%s', async (_, answers, expected) => {
    expect(codes(await look('identity', portsWith({ fetch: provider(answers).fetch })))).toEqual(expected);
  });

  test('a redirect URI that was refused is said to be unconfirmed, and no more', async () => {
    const { fetch } = provider({ authorize: () => new Response('no', { status: 400 }) });
    const [, finding] = await look('identity', portsWith({ fetch }));
    expect(finding?.text).toBe(`could not confirm that ${redirectUri} is registered at corp: it answered 400`);
  });

  test('each of several providers is asked with a redirect URI of its own, and whether it says who it is', async () => {
    const one = provider().fetch;
    const fetch = async (input: Parameters<DoctorPorts['fetch']>[0]): Promise<Response> => {
      const url = new URL(String(input));
      if (url.pathname !== '/authorize') return one(input);
      const location = `${url.searchParams.get('redirect_uri')}?error=login_required`;
      return new Response(null, { status: 303, headers: { location } });
    };
    const known = await snapshotOf();
    const [corp] = known.providers.values();
    if (corp === undefined) throw new Error('no provider');
    const snapshot = { ...known, providers: new Map([...known.providers, ['partner', { ...corp, id: 'partner' }]]) };
    const texts = (await look('identity', portsWith({ fetch }), snapshot)).map(({ text }) => text);
    for (const id of ['corp', 'partner']) {
      expect(texts).toContain(`redirect URI ${redirectUri}/${id} is taken by ${id}`);
      expect(texts.join('\n')).toContain(`${id} does not promise to say in its answers who it is (iss)`);
    }
  });

  test('a provider that is away is named with the reason', async () => {
    const fetch = async () => Promise.reject(Object.assign(new Error('x'), { cause: { code: 'ECONNREFUSED' } }));
    const [finding] = await look('identity', portsWith({ fetch }));
    expect(finding).toMatchObject({ result: 'fail', code: 'P302', text: `discovery ${issuer} failed: ECONNREFUSED` });
  });
});

describe('clock, names and certificates', () => {
  test('a clock that is a minute ahead is a problem; without a provider it cannot be told', async () => {
    expect(codes(await look('clock', portsWith()))).toEqual(['ok']);
    const late = provider({ date: configurationTime - 60_000 });
    const [finding] = await look('clock', portsWith({ fetch: late.fetch }));
    expect(finding?.text).toMatch(/^this machine is (59|60) s ahead of corp$/);
    const away = async () => Promise.reject(new Error('away'));
    expect(codes(await look('clock', portsWith({ fetch: away })))).toEqual(['unknown']);
  });

  test('each host that does not resolve is named', async () => {
    const lookup = async (host: string) =>
      host.startsWith('wiki') ? Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })) : {};
    expect(await look('dns', portsWith({ lookup }))).toEqual([
      {
        result: 'fail',
        code: 'P305',
        text: 'wiki.corp.example does not resolve: ENOTFOUND',
        hint: 'add a DNS record for wiki.corp.example',
      },
    ]);
  });

  test('certificates: days left, nearly ended, not covering', async () => {
    expect((await look('tls', portsWith()))[0]?.text).toBe('1 pair, 60 d left');
    const soon = portsWith({ now: () => configurationTime + 50 * 86_400_000 });
    expect(codes(await look('tls', soon))).toEqual(['P306']);
    const elsewhere = await snapshotOf((text) => text.replace('https://wiki.corp', 'https://wiki.other'));
    expect(codes(await look('tls', portsWith(), elsewhere))).toEqual(['P306']);
  });

  test('a posture that is asked for needs authorities of devices', async () => {
    expect(codes(await look('posture', portsWith()))).toEqual(['ok']);
    const without = await snapshotOf((text) => text.replace(', client_ca: server.crt', ''));
    expect(codes(await look('posture', portsWith(), without))).toEqual(['P307']);
  });
});

describe('files and limits', () => {
  test('what is not there yet is not made by looking', async () => {
    expect(codes(await look('state', portsWith()))).toEqual(['ok']);
    expect(codes(await look('audit', portsWith()))).toEqual(['ok']);
    expect((await readdir(folder)).toSorted()).toEqual(['server.crt', 'server.key', 'token']);
  });

  test('a state file that is none, and a file where the audit folder should be', async () => {
    await mkdir(join(folder, 'data'));
    await writeFile(
      join(folder, 'data/postern.db'),
      'this is no database, but long enough to be read as one'.repeat(20),
    );
    expect(codes(await look('state', portsWith()))).toEqual(['P309']);
    await writeFile(join(folder, 'audit'), '');
    expect(codes(await look('audit', portsWith()))).toEqual(['P308']);
  });

  test('few open files are a problem', async () => {
    expect(codes(await look('limits', portsWith({ openFiles: async () => 1_024 })))).toEqual(['P310']);
    expect(codes(await look('limits', portsWith()))).toEqual(['ok']);
  });
});

describe('sockets', () => {
  let taken: Server | undefined;
  afterEach(() => {
    taken?.close();
  });

  test('a port that another program has is a problem; a free one is not', async () => {
    taken = createServer((socket) => socket.end('hello\r\n'));
    await new Promise<void>((resolve) => taken?.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const edit = (text: string) =>
      text.replace('"127.0.0.1:8443"', `"127.0.0.1:${port}"`).replace('"127.0.0.1:9443"', '"127.0.0.1:0"');
    const findings = await look('listeners', portsWith(), await snapshotOf(edit));
    expect(codes(findings)).toEqual(['P311', 'ok']);
    expect(findings[0]?.text).toBe(`another program has 127.0.0.1:${port}`);
  });

  test('an upstream that nobody serves is named with its route and line', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const edit = (text: string) => text.replaceAll(/https:\/\/10\.0\.0\.\d:8443/g, `https://127.0.0.1:${port}`);
    const findings = await look('upstreams', portsWith(), await snapshotOf(edit));
    expect(codes(findings)).toEqual(['P312', 'P312']);
    expect(findings[0]).toMatchObject({ text: `payroll: https://127.0.0.1:${port} cannot be reached: ECONNREFUSED` });
  });
});

test('what takes too long could not be told', async () => {
  const fetch = () => new Promise<Response>(() => undefined);
  const [report] = await examine(['identity'], await snapshotOf(), portsWith({ fetch }), 20);
  expect(report?.findings).toEqual([{ result: 'unknown', text: 'took longer than 0.02 s' }]);
});

describe('postern doctor', () => {
  test('prints a topic with its hint and answers 1; as JSON too; 3 without a file', async () => {
    const file = join(folder, 'postern.yaml');
    await writeFile(file, baseConfiguration.replace(', client_ca: server.crt', ''));
    expect(await runCommandLine(['doctor', 'posture', '-c', file], { env })).toEqual({
      code: 1,
      stdout:
        'posture\n  FAIL  rules ask for managed-laptop, and no device can be known\n' +
        '        hint: set server.tls.client_ca to the authorities of your device certificates    P307\n',
      stderr: '1 problem. Exit 1.\n',
    });
    const { code, stdout } = await runCommandLine(['doctor', 'tls', '-c', file, '--format', 'json'], { env });
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        healthy: true,
        problems: 0,
        topics: [{ topic: 'tls', findings: [{ result: 'ok', text: '1 pair, 60 d left' }] }],
      },
    ]);
    expect((await runCommandLine(['doctor', '-c', join(folder, 'absent.yaml')])).code).toBe(3);
    expect((await runCommandLine(['doctor', 'weather'])).code).toBe(2);
  });
});

describe('postern validate --online', () => {
  test('asks the provider and the upstreams, and a failure is a 1', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const file = join(folder, 'postern.yaml');
    const text = baseConfiguration
      .replace('https://idp.corp.example', `http://127.0.0.1:${port}`)
      .replaceAll(/https:\/\/10\.0\.0\.\d:8443/g, `https://127.0.0.1:${port}`);
    await writeFile(file, text);
    const { code, stdout } = await runCommandLine(['validate', '--online', file], { env });
    expect([code, stdout.split('\n').slice(1, -1)]).toEqual([
      1,
      [
        `FAIL discovery http://127.0.0.1:${port} failed: ECONNREFUSED; check from this machine: curl http://127.0.0.1:${port}/.well-known/openid-configuration  [P302]`,
        `FAIL payroll: https://127.0.0.1:${port} cannot be reached: ECONNREFUSED; check address, certificate and firewall (${file}:24)  [P312]`,
        `FAIL wiki: https://127.0.0.1:${port} cannot be reached: ECONNREFUSED; check address, certificate and firewall (${file}:44)  [P312]`,
      ],
    ]);
    expect((await runCommandLine(['validate', file], { env })).code).toBe(0);
    const github = await runCommandLine(['validate', '--online', '--format', 'github', file], { env });
    expect(github.stdout).toContain('title=P302::discovery');
  });
});

describe('postern completion', () => {
  test.each(['bash', 'zsh', 'fish'])('%s knows every command', async (shell) => {
    const { code, stdout } = await runCommandLine(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['validate', 'doctor', 'verify', 'fmt']) expect(stdout).toContain(word);
  });
});

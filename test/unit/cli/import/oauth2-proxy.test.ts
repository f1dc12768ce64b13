import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runCommandLine } from '../../../support/command-line.ts';
import {
  type AskedFor,
  importText,
  isOpen,
  loadDraft,
  requestsOf,
  type Visitor,
  visitors,
} from '../../../support/imported-file.ts';

interface Options {
  readonly upstreams: readonly string[];
  readonly email_domains: readonly string[];
  readonly allowed_groups: readonly string[];
  readonly skip_auth_routes: readonly string[];
}

function tomlOf(options: Options): string {
  const lines = Object.entries(options).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return ['redirect_url = "https://app.example.com/oauth2/callback"', 'provider = "google"', ...lines].join('\n');
}

function opensThere(options: Options, { path, method }: AskedFor, visitor: Visitor | undefined): boolean {
  const mounts = options.upstreams.map((upstream) => new URL(upstream).pathname);
  if (!mounts.some((mount) => (mount.endsWith('/') ? path.startsWith(mount) : path === mount))) return false;
  for (const entry of options.skip_auth_routes) {
    const [, wanted, expression = entry] = /^([A-Z]+)=(.*)$/.exec(entry) ?? [];
    if ((wanted === undefined || wanted === method) && new RegExp(expression).test(path)) return true;
  }
  if (visitor === undefined) return false;
  const isKnown = options.email_domains.some((domain) => domain === '*' || visitor.email.endsWith(`@${domain}`));
  return (
    isKnown &&
    (options.allowed_groups.length === 0 || options.allowed_groups.some((group) => visitor.groups.includes(group)))
  );
}

const options: fc.Arbitrary<Options> = fc.record({
  upstreams: fc.subarray(['http://127.0.0.1:1/', 'http://127.0.0.1:2/api/', 'http://127.0.0.1:3/metrics'], {
    minLength: 1,
  }),
  email_domains: fc.constantFrom(['*'], ['corp.example'], ['corp.example', 'vendor.example'], []),
  allowed_groups: fc.constantFrom([], ['admins'], ['staff', 'admins']),
  skip_auth_routes: fc.subarray(
    ['^/api', '^/api/', 'GET=^/probe', '^/metrics$', '^/static/.*', '\\.css$', 'POST=^/api([/?].*)?$', '^/(a|b)', '^/'],
    { maxLength: 3 },
  ),
});

const asked = requestsOf(
  ['app.example.com'],
  [
    '/',
    '/api',
    '/api/',
    '/api/v1',
    '/apis',
    '/probe',
    '/probe/x',
    '/probes',
    '/metrics',
    '/metrics/x',
    '/static',
    '/static/a',
    '/a.css',
  ],
  ['GET', 'POST'],
);

describe('postern import oauth2-proxy', () => {
  test('whatever is open there, nothing opens that did not open there', async () => {
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        const { code, stdout } = await importText('oauth2-proxy', tomlOf(given), 'oauth2-proxy.cfg');
        expect(code).toBe(0);
        const snapshot = await loadDraft(stdout);
        // Where the paths of a route begin is the upstream's: `/api` goes on to `/api/` there.
        for (const request of asked.filter(
          ({ path }) => path !== '/api' || given.upstreams.some((one) => one.endsWith('1/')),
        ))
          for (const visitor of visitors)
            if (isOpen(snapshot, request, visitor) && !opensThere(given, request, visitor))
              throw new Error(`${JSON.stringify({ given, request, visitor })}\n${stdout}`);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test('what is usual means the same, for everybody and every path', async () => {
    const given: Options = {
      upstreams: ['http://127.0.0.1:1/'],
      email_domains: ['corp.example'],
      allowed_groups: ['admins'],
      skip_auth_routes: ['^/metrics$', '^/static([/?].*)?$'],
    };
    const { stdout } = await importText('oauth2-proxy', tomlOf(given), 'oauth2-proxy.cfg');
    const snapshot = await loadDraft(stdout);
    for (const request of asked)
      for (const visitor of visitors)
        expect([request, visitor, isOpen(snapshot, request, visitor)]).toEqual([
          request,
          visitor,
          opensThere(given, request, visitor),
        ]);
  });

  test.each([
    'github_org = "acme"',
    'google_groups = ["staff"]',
    'authenticated_emails_file = "/x"',
    'provider = "oidc"',
  ])('where it is not sure who may pass nobody may: %s', async (line) => {
    const text = `redirect_url = "https://app.example.com/cb"\nupstreams = ["http://127.0.0.1:1/"]\n${line.startsWith('g') ? 'email_domains = ["*"]\n' : ''}${line}\n`;
    const { stdout, sentences } = await importText('oauth2-proxy', text, 'oauth2-proxy.cfg');
    expect(sentences).toContain('Nobody is let in until you write a rule');
    const snapshot = await loadDraft(stdout);
    for (const visitor of visitors) for (const request of asked) expect(isOpen(snapshot, request, visitor)).toBe(false);
  });

  test('a cfg and its alpha configuration are read together; variables too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-import-'));
    try {
      const [cfg, alpha, variables] = ['a.cfg', 'alpha.yaml', 'proxy.env'].map((name) => join(folder, name));
      await writeFile(cfg ?? '', 'email_domains = "corp.example"\nredirect_url = "https://app.example.com/cb"\n');
      await writeFile(
        alpha ?? '',
        'upstreamConfig: { upstreams: [{ id: a, path: /, uri: "https://10.0.0.5" }] }\nproviders: [{ provider: oidc, clientID: me, clientSecret: hunter2, oidcConfig: { issuerURL: "https://idp.corp.example", groupsClaim: roles }, allowedGroups: [ops] }]\n',
      );
      await writeFile(variables ?? '', 'OAUTH2_PROXY_COOKIE_EXPIRE=8h30m\nOTHER=1\n');
      const { code, stdout } = await runCommandLine([
        'import',
        'oauth2-proxy',
        cfg ?? '',
        alpha ?? '',
        variables ?? '',
      ]);
      expect(code).toBe(0);
      for (const part of [
        'to: https://10.0.0.5',
        'issuer: https://idp.corp.example',
        'groups: roles',
        'domains: [corp.example], groups: [ops]',
        'expiration: 510m',
      ])
        expect(stdout).toContain(part);
      expect(stdout).not.toContain('hunter2');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('--out writes a new file that validate takes, and writes over none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-import-'));
    try {
      const [cfg, out] = [join(folder, 'a.cfg'), join(folder, 'postern.yaml')];
      await writeFile(
        cfg,
        'email_domains = "*"\nredirect_url = "https://app.example.com/cb"\nupstreams = "http://127.0.0.1:1"\n',
      );
      const first = await runCommandLine(['import', 'oauth2-proxy', cfg, '--out', out]);
      expect([first.code, first.stdout]).toEqual([0, '']);
      expect(first.stderr).toContain(`Then: postern validate --draft ${out}`);
      expect((await runCommandLine(['validate', '--draft', out])).code).toBe(0);
      const text = await readFile(out, 'utf8');
      const second = await runCommandLine(['import', 'oauth2-proxy', cfg, '--out', out]);
      expect([second.code, second.stderr]).toEqual([3, expect.stringContaining('Nothing is written over.')]);
      expect(await readFile(out, 'utf8')).toBe(text);
      expect((await runCommandLine(['fmt', '--check', out])).code).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('an open path that takes in another upstream says that the other one is not opened', async () => {
    const given = { upstreams: ['http://127.0.0.1:1/', 'http://127.0.0.1:2/api/v1/'], skip_auth_routes: ['^/api'] };
    const { sentences } = await importText(
      'oauth2-proxy',
      tomlOf({ email_domains: ['corp.example'], allowed_groups: [], ...given }),
      'oauth2-proxy.cfg',
    );
    expect(sentences).toContain('LEFT OUT: "^/api" needed no sign-in there on the paths of app--api-v1 either.');
  });

  test('tenants that were allowed are what everybody must have, beside whatever else was asked', async () => {
    const given = {
      upstreams: ['http://127.0.0.1:1/'],
      entra_id_allowed_tenants: ['tenant-one'],
      skip_auth_routes: [],
      email_domains: ['*'],
    };
    for (const allowed_groups of [[], ['staff']]) {
      const text = tomlOf({ ...given, allowed_groups });
      const { stdout } = await importText('oauth2-proxy', text, 'oauth2-proxy.cfg');
      expect(stdout).toMatch(/claims: \{ tid: (?:\[tenant-one\]|tenant-one) \}/);
      const snapshot = await loadDraft(stdout);
      const request = { host: 'app.example.com', path: '/', method: 'GET', address: '10.1.2.3' };
      for (const visitor of visitors) expect(isOpen(snapshot, request, visitor)).toBe(false);
    }
  });

  test('a text of the file cannot leave its comment, nor its value', async () => {
    const text = `email_domains = "*"\nskip_auth_routes = ["x\\npublic: true\\u202e"]\nupstreams = ["file:///x\\npublic: true", "http://127.0.0.1:1/"]\nredirect_url = "https://app.example.com/cb"\nclient_id = "a: [b\\n}"\n`;
    const { stdout } = await importText('oauth2-proxy', text, 'oauth2-proxy.cfg');
    const snapshot = await loadDraft(stdout);
    expect(snapshot.routes.map(({ policy }) => policy.isPublic)).toEqual([false]);
    expect(stdout).toContain('public: true<U+202E>');
  });

  test('what is no TOML is told by its place, without its text', async () => {
    const { code, stdout, stderr } = await importText('oauth2-proxy', 'client_secret = hunter2\n', 'oauth2-proxy.cfg');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/it is not TOML, line 1, column \d+\.\n$/);
    expect(stderr).not.toContain('hunter2');
  });
});

import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AskedFor,
  importText,
  isOpen,
  loadDraft,
  requestsOf,
  type Visitor,
  visitors,
} from '../../../support/imported-file.ts';

type Criterion = Readonly<Record<string, unknown>>;
type Policy = readonly Readonly<
  Partial<Record<'allow' | 'deny', Readonly<Partial<Record<string, readonly Criterion[]>>>>>
>[];

interface Route {
  readonly from: string;
  readonly to: string;
  readonly prefix?: string;
  readonly path?: string;
  readonly regex?: string;
  readonly policy?: Policy;
  readonly allowed_groups?: readonly string[];
  readonly allow_public_unauthenticated_access?: boolean;
  /** Reaches no app. */
  readonly redirect?: object;
}

/** Exact paths first, then expressions, then the longest prefix, letter by letter. */
function routeThere(routes: readonly Route[], { host, path }: AskedFor): Route | undefined {
  const ofHost = routes.filter(({ from }) => from === `https://${host}`);
  const byRegex = ofHost
    .filter(({ regex }) => regex !== undefined && new RegExp(`^(?:${regex})$`).test(path))
    .toSorted((one, other) => (String(one.regex) > String(other.regex) ? -1 : 1));
  const byPrefix = ofHost
    .filter((route) => route.path === undefined && route.regex === undefined && path.startsWith(route.prefix ?? '/'))
    .toSorted((one, other) => (other.prefix ?? '/').length - (one.prefix ?? '/').length);
  return ofHost.find((route) => route.path === path) ?? byRegex[0] ?? byPrefix[0];
}

function holds(criterion: Criterion, { method, path, address }: AskedFor, visitor: Visitor | undefined): boolean {
  const [name, data] = Object.entries(criterion)[0] ?? [];
  const value = Object.values(data as object)[0] as string;
  const operator = Object.keys(data as object)[0];
  switch (name) {
    case 'accept':
      return true;
    case 'reject':
      return false;
    case 'http_method':
      return value === method;
    case 'http_path':
      return operator === 'is' ? path === value : path.startsWith(value);
    case 'source_ip':
      return address.startsWith('10.');
    case 'authenticated_user':
      return visitor !== undefined;
    case 'email':
      return operator === 'is' ? visitor?.email === value : (visitor?.email.endsWith(value) ?? false);
    case 'domain':
      return visitor?.email.endsWith(`@${value}`) ?? false;
    case 'groups':
      return visitor !== undefined && visitor.groups.includes(value) === (operator === 'has');
    default:
      return false;
  }
}

function opensThere(routes: readonly Route[], asked: AskedFor, visitor: Visitor | undefined): boolean {
  const route = routeThere(routes, asked);
  if (route === undefined || route.redirect !== undefined) return false;
  const fits = (effect: 'allow' | 'deny') =>
    (route.policy ?? []).some((rule) =>
      Object.entries(rule[effect] ?? {}).some(([operator, criteria = []]) => {
        const answers = criteria.map((criterion) => holds(criterion, asked, visitor));
        if (operator === 'and') return answers.every((answer) => answer);
        if (operator === 'or') return answers.some((answer) => answer);
        return operator === 'not' ? answers.every((answer) => !answer) : answers.some((answer) => !answer);
      }),
    );
  if (fits('deny')) return false;
  if (route.allow_public_unauthenticated_access === true) return true;
  return fits('allow') || (route.allowed_groups?.some((group) => visitor?.groups.includes(group) ?? false) ?? false);
}

const criteria: readonly Criterion[] = [
  { accept: true },
  { reject: true },
  { authenticated_user: true },
  { groups: { has: 'admins' } },
  { groups: { has: 'staff' } },
  { groups: { exclude: 'admins' } },
  { email: { is: 'ada@corp.example' } },
  { email: { ends_with: '@vendor.example' } },
  { domain: { is: 'corp.example' } },
  { http_method: { is: 'GET' } },
  { http_path: { starts_with: '/admin' } },
  { http_path: { is: '/api' } },
  { source_ip: '10.0.0.0/8' },
];
const block = fc.tuple(
  fc.constantFrom('and', 'or', 'not', 'nor'),
  fc.subarray([...criteria], { minLength: 1, maxLength: 3 }),
);
const policyRule = fc
  .tuple(fc.constantFrom('allow' as const, 'allow' as const, 'deny' as const), block)
  .map(([effect, [operator, all]]) => ({ [effect]: { [operator]: all } }) as Policy[number]);
const place = fc.constantFrom<Partial<Route>>(
  {},
  { prefix: '/admin' },
  { prefix: '/admin/' },
  { prefix: '/api' },
  { path: '/api' },
  { regex: '/a(dmin|pi)/.*' },
  { regex: '/metrics.*' },
);
const route: fc.Arbitrary<Route> = fc
  .tuple(
    place,
    fc.record(
      {
        policy: fc.array(policyRule, { minLength: 1, maxLength: 3 }),
        allowed_groups: fc.constant(['staff']),
        allow_public_unauthenticated_access: fc.constant(true),
        redirect: fc.constant({ path_redirect: '/elsewhere' }),
      },
      { requiredKeys: ['policy'] },
    ),
  )
  .map(([where, rest]) => ({ from: 'https://app.example.com', to: 'http://127.0.0.1:8080', ...where, ...rest }));

const asked = requestsOf(
  ['app.example.com', 'other.example.com'],
  ['/', '/admin', '/admin/', '/admin/x', '/adminx', '/api', '/api/v1', '/apis', '/metrics', '/metrics/x'],
  ['GET', 'POST'],
);
const placeOf = ({ prefix, path, regex }: Route) => `${prefix?.replace(/\/$/, '')}|${path}|${regex}`;

describe('postern import pomerium', () => {
  test('docs/importing.md shows what it prints', async () => {
    const page = await readFile(new URL('../../../../docs/importing.md', import.meta.url), 'utf8');
    const [source = '', routes = ''] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text);
    const { stdout, stderr } = await importText('pomerium', source, 'config.yaml');
    expect(stdout.slice(stdout.indexOf('routes:'))).toBe(routes);
    expect(page).toContain(stderr.replace('FILE', 'postern.yaml'));
  });

  test('whatever the routes and policies are, nothing opens that did not open there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(route, { minLength: 1, maxLength: 4, selector: placeOf }), async (routes) => {
        fc.pre(routes.some(({ redirect }) => redirect === undefined));
        const { code, stdout } = await importText('pomerium', JSON.stringify({ routes }), 'config.json');
        expect(code).toBe(0);
        const snapshot = await loadDraft(stdout);
        for (const request of asked)
          for (const visitor of visitors)
            if (isOpen(snapshot, request, visitor) && !opensThere(routes, request, visitor))
              throw new Error(`${JSON.stringify({ request, visitor })}\n${stdout}`);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test('the paths of a route that is left out do not fall to a wider one that opens', async () => {
    const from = 'https://app.example.com';
    const to = 'http://127.0.0.1:8080';
    const policy = [{ allow: { or: [{ groups: { has: 'admins' } }] } }];
    const wide = { from, to, allow_public_unauthenticated_access: true };
    const open = async (other: object, path: string) => {
      const { stdout } = await importText(
        'pomerium',
        JSON.stringify({ routes: [wide, { from, policy, ...other }] }),
        'c.json',
      );
      const asked = { host: 'app.example.com', path, method: 'GET', address: '10.1.2.3' };
      const snapshot = await loadDraft(stdout);
      return visitors.some((visitor) => isOpen(snapshot, asked, visitor));
    };
    expect(await open({ prefix: '/internal', redirect: { path_redirect: '/' } }, '/internal/secret')).toBe(false);
    expect(await open({ prefix: '/internal', redirect: { path_redirect: '/' } }, '/other')).toBe(true);
    expect(await open({ prefix: '/tcp', to: 'tcp://app:80' }, '/tcp')).toBe(false);
    expect(await open({ path: '/one', to: 'tcp://app:80' }, '/one')).toBe(false);
    // Where it cannot be told which paths it had, the wider one opens nothing.
    expect(await open({ prefix: '/secret area', to }, '/anything')).toBe(false);
    expect(await open({ regex: '(?i)/admin.*', to }, '/ADMIN')).toBe(false);
  });

  test.each([
    ['a certificate of the client', { tls_downstream_client_ca_file: 'ca.pem' }, {}],
    ['policies below the policy', { sub_policies: [{ policy: [{ deny: { or: [{ reject: true }] } }] }] }, {}],
    ['a certificate at every route', {}, { downstream_mtls: { ca_file: 'ca.pem' } }],
  ])('a route that asked for %s opens nothing until that is written', async (_, ofRoute, ofFile) => {
    const route = { from: 'https://app.example.com', to: 'http://127.0.0.1:8080', ...ofRoute };
    for (const opening of [{ allow_public_unauthenticated_access: true }, { allow_any_authenticated_user: true }]) {
      const text = JSON.stringify({ ...ofFile, routes: [{ ...route, ...opening }] });
      const snapshot = await loadDraft((await importText('pomerium', text, 'c.json')).stdout);
      const asked = { host: 'app.example.com', path: '/', method: 'GET', address: '10.1.2.3' };
      expect(visitors.some((visitor) => isOpen(snapshot, asked, visitor))).toBe(false);
    }
  });

  test('what is usual means the same, for everybody and every path', async () => {
    const routes: readonly Route[] = [
      {
        from: 'https://app.example.com',
        to: 'http://127.0.0.1:8080',
        policy: [
          { allow: { or: [{ domain: { is: 'corp.example' } }, { email: { is: 'kim@vendor.example' } }] } },
          { deny: { and: [{ http_method: { is: 'POST' } }, { groups: { exclude: 'staff' } }] } },
        ],
      },
      {
        from: 'https://app.example.com',
        to: 'http://127.0.0.1:8081',
        path: '/metrics',
        allow_public_unauthenticated_access: true,
      },
      { from: 'https://wiki.example.com', to: 'https://10.0.0.5', allowed_groups: ['staff'] },
    ];
    const { stdout } = await importText('pomerium', JSON.stringify({ routes }), 'config.json');
    const snapshot = await loadDraft(stdout);
    const all = requestsOf(
      ['app.example.com', 'wiki.example.com'],
      ['/', '/admin', '/metrics', '/metrics/x'],
      ['GET', 'POST'],
    );
    for (const request of all)
      for (const visitor of visitors)
        expect([request, visitor, isOpen(snapshot, request, visitor)]).toEqual([
          request,
          visitor,
          opensThere(routes, request, visitor),
        ]);
  });

  test('what cannot be said closes: a grant opens nothing, a denial holds for everyone, a route of no single host is none', async () => {
    const text = `routes:
  - from: https://app.example.com
    to: https://10.0.0.5
    policy: { allow: { and: [{ domain: corp.example }, { device: { approved: true } }] } }
  - from: https://wiki.example.com
    to: https://10.0.0.6
    policy: [{ allow: { or: [{ authenticated_user: true }] } }, { deny: { or: [{ day_of_week: sun }] } }]
  - from: https://*.example.com
    to: https://10.0.0.7
    allow_any_authenticated_user: true
`;
    const { stdout, stderr, sentences } = await importText('pomerium', text, 'config.yaml');
    expect(sentences).toContain('LEFT OUT: A grant by device. It opens nothing');
    expect(sentences).toContain('LEFT OUT: The denial also asked for day_of_week');
    expect(sentences).toContain(
      'LEFT OUT: Route 3 (https://*.example.com): from: must be an https origin of one host here.',
    );
    expect(stderr).toContain('3 left out');
    const snapshot = await loadDraft(stdout);
    const all = requestsOf(['app.example.com', 'wiki.example.com', 'x.example.com'], ['/'], ['GET']);
    for (const visitor of visitors) for (const request of all) expect(isOpen(snapshot, request, visitor)).toBe(false);
  });

  test('no secret of the file is repeated, and each has its place', async () => {
    const text = `idp_provider: google
idp_client_id: abc
idp_client_secret: hunter2hunter2
cookie_secret: correcthorsebattery
routes:
  - from: https://app.example.com
    to: https://10.0.0.5
    allow_any_authenticated_user: true
    set_request_headers: { Authorization: Bearer staple, X-Env: prod }
`;
    const { stdout, stderr } = await importText('pomerium', text, 'config.yaml');
    expect(stdout + stderr).not.toMatch(/hunter2|correcthorse|staple/);
    expect(stdout).toContain(
      `set_request_headers: { Authorization: "\${file:secrets/header_authorization}", X-Env: prod }`,
    );
    expect(stdout).toContain('issuer: https://accounts.google.com');
  });

  test('merge keys of the file are followed, as Pomerium does', async () => {
    const text = `base: &base { to: "https://10.0.0.5", allowed_groups: [staff] }
routes: [{ <<: *base, from: "https://app.example.com" }]
`;
    const { stdout } = await importText('pomerium', text, 'config.yaml');
    expect(stdout).toContain('groups: [staff]');
    expect(stdout).toContain('LEFT OUT: Keys without a counterpart here: base.');
  });

  test('a file that is no YAML, and one without routes, are refused without their text', async () => {
    const broken = await importText(
      'pomerium',
      'routes:\n  - from: "x\n    idp_client_secret: hunter2\n',
      'config.yaml',
    );
    expect([broken.code, broken.stdout]).toEqual([1, '']);
    expect(broken.stderr).toMatch(/cannot be read: it is not YAML, line \d\.\n$/);
    expect(broken.stderr).not.toContain('hunter2');
    expect((await importText('pomerium', 'idp_provider: google\n', 'config.yaml')).stderr).toContain(
      'It has no routes',
    );
  });
});

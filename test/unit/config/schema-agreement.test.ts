import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { jsonSchemaText } from '../../../src/config/json-schema.ts';
import type { JsonSchemaNode } from '../../../src/config/json-schema-node.ts';
import { compileConfiguration, type LoadPorts } from '../../../src/config/load-configuration.ts';
import { type KeyPath, type Problem, pathKey } from '../../../src/config/problem.ts';
import { basePorts } from '../../support/config-files.ts';

type Tree = Readonly<Record<string, unknown>>;

const name = fc.stringMatching(/^[a-z][a-z0-9._-]{0,8}$/);
const line = fc.constantFrom('Payroll', 'Salaries and payslips', 'ü, "quoted"', 'a: b # c');
const texts = fc.dictionary(fc.constantFrom('en', 'de', 'pt-BR'), line, { maxKeys: 2 });
const group = fc.constantFrom('finance', 'staff');
const perhaps = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const some = <Value>(value: fc.Arbitrary<Value>) => fc.uniqueArray(value, { minLength: 1, maxLength: 2 });
const path = fc.constantFrom('/', '/reports', '/a/b/', '/%C3%BC', "/x!$&'()*+,;=:@");
const glob = fc.constantFrom('/**', '/reports/**', '/a/*', '/*.pdf');
const pathEntry = fc.oneof(
  glob,
  fc.constantFrom({ path: '/exact' }, { regex: '^/x/[0-9]+$' }, { regex: '^/(?:a|b)/.*$' }),
);
const longDuration = fc.constantFrom('60s', '24h', '90d', '0030m');
const score = fc.integer({ min: 1, max: 100 });

const claimValue = fc.oneof(line, fc.integer(), fc.boolean());

const conditions = {
  groups: perhaps(some(group)),
  emails: perhaps(some(fc.constantFrom('ada@corp.example', "o'neil+x@Corp.example"))),
  domains: perhaps(some(fc.constantFrom('corp.example', 'bücher.example'))),
  methods: perhaps(some(fc.constantFrom('GET', 'POST', 'M-SEARCH'))),
  paths: perhaps(some(pathEntry)),
  networks: perhaps(fc.constant(['office'])),
  claims: perhaps(
    fc.dictionary(
      fc.constantFrom('department', 'address.country', 'https://corp.example/roles'),
      fc.oneof(claimValue, some(claimValue)),
      { minKeys: 1, maxKeys: 2 },
    ),
  ),
  hours: perhaps(
    fc.record({
      days: perhaps(some(fc.constantFrom('mon', 'sat', 'sun'))),
      from: fc.constantFrom('07:00', '22:30'),
      to: fc.constantFrom('06:00', '24:00'),
      zone: fc.constantFrom('Europe/Berlin', 'UTC'),
    }),
  ),
  when: perhaps(fc.constantFrom('claims.department == "payroll"', 'request.method != "DELETE" || risk.score < 40')),
};
const allow = fc.record({
  ...conditions,
  device: perhaps(fc.constant('laptop')),
  auth: perhaps(
    fc.record({
      methods: some(fc.constantFrom('password', 'otp', 'passkey')),
      max_age: perhaps(fc.constantFrom('1s', '15m')),
    }),
  ),
  risk: perhaps(fc.record({ below: score })),
});
const deny = fc.record({
  ...conditions,
  device_fails: perhaps(fc.constant('laptop')),
  risk: perhaps(fc.record({ above: fc.integer({ min: 0, max: 99 }) })),
  user_message: perhaps(texts),
});
const route = fc.record({
  title: perhaps(fc.oneof(line, texts)),
  description: perhaps(fc.oneof(line, texts)),
  group: perhaps(fc.oneof(fc.constantFrom('Finance', 'Personal'), texts)),
  prefix: perhaps(path),
  to: fc.oneof(fc.constant('https://10.0.0.5:8443'), fc.constant(['https://a.example', 'https://[fd00::1]:8443/'])),
  disclose: perhaps(fc.constantFrom('kind', 'requirements')),
  clients: perhaps(fc.record({ api_paths: some(glob) })),
  public: perhaps(fc.boolean()),
  allow: perhaps(fc.array(allow, { maxLength: 2 })),
  deny: perhaps(fc.array(deny, { maxLength: 2 })),
  pass_identity_headers: perhaps(fc.boolean()),
  identity: perhaps(
    fc.record(
      {
        groups: fc.oneof(fc.constantFrom('all', 'named', 'none'), some(fc.constantFrom('finance', 'project-*'))),
        claims: fc.array(fc.constantFrom('department', 'roles.a'), { maxLength: 2 }),
        headers: fc.record({ user: fc.constantFrom('X-Auth-User', 'x_user') }, { requiredKeys: [] }),
        assertion: fc.boolean(),
        limit: fc.constantFrom('4KiB', '7KiB'),
      },
      { requiredKeys: [] },
    ),
  ),
  set_request_headers: perhaps(
    fc.dictionary(fc.constantFrom('X-Env', 'X-Other'), fc.constantFrom('prod', ''), { maxKeys: 2 }),
  ),
  remove_request_headers: perhaps(some(fc.constantFrom('X-Debug', 'x_y'))),
  allow_websockets: perhaps(fc.boolean()),
  cors: perhaps(fc.record({ origins: some(fc.constantFrom('https://portal.example', 'http://localhost:3000')) })),
});

/** Files whose names fit together, so that nothing is wrong but what a schema sees. */
const configuration: fc.Arbitrary<Tree> = fc
  .record({
    server: fc.record({
      listeners: fc.constant([{ address: '127.0.0.1:8443', public_port: 443 }]),
      redirect_http: perhaps(fc.constantFrom('0.0.0.0:8080', '[::]:80')),
      auth_host: fc.constantFrom('auth.corp.example', 'AUTH.corp.example.'),
      tls: fc.constant({ certificate: 'server.crt', key: ['server.key'] }),
      trusted_proxies: perhaps(some(fc.constantFrom('10.0.0.0/8', '::1', '2001:db8::/32'))),
      limits: perhaps(
        fc.record({
          header_bytes: perhaps(fc.constantFrom('16KiB', '1024B', '1MiB')),
          request_timeout: perhaps(fc.constantFrom('1s', '60m')),
        }),
      ),
    }),
    admin: perhaps(fc.record({ listen: perhaps(fc.constant('127.0.0.1:9443')), token: fc.constant(`\${file:token}`) })),
    state: fc.constant({ path: 'data/postern.db', key: `\${env:STATE_KEY}` }),
    session: perhaps(
      fc.record({ expiration: longDuration.filter((text) => text !== '60s'), inactivity: fc.constant('5m') }),
    ),
    break_glass: perhaps(fc.constant(['root-1@corp.example'])),
    posture: fc.record({
      require: some(fc.constantFrom('disk_encrypted', 'os_version >= 14.0')),
      max_age: perhaps(longDuration),
      sources: perhaps(some(fc.constantFrom('self', 'admin'))),
    }),
    risk: perhaps(
      fc.record({
        mode: perhaps(fc.constantFrom('enforce', 'report_only')),
        medium: perhaps(fc.constantFrom('allow', 'step_up', 'deny', 'end_session')),
        high: perhaps(fc.constantFrom('step_up', 'deny', 'end_session')),
        levels: perhaps(fc.constant({ medium: 30.5, high: 70 })),
      }),
    ),
    routes: fc.array(route, { minLength: 1, maxLength: 2 }),
    title: perhaps(line),
    retain: perhaps(fc.constantFrom('1d', '90d')),
    id: name,
  })
  .map(({ posture, routes, title, retain, id, ...rest }) =>
    plain({
      version: 1,
      ...rest,
      identity_providers: [
        { id, title, issuer: 'https://idp.corp.example', client_id: 'postern', client_secret: `\${env:CLIENT_SECRET}` },
      ],
      postures: { laptop: posture },
      networks: { office: ['203.0.113.0/24', '::1'] },
      routes: routes.map((one, index) => ({
        name: `r${index}`,
        from: `https://h${index}.corp.example`,
        ...one,
        allow: one.allow?.map((grant, at) => ({ id: `a${at}`, ...grant })),
        deny: one.deny?.map((denial, at) => ({ id: `d${at}`, ...denial })),
      })),
      audit: { retain, on_failure: 'allow', rotate: '1GiB' },
    }),
  );

function plain(value: Tree): Tree {
  return JSON.parse(JSON.stringify(value)) as Tree;
}

interface Place {
  readonly path: KeyPath;
  readonly node: JsonSchemaNode;
}

/** Where a file says something, with what the schema says of it there. */
function placesOf(value: unknown, node: JsonSchemaNode, path: KeyPath = []): readonly Place[] {
  const chosen = node.anyOf?.find((option) => (option.items !== undefined) === Array.isArray(value)) ?? node;
  const below: Place[] = [];
  if (Array.isArray(value) && chosen.items !== undefined) {
    for (const [index, item] of value.entries()) below.push(...placesOf(item, chosen.items, [...path, index]));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const child = chosen.properties?.[key] ?? chosen.additionalProperties;
      if (typeof child === 'object') below.push(...placesOf(item, child, [...path, key]));
    }
  }
  return [{ path, node: chosen }, ...below];
}

type Mutation =
  | 'none'
  | 'unknown key'
  | 'missing key'
  | 'wrong type'
  | 'bad text'
  | 'bad choice'
  | 'bad number'
  | 'empty list'
  | 'null';
const mutations: readonly Mutation[] = [
  'unknown key',
  'missing key',
  'wrong type',
  'bad text',
  'bad choice',
  'bad number',
  'empty list',
  'null',
];

/** Breaks a copy of the file in one place; `undefined` where this file has no such place. */
function mutate(tree: Tree, mutation: Mutation, pick: number, root: JsonSchemaNode): Tree | undefined {
  if (mutation === 'none') return tree;
  const copy = plain(tree);
  const all = placesOf(copy, root);
  const fitting = all.filter(({ node, path }) => {
    switch (mutation) {
      case 'unknown key':
        return node.properties !== undefined;
      case 'missing key':
        return (node.required?.length ?? 0) > 0 && path.length > 0;
      case 'bad text':
        return node.pattern !== undefined;
      case 'bad choice':
        return node.enum !== undefined || node.const !== undefined;
      case 'bad number':
        return node.maximum !== undefined && node.type !== 'string';
      case 'empty list':
        // Without a provider nobody could sign in: that is about other keys, and no schema sees it.
        return node.type === 'array' && path[0] !== 'identity_providers';
      default:
        return path.length > 0;
    }
  });
  const place = fitting[pick % fitting.length];
  if (place === undefined) return undefined;
  const { path, node } = place;
  switch (mutation) {
    case 'unknown key':
      return set(copy, [...path, 'unheard_of'], true);
    case 'missing key':
      return set(copy, [...path, node.required?.[pick % node.required.length] ?? ''], undefined);
    case 'wrong type':
      return set(copy, path, node.type === 'boolean' ? 'no' : node.type === 'object' ? ['x'] : { x: 1 });
    case 'bad text':
      return set(copy, path, ['\u0001', ' ', '{}', 'https://', '/a/../b', '1 w', '#'][pick % 7]);
    case 'bad choice':
      return set(copy, path, 'everything');
    case 'bad number':
      return set(copy, path, [-1, 70_000, 1.5e9][pick % 3]);
    case 'empty list':
      return set(copy, path, []);
    case 'null':
      return set(copy, path, null);
  }
}

function set(tree: Tree, path: KeyPath, value: unknown): Tree {
  let holder: object = tree;
  for (const part of path.slice(0, -1)) holder = Reflect.get(holder, part) as object;
  const last = path.at(-1) ?? '';
  if (value === undefined) Reflect.deleteProperty(holder, last);
  else Reflect.set(holder, last, value);
  return tree;
}

/** What a schema can see; the rest is about names that refer to each other, files, and the package. */
const shapes = /^P0(01|07|1[0-9]|31|4[0-389])$/;

describe('the JSON Schema and the loader', () => {
  let validate: ValidateFunction;
  let ports: LoadPorts;
  const schema = JSON.parse(jsonSchemaText()) as JsonSchemaNode;
  beforeAll(async () => {
    // Editors pass over words that JSON Schema does not have.
    validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
    const base = await basePorts();
    ports = { ...base, env: { ...base.env, GROUP: 'operations' } };
  });

  async function load(text: string) {
    const result = await compileConfiguration(text, ports, { file: 'postern.yaml', folder: '/etc/postern' });
    const problems: readonly Problem[] = result.outcome === 'refused' ? result.problems : [];
    return problems.filter(({ severity }) => severity === 'error');
  }

  test('accept and refuse the same generated files', async () => {
    const counts = { accepted: 0, refused: 0 };
    const kinds = new Set<string>();
    const runs = fc.tuple(configuration, fc.constantFrom<Mutation>('none', 'none', ...mutations), fc.nat(10_000));
    await fc.assert(
      fc.asyncProperty(runs, async ([tree, mutation, pick]) => {
        const mutated = mutate(tree, mutation, pick, schema);
        if (mutated === undefined) return;
        const text = stringify(mutated, { lineWidth: 0, version: '1.2' });
        const errors = await load(text);
        const isAccepted = validate(mutated) === true;
        // Whether anybody must sign in hangs on the routes, which a schema does not look at.
        const seen = errors.filter(
          ({ code, message }) => shapes.test(code) && !message.startsWith('nobody can sign in'),
        );
        expect({
          mutation,
          text,
          accepted: isAccepted,
          why: validate.errors?.map((error) => `${error.instancePath} ${error.message}`) ?? [],
        }).toEqual({
          mutation,
          text,
          accepted: seen.length === 0,
          why: isAccepted ? [] : expect.anything(),
        });
        counts[isAccepted ? 'accepted' : 'refused'] += 1;
        kinds.add(mutation);
        if (mutation === 'none') expect(errors).toEqual([]);
      }),
      { numRuns: 400 },
    );
    expect(counts.accepted).toBeGreaterThan(50);
    expect(counts.refused).toBeGreaterThan(150);
    expect(kinds.size).toBe(mutations.length + 1);
  });

  test('every place of the schema that takes a text has a pattern, so that editors see a mistake', () => {
    const lacking: string[] = [];
    const visit = (node: JsonSchemaNode, path: KeyPath) => {
      if (node.type === 'string' && node.enum === undefined && node.pattern === undefined) lacking.push(pathKey(path));
      for (const [key, child] of Object.entries(node.properties ?? {})) visit(child, [...path, key]);
      if (node.items !== undefined) visit(node.items, [...path, '[]']);
      if (typeof node.additionalProperties === 'object') visit(node.additionalProperties, [...path, '*']);
      for (const option of node.anyOf ?? []) visit(option, path);
    };
    visit(schema, []);
    expect(lacking).toEqual([]);
  });
});

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

interface Rule {
  readonly domain: string;
  readonly policy: string;
  readonly resources?: readonly string[];
  readonly methods?: readonly string[];
  readonly networks?: readonly string[];
  readonly subject?: readonly (readonly string[])[];
}

/** The first rule that fits decides. Where a rule asks who it is, nobody who is not signed in passes. */
function opensThere(rules: readonly Rule[], fallback: string, asked: AskedFor, visitor: Visitor | undefined): boolean {
  for (const rule of rules) {
    const hasHost = rule.domain.startsWith('*.')
      ? asked.host.endsWith(rule.domain.slice(1))
      : rule.domain === asked.host;
    const hasPath = rule.resources?.some((text) => new RegExp(text).test(asked.path)) ?? true;
    const hasMethod = rule.methods?.includes(asked.method) ?? true;
    const hasNetwork = rule.networks === undefined || asked.address.startsWith('10.');
    if (!(hasHost && hasPath && hasMethod && hasNetwork)) continue;
    if (rule.subject !== undefined) {
      if (visitor === undefined) return false;
      const fits = rule.subject.some((all) =>
        all.every(
          (one) => one === `user:${visitor.username}` || visitor.groups.some((group) => one === `group:${group}`),
        ),
      );
      if (!fits) continue;
    }
    return suffices(rule.policy, visitor);
  }
  return suffices(fallback, visitor);
}

function suffices(policy: string, visitor: Visitor | undefined): boolean {
  if (policy === 'bypass') return true;
  return policy !== 'deny' && (visitor?.factors ?? 0) >= (policy === 'two_factor' ? 2 : 1);
}

const hosts = ['app.example.com', 'wiki.example.com'];
const paths = [
  '/',
  '/admin',
  '/admin/x',
  '/adminx',
  '/api',
  '/api/v1',
  '/apis',
  '/users/john/a',
  '/metrics',
  '/metrics/x',
  '/a.css',
];
const asked = requestsOf([...hosts, 'other.example.com'], paths, ['GET', 'POST']);

const rule: fc.Arbitrary<Rule> = fc.record(
  {
    domain: fc.constantFrom(...hosts, '*.example.com'),
    policy: fc.constantFrom('bypass', 'one_factor', 'two_factor', 'deny'),
    resources: fc.subarray(
      [
        '^/admin.*$',
        '^/admin/',
        '^/api([/?].*)?$',
        '^/api(/.*)?$',
        '^/metrics$',
        '\\.css$',
        '^/users/john/.*$',
        '^/(a|b).*$',
        '.*',
      ],
      { minLength: 1, maxLength: 2 },
    ),
    methods: fc.constantFrom(['GET'], ['POST'], ['GET', 'POST']),
    networks: fc.constant(['10.0.0.0/8']),
    subject: fc.constantFrom(
      [['group:admins']],
      [['group:staff'], ['user:ada']],
      [['group:staff', 'user:john']],
      [['user:kim']],
    ),
  },
  { requiredKeys: ['domain', 'policy'] },
);

function written(rules: readonly Rule[], fallback: string): string {
  return JSON.stringify({ access_control: { default_policy: fallback, rules } });
}

describe('postern import authelia', () => {
  test('whatever the rules and their order are, nothing opens that did not open there', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(rule, { minLength: 1, maxLength: 6 }),
        fc.constantFrom('deny', 'one_factor', 'two_factor', 'bypass'),
        async (rules, fallback) => {
          fc.pre(rules.some(({ domain }) => !domain.startsWith('*')));
          const { code, stdout } = await importText('authelia', written(rules, fallback), 'configuration.json');
          expect(code).toBe(0);
          const snapshot = await loadDraft(stdout);
          for (const request of asked)
            for (const visitor of visitors)
              if (isOpen(snapshot, request, visitor) && !opensThere(rules, fallback, request, visitor))
                throw new Error(`${JSON.stringify({ request, visitor })}\n${stdout}`);
        },
      ),
      { numRuns: 40, seed: 1 },
    );
  });

  test('what is usual means the same, for everybody and every path', async () => {
    const rules: readonly Rule[] = [
      { domain: 'app.example.com', resources: ['^/api([/?].*)?$'], policy: 'bypass' },
      { domain: 'app.example.com', resources: ['^/admin(/.*)?$'], subject: [['group:admins']], policy: 'two_factor' },
      { domain: 'app.example.com', resources: ['^/admin(/.*)?$'], policy: 'deny' },
      { domain: 'app.example.com', policy: 'one_factor' },
      { domain: 'wiki.example.com', subject: [['group:admins'], ['group:staff']], policy: 'two_factor' },
      { domain: 'wiki.example.com', methods: ['GET'], policy: 'one_factor' },
    ];
    const { stdout } = await importText('authelia', written(rules, 'deny'), 'configuration.json');
    const snapshot = await loadDraft(stdout);
    for (const request of requestsOf(hosts, paths, ['GET', 'POST']))
      for (const visitor of visitors)
        expect([request, visitor, isOpen(snapshot, request, visitor)]).toEqual([
          request,
          visitor,
          opensThere(rules, 'deny', request, visitor),
        ]);
  });

  test('the order is kept: a rule that asks for less comes to have the opposite of the one before it', async () => {
    const rules: readonly Rule[] = [
      { domain: 'app.example.com', subject: [['group:admins']], policy: 'two_factor' },
      { domain: 'app.example.com', policy: 'one_factor' },
    ];
    const { stdout } = await importText('authelia', written(rules, 'deny'), 'configuration.json');
    expect(stdout).toContain(`- id: rule-2\n        when: '!(("admins" in user.groups))'`);
  });

  test('a rule whose order cannot be said asks for as much as the one before it, and says so', async () => {
    const rules: readonly Rule[] = [
      { domain: 'app.example.com', networks: ['10.0.0.0/8'], policy: 'two_factor' },
      { domain: 'app.example.com', policy: 'one_factor' },
    ];
    const { stdout, sentences } = await importText('authelia', written(rules, 'deny'), 'configuration.json');
    expect(sentences).toContain('NOTE: Rule 1 came first there and asked for two factors');
    expect(stdout).toContain('- id: everyone-rule-2\n        auth: { methods: [otp, passkey] }');
  });

  test('what depends on who asks, and a query, open nothing, with a comment', async () => {
    const text = `access_control:
  rules:
    - { domain: app.example.com, policy: one_factor, query: [[{ operator: present, key: token }]] }
    - { domain: '{user}.example.com', policy: one_factor }
    - { domain: app.example.com, subject: 'oauth2:client:x', policy: one_factor }
`;
    const { stdout, stderr, sentences } = await importText('authelia', text, 'configuration.yml');
    expect(sentences.match(/LEFT OUT: Rule \d: it asks for [a-z ]+/g)).toEqual([
      'LEFT OUT: Rule 1: it asks for query',
      'LEFT OUT: Rule 2: it asks for a domain that depends on who asks',
      'LEFT OUT: Rule 3: it asks for a subject that is no user',
    ]);
    expect(stderr).toContain('3 left out');
    const snapshot = await loadDraft(stdout);
    for (const visitor of visitors) for (const request of asked) expect(isOpen(snapshot, request, visitor)).toBe(false);
  });

  test.each(['^/download\\?.*secret=1', '^/export([/?]kind=all.*)$'])(
    'a refusal that looks at the query (%s) is not lost: what comes after it opens nothing',
    async (expression) => {
      const rules: readonly Rule[] = [
        { domain: 'app.example.com', policy: 'deny', resources: [expression] },
        { domain: 'app.example.com', policy: 'one_factor' },
      ];
      const { stdout, stderr } = await importText('authelia', written(rules, 'deny'), 'configuration.json');
      expect(stderr).toContain('left out');
      const snapshot = await loadDraft(stdout);
      const request = { host: 'app.example.com', path: '/download', method: 'GET', address: '10.1.2.3' };
      for (const visitor of visitors) expect(isOpen(snapshot, request, visitor)).toBe(false);
    },
  );

  test('networks whose names differ in a blank alone stay two', async () => {
    const text = `definitions:
  network: { 'office lan': ['10.0.0.0/8'], office-lan: ['0.0.0.0/0'], network: ['192.0.2.0/24'] }
access_control:
  rules:
    - { domain: app.example.com, policy: one_factor, resources: ['^/a$'], networks: ['office lan'] }
    - { domain: app.example.com, policy: one_factor, resources: ['^/b$'], networks: [office-lan] }
    - { domain: app.example.com, policy: one_factor, resources: ['^/c$'], networks: ['198.51.100.0/24'] }
    - { domain: app.example.com, policy: one_factor, resources: ['^/d$'], networks: [network] }
`;
    const snapshot = await loadDraft((await importText('authelia', text, 'configuration.yml')).stdout);
    const from = (path: string, address: string) =>
      isOpen(snapshot, { host: 'app.example.com', path, method: 'GET', address }, visitors[1]);
    expect([from('/a', '10.1.2.3'), from('/a', '203.0.113.9'), from('/b', '203.0.113.9')]).toEqual([true, false, true]);
    expect([from('/c', '198.51.100.7'), from('/c', '192.0.2.7')]).toEqual([true, false]);
    expect([from('/d', '192.0.2.7'), from('/d', '198.51.100.7')]).toEqual([true, false]);
  });

  test('a file without a host is refused', async () => {
    const { code, stdout, stderr } = await importText('authelia', 'theme: dark\n', 'configuration.yml');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('no access_control.rules with a whole domain');
  });
});

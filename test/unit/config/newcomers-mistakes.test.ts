import { describe, expect, test } from '@jest/globals';
import { compileConfiguration, loadConfiguration } from '../../../src/config/load-configuration.ts';
import { baseConfiguration, basePorts } from '../../support/config-files.ts';

/** A place of the base configuration, what stands there in its place, and what the person reads. */
type Mistake = readonly [from: string, to: string, says: string | readonly string[]];

const groups = 'groups: [finance]';
const everyone = 'allow: [{ id: everyone }]';
const shape = 'write allow: [{ id: finance, groups: [finance] }]';
const routesShape =
  'apps and who may open them are written routes: [{ name: wiki, from: https://wiki.corp.example, to: https://10.20.0.5:8443, allow: […] }]';

const ofOtherProducts: readonly Mistake[] = [
  [
    groups,
    'allowed_groups: [finance]',
    'P001 31:9 unknown key "allowed_groups" in an allow rule | here it is written groups: [finance]',
  ],
  [
    groups,
    'allowedGroups: [finance]',
    'P001 31:9 unknown key "allowedGroups" in an allow rule | here it is written groups: [finance]',
  ],
  [
    'prefix: /',
    'allowed_users: [ada@corp.example]',
    'P001 26:5 unknown key "allowed_users" in a route | it is written emails inside an allow rule of a route: allow: [{ id: staff, emails: [ada@corp.example] }]',
  ],
  [
    'prefix: /',
    'policy: [{ allow: { or: [] } }]',
    'P001 26:5 unknown key "policy" in a route | who may open a route is written allow: [{ id: finance, groups: [finance] }], and deny: for what closes',
  ],
  [
    groups,
    'ips: [10.0.0.0/8]',
    'P001 31:9 unknown key "ips" in an allow rule | addresses get a name at the top level, networks: { office: [203.0.113.0/24] }, and a rule says networks: [office]',
  ],
  [
    groups,
    'email_domains: [corp.example]',
    'P001 31:9 unknown key "email_domains" in an allow rule | here it is written domains: [corp.example]',
  ],
  [
    groups,
    'policy: two_factor',
    'P001 31:9 unknown key "policy" in an allow rule | a proof is asked for by auth: { methods: [passkey], max_age: 15m }',
  ],
  [
    groups,
    'or: []',
    'P001 31:9 unknown key "or" in an allow rule | every key of a rule must hold; for "or" write another rule, for "not" a rule under deny:',
  ],
  [
    'session:',
    'upstreams: [http://127.0.0.1:8080]\nsession:',
    `P001 9:1 unknown key "upstreams" at the top level | ${routesShape}`,
  ],
  [
    'session:',
    'access_control: {}\nsession:',
    `P001 9:1 unknown key "access_control" at the top level | ${routesShape}`,
  ],
  [
    'session:',
    'authenticate_service_url: https://a.example\nsession:',
    'P001 9:1 unknown key "authenticate_service_url" at the top level | the host of the sign-in pages is written server: { auth_host: auth.corp.example }',
  ],
  [
    'session:',
    'cookie_secret: x\nsession:',
    `P001 9:1 unknown key "cookie_secret" at the top level | what protects sessions is written state: { key: "\${file:/run/secrets/state_key}" }`,
  ],
  [
    'prefix: /',
    'tls_skip_verify: true',
    'P001 26:5 unknown key "tls_skip_verify" in a route | certificates are always checked; name the authority with tls_custom_ca_file: certs/internal-ca.crt in the route',
  ],
  [
    'issuer: https',
    'provider_url: https',
    'P001 12:5 unknown key "provider_url" in an identity provider | here it is written issuer: https://idp.corp.example, as the provider itself names it',
  ],
  [
    `client_secret: "\${env:CLIENT_SECRET}"`,
    'client_secret_file: /x',
    `P001 14:5 unknown key "client_secret_file" in an identity provider | write client_secret: "\${file:PATH}"`,
  ],
  [
    'id: finance',
    'name: finance',
    'P001 30:9 unknown key "name" in an allow rule | a rule is named by its id: id: finance',
  ],
];

const unseen: readonly Mistake[] = [
  [
    groups,
    'gro\u200bups: [finance]',
    'P001 31:12 the key "gro<U+200B>ups" has a zero-width space (U+200B), which nobody sees | type it again: groups',
  ],
  [
    groups,
    'gr\u043eups: [finance]',
    'P001 31:11 the key "gr\u043eups" has the Cyrillic letter \u043e (U+043E), which looks like o | type it again: groups',
  ],
  [
    groups,
    '\u00a0groups: [finance]',
    'P001 31:9 the key "\u00a0groups" has a no-break space (U+00A0), which only looks like a blank | type it again: groups',
  ],
  [
    'from: https://payroll',
    '\uff46rom: https://payroll',
    'P001 25:5 the key "\uff46rom" has the character \uff46 (U+FF46), which looks like f | type it again: from',
  ],
  [
    groups,
    'groups:\u00a0[finance]',
    'P003 31:16 the line has a no-break space (U+00A0), which only looks like a blank | type a blank in its place',
  ],
  [
    'name: payroll',
    'name: p\u0430yroll',
    'P019 24:12 "p\u0430yroll" has the Cyrillic letter \u0430 (U+0430), which looks like a | type it again: payroll',
  ],
  [
    'networks: [office]',
    'networks: ["off\u200dice"]',
    'P019 36:24 "off<U+200D>ice" has a zero-width joiner (U+200D), which nobody sees | type it again: office',
  ],
  [
    'emails: [ada@corp.example]',
    'emails: ["ada\u200b@corp.example"]',
    'P017 32:22 "ada<U+200B>@corp.example" has a zero-width space (U+200B), which nobody sees | type it again: ada@corp.example',
  ],
  [
    '/reports/**',
    '/rep\u043erts/**',
    'P040 35:21 "/rep\u043erts/**" has the Cyrillic letter \u043e (U+043E), which looks like o | type it again: /reports/**; if it is meant, write /rep%D0%BErts/**',
  ],
  [
    groups,
    'groups: [\u201cfinance\u201d]',
    'P119 31:18 the group has \u201c (U+201C), which is not " | groups are compared letter by letter; if it is not meant, type it again: "finance"',
  ],
  [
    groups,
    'claims: { department: "pay\u200broll" }',
    'P119 31:35 the claim has a zero-width space (U+200B), which nobody sees | claims are compared letter by letter; if it is not meant, type it again: payroll',
  ],
  [groups, 'groups: [\u0444\u0438\u043d\u0430\u043d\u0441\u044b]', []],
  [
    groups,
    "when: 'user.email == \u201cada@corp.example\u201d'",
    'P047 31:30 the condition has \u201c (U+201C), which is not " | write "',
  ],
  [
    'corp.example/disk',
    'corp.example/d\u0007isk',
    'P003 20:56 the file has a control character (U+0007) | remove it; it came with a copy, or this is no text',
  ],
  [
    groups,
    '\u0000groups: [finance]',
    'P003 31:9 the file has a NUL byte (U+0000) | remove it; it came with a copy, or this is no text',
  ],
];

const shapes: readonly Mistake[] = [
  [
    'networks: [office]',
    'networks: [10.0.0.0/8]',
    'P021 36:20 "10.0.0.0/8" is an address, and a rule names networks | at the top level give it a name, networks: { office: [10.0.0.0/8] }, and write networks: [office] here',
  ],
  [
    'networks: [office]',
    'networks: ["2001:db8::1"]',
    'P021 36:20 "2001:db8::1" is an address, and a rule names networks | at the top level give it a name, networks: { office: [2001:db8::1] }, and write networks: [office] here',
  ],
  [
    'prefix: /',
    '<<: { prefix: / }',
    'P001 26:5 the merge key "<<" has no meaning in a route | write the keys out; what is said twice may be a whole value: groups: &people [finance], and then groups: *people',
  ],
  [
    'office: [203',
    '<<: { home: [203.0.113.7] }, office: [203',
    'P001 22:13 the merge key "<<" has no meaning in "networks" | write the keys out; what is said twice may be a whole value: groups: &people [finance], and then groups: *people',
  ],
  [
    everyone,
    'allow:\n      - everyone',
    'P010 48:9 this item must be a map of keys, not text | write { id: everyone }, which lets in everyone who can sign in',
  ],
  [
    everyone,
    'allow: [finance]',
    'P010 47:13 this item must be a map of keys, not text | write { id: finance, groups: [finance] }',
  ],
  [everyone, 'allow: { groups: [finance] }', `P010 47:12 "allow" must be a list, not a map | ${shape}`],
  [everyone, 'allow: everyone', `P010 47:12 "allow" must be a list, not text | ${shape}`],
  [
    'auth: { methods: [passkey], max_age: 15m }',
    'auth: passkey',
    'P010 38:15 "auth" must be a map of keys, not text | write auth: { methods: [passkey], max_age: 15m }',
  ],
  [
    'listeners: [{ address: "127.0.0.1:8443", public_port: 443 }]',
    'listeners: ["127.0.0.1:8443"]',
    'P010 3:15 this item must be a map of keys, not text | write { address: "127.0.0.1:8443" }',
  ],
  ['methods: [GET]', 'methods: ["*"]', 'P041 34:19 "*" is not a method | for every method leave out the key'],
  ['methods: [GET]', 'methods: "*"', 'P010 34:18 "methods" must be a list, not text | write ["*"]'],
  ['methods: [GET]', 'methods: [ALL]', 'P041 34:19 "ALL" is not a method | for every method leave out the key'],
  ['/reports/**', '"*"', 'P040 35:17 "*" is not how every path is written | write /**, or leave out the key'],
  [
    groups,
    'groups: ["*"]',
    'P119 31:18 only a group that is called * fits here: * stands for itself | for every group leave out the key; for everyone begin the id of the rule with "everyone"',
  ],
  [
    'from: https://wiki.corp.example',
    'from: https://wiki.corp.example\n    prefix: /wiki/*',
    'P119 46:13 "/wiki/*" is compared letter by letter: * stands for itself | write prefix: /wiki, which covers all that is below',
  ],
  [
    'prefix: /',
    'sensitivity: medium',
    'P011 26:18 sensitivity must be one of low, normal, high, not "medium", in the route "payroll" | did you mean "normal"?',
  ],
  [
    groups,
    'mode: audit',
    'P011 31:15 mode must be one of off, report_only, partial, enforce, not "audit", in the rule "finance" of the route "payroll" | did you mean "report_only"?',
  ],
  [
    groups,
    `when: 'request.method = "GET"'`,
    'P047 31:31 the condition has an operator that CEL does not have | write == to compare',
  ],
  [
    groups,
    `when: 'request.method === "GET"'`,
    'P047 31:33 the condition has an operator that CEL does not have | write ==',
  ],
  [
    groups,
    `when: 'request.method == "GET" and risk.score < 3.0'`,
    'P047 31:40 the condition has an operator that CEL does not have | write && for and',
  ],
  [groups, `when: '"finance" in groups'`, 'P047 31:29 the condition has an unknown name "groups" | write user.groups'],
  [
    groups,
    'groups: "finance',
    'P003 31:17 this quote is never closed | close it in the same line; within "…" a quote is written \\", within \'…\' it is written twice',
  ],
  [
    '- id: finance',
    '-id: finance',
    'P003 30:12 nested mappings are not allowed in compact mappings | put a blank after the dash',
  ],
  [groups, 'groups:[finance]', 'P003 31:9 implicit keys need to be on a single line | put a blank after the colon'],
  [
    'issuer: https://idp.corp.example',
    'issuer: https://idp.corp.example/x/.well-known/openid-configuration',
    'P015 12:13 "https://idp.corp.example/x/.well-known/openid-configuration" is the address of a document, not an issuer | write https://idp.corp.example/x',
  ],
  [
    'from: https://wiki.corp.example',
    'from: wiki.corp.example',
    'P015 45:11 "wiki.corp.example" is not an origin | write https://wiki.corp.example',
  ],
  ['max_age: 24h', 'max_age: 1h30m', 'P012 19:14 "1h30m" is not a duration | write 90m (units: s, m, h, d)'],
  [
    `client_secret: "\${env:CLIENT_SECRET}"`,
    'client_secret: $CLIENT_SECRET',
    `P031 14:20 a variable is named in another way | write client_secret: "\${env:NAME}"`,
  ],
];

async function told(text: string): Promise<readonly string[]> {
  const ports = await basePorts();
  const result = await compileConfiguration(text, ports, { file: 'postern.yaml', folder: '/etc/postern' });
  const problems = result.outcome === 'loaded' ? result.warnings : result.problems;
  return problems.map(({ at, code, message, help }) => `${code} ${at.line}:${at.column} ${message} | ${help}`);
}

describe('what somebody reads who comes from elsewhere', () => {
  test.each([...ofOtherProducts, ...unseen, ...shapes])('%j -> %j', async (from, to, says) => {
    expect(baseConfiguration).toContain(from);
    expect(await told(baseConfiguration.replace(from, () => to))).toEqual(typeof says === 'string' ? [says] : says);
  });

  test('a key of another product that is near a key of ours is taken for a typing mistake', async () => {
    const [line] = await told(baseConfiguration.replace(groups, 'group: [finance]'));
    expect(line).toMatch(/did you mean "groups"\?$/);
  });

  test.each([
    ['pomerium', 'authenticate_service_url: https://a.example\nroutes: []\n'],
    ['authelia', 'access_control: { rules: [] }\nauthentication_backend: {}\n'],
    ['oauth2-proxy', 'upstreamConfig: {}\nproviders: []\n'],
  ])('a whole file of %s is told how it is translated', async (product, text) => {
    expect((await told(text)).filter((line) => line.includes('"version"'))).toEqual([
      `P007 1:1 the configuration needs the key "version" | this looks like a file of ${product}; to translate it: postern import ${product} FILE`,
    ]);
  });

  test('a cfg of oauth2-proxy is told to be TOML', async () => {
    expect(await told('email_domains = [ "corp.example" ]\ncookie_secure = true\n')).toEqual([
      'P010 1:1 the file must be a map of keys, not text | this looks like TOML; a cfg of oauth2-proxy is translated by: postern import oauth2-proxy FILE',
    ]);
  });

  test('a variable that might be the secret itself is not repeated', async () => {
    const lines = await told(baseConfiguration.replace(`"\${env:CLIENT_SECRET}"`, () => '$Tr0ub4dor'));
    expect(lines.join()).not.toContain('Tr0ub4dor');
  });

  test('a NUL byte has its place, and what is UTF-16 without a mark is called so', async () => {
    const bytes = Buffer.from(baseConfiguration.replace('groups: [fin', 'groups: [\0fin'));
    const load = async (content: Buffer) => {
      const result = await loadConfiguration('/etc/postern/postern.yaml', await basePorts({ 'postern.yaml': content }));
      return (result.outcome === 'refused' ? result.problems : []).map(
        ({ at, message, help }) => `${at.line}:${at.column} ${message} | ${help}`,
      );
    };
    expect(await load(bytes)).toEqual([
      `31:18 the configuration holds a NUL byte, number ${bytes.indexOf(0) + 1} of the file, in line 31 | a text has none: is this the right file?`,
    ]);
    for (const wide of [Buffer.from(baseConfiguration, 'utf16le'), Buffer.from(baseConfiguration, 'utf16le').swap16()])
      expect(await load(wide)).toEqual([
        expect.stringMatching('^1:[12] the configuration is UTF-16, without a mark that says so | save it as UTF-8$'),
      ]);
  });
});

import { describe, expect, test } from '@jest/globals';
import { compileConfiguration, type LoadPorts } from '../../../src/config/load-configuration.ts';
import { type ProblemCode, problemCatalogue } from '../../../src/config/problem.ts';
import { baseConfiguration, basePorts, makePair, portsWith } from '../../support/config-files.ts';

/** Breaks the base configuration in one place; `says` is what the person reads: `line:column message | help`. */
interface Case {
  readonly code: ProblemCode;
  readonly from: string;
  readonly to: string;
  /** A second place to break. */
  readonly also?: readonly [from: string, to: string];
  readonly says: string;
}

/** P036 is the formatter's; P117 needs files; P119 is in newcomers-mistakes.test.ts. */
const coveredElsewhere = ['P006', 'P025', 'P036', 'P117', 'P119'];

const cases: readonly Case[] = [
  {
    code: 'P001',
    from: 'groups: [finance]',
    to: 'goups: [finance]',
    says: '31:9 unknown key "goups" in an allow rule | did you mean "groups"?',
  },
  {
    code: 'P001',
    from: 'groups: [contractors]',
    to: 'groups: [contractors]\n        help_url: https://help.corp.example',
    says: '43:9 unknown key "help_url" in a deny rule | this version of Postern does not have it yet; remove it',
  },
  {
    code: 'P021',
    from: 'groups: [finance]',
    to: 'services: [exportr]',
    also: [
      'session:',
      'services: [{ id: exporter, token_hash: "sha256:abababababababababababababababababababababababababababababababab" }]\nsession:',
    ],
    says: '32:20 no service named "exportr" | did you mean "exporter" (postern.yaml:9)?',
  },
  {
    code: 'P037',
    from: 'prefix: /',
    to: 'icon: token',
    says: '26:11 the file token is no picture | name a file in SVG, PNG or WebP',
  },
  {
    code: 'P022',
    from: 'groups: [finance]',
    to: 'services: [one, two]',
    also: [
      'session:',
      'services:\n  - { id: one, token_hash: "sha256:abababababababababababababababababababababababababababababababab" }\n  - { id: two, token_hash: "sha256:ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB" }\nsession:',
    ],
    says: '11:28 another service has the same credential | the other one is at postern.yaml:10; make a new one',
  },
  {
    code: 'P031',
    from: 'groups: [finance]',
    to: 'services: [one]',
    also: ['session:', 'services: [{ id: one, token_hash: pst_abc }]\nsession:'],
    says: '9:35 the value is the token itself | write its hash, which opens nothing: "sha256:01a6dd2408755a2bff39fe5c35486ea1f9dea93827a64e191e73161c117e2c20"',
  },
  {
    code: 'P019',
    from: 'groups: [finance]',
    to: 'services: [one]',
    also: ['session:', 'services: [{ id: one, token_hash: "sha256:12" }]\nsession:'],
    says: '9:35 the value is not a SHA-256: sha256: and 64 hex digits, as postern service prints them | undefined',
  },
  {
    code: 'P045',
    from: 'groups: [finance]',
    to: 'services: [one]',
    also: ['session:', 'services: [{ id: one }]\nsession:'],
    says: '9:12 the service "one" has no credential | add token_hash: or certificate_spki:',
  },
  {
    code: 'P107',
    from: 'session:',
    to: 'services: [{ id: one, token_hash: "sha256:abababababababababababababababababababababababababababababababab" }]\nsession:',
    says: '9:18 no rule uses the service "one" | undefined',
  },
  {
    code: 'P001',
    from: 'prefix: /',
    to: '__proto__: { public: true }',
    says: '26:5 a key must be a plain word | write KEY: VALUE',
  },
  {
    code: 'P002',
    from: 'prefix: /',
    to: 'prefix: /\n    prefix: /a',
    says: '27:5 the key "prefix" is here twice | keep one of them; several values are written as a list',
  },
  {
    code: 'P003',
    from: '  auth_host',
    to: '\tauth_host',
    says: '4:1 a tab stands where YAML wants spaces | indent with spaces',
  },
  {
    code: 'P003',
    from: 'session:',
    to: '---\nsession:',
    says: '9:1 a second document begins here | keep one document in a file; remove ---',
  },
  {
    code: 'P003',
    from: 'version: 1',
    to: '%YAML 1.1\n---\nversion: 1',
    says: '1:1 the file asks for another YAML than 1.2 | remove the %YAML line',
  },
  {
    code: 'P003',
    from: 'prefix: /',
    to: 'prefix: *root',
    says: '26:13 there is no anchor &root before this alias | define it first, or write the value out',
  },
  {
    code: 'P004',
    from: 'prefix: /',
    to: 'prefix: !include /x',
    says: '26:13 tags are not known here | remove the tag; quote the value if it begins with !',
  },
  {
    code: 'P005',
    from: 'prefix: /',
    to: `prefix: ${'['.repeat(40)}${']'.repeat(40)}`,
    says: '26:43 the text is nested too deeply, or its aliases expand too far | write the values out, at most 32 levels deep',
  },
  {
    code: 'P007',
    from: 'from: https://payroll.corp.example',
    to: 'owner: x',
    says: '24:5 a route needs the key "from" | add from: https://app.corp.example',
  },
  { code: 'P007', from: 'state:', to: '#', says: '1:1 the configuration needs the key "state" | add state:' },
  {
    code: 'P007',
    from: '  tls: {',
    to: '  #',
    says: '2:1 "server" needs the key "tls" | add tls: { certificate: certs/server.crt, key: certs/server.key }',
  },
  {
    code: 'P010',
    from: 'groups: [finance]',
    to: 'groups: finance',
    says: '31:17 "groups" must be a list, not text | write [finance]',
  },
  {
    code: 'P010',
    from: 'groups: [finance]',
    to: 'groups: [007]',
    says: '31:18 this item must be text, not a number | quote it: "7"',
  },
  {
    code: 'P010',
    from: 'prefix: /',
    to: 'public: no',
    says: '26:13 "public" must be true or false, not text | write false',
  },
  {
    code: 'P010',
    from: 'groups: [finance]',
    to: 'groups:',
    says: '31:9 "groups" has no value | give it a list, or remove the key',
  },
  {
    code: 'P011',
    from: 'methods: [passkey]',
    to: 'methods: [passky]',
    says: '38:27 methods must be one of password, otp, passkey, registered_browser, not "passky", in the rule "finance" of the route "payroll" | did you mean "passkey"?',
  },
  {
    code: 'P011',
    from: 'prefix: /',
    to: 'disclose: everything',
    says: '26:15 disclose must be one of kind, requirements, not "everything", in the route "payroll" | undefined',
  },
  { code: 'P011', from: 'version: 1', to: 'version: 2', says: '1:10 version must be 1, not 2 | undefined' },
  {
    code: 'P011',
    from: 'state: {',
    to: 'state: { store: redis,',
    says: '8:17 store must be sqlite, not "redis" | this version of Postern does not have redis yet',
  },
  {
    code: 'P011',
    from: 'to: https://10.0.0.5:8443',
    to: 'to: next',
    says: '27:9 "to: next" works only in the package, inside an Express app | write the URL of the upstream',
  },
  {
    code: 'P012',
    from: 'max_age: 24h',
    to: 'max_age: 24 hours',
    says: '19:14 "24 hours" is not a duration | write 24h (units: s, m, h, d)',
  },
  { code: 'P012', from: 'max_age: 24h', to: 'max_age: 24', says: '19:14 24 is not a duration | write it like 24h' },
  { code: 'P012', from: 'max_age: 24h', to: 'max_age: 1s', says: '19:14 "1s" is too short | the least is 1m' },
  {
    code: 'P013',
    from: '16KiB',
    to: '16 kb',
    says: '6:27 "16 kb" is not a size | write 16KiB (units: B, KiB, MiB, GiB, TiB)',
  },
  {
    code: 'P014',
    from: '"127.0.0.1:8443"',
    to: '"8443"',
    says: '3:26 "8443" is not an address to listen on | write HOST:PORT, for example 127.0.0.1:9443 or "[::]:8443"',
  },
  {
    code: 'P015',
    from: 'https://payroll.corp.example',
    to: 'https://payroll.corp.example/app',
    says: '25:11 "https://payroll.corp.example/app" has a path | write https://payroll.corp.example, and the path under "prefix" or "path"',
  },
  {
    code: 'P015',
    from: 'https://payroll.corp.example',
    to: 'http://payroll.corp.example',
    says: '25:11 "http://payroll.corp.example" is not an https origin | people reach Postern over TLS: write https://payroll.corp.example',
  },
  {
    code: 'P015',
    from: 'https://payroll.corp.example',
    to: 'https://*.corp.example',
    says: '25:11 "https://*.corp.example" has a wildcard | give each host a route of its own',
  },
  {
    code: 'P015',
    from: 'https://help.corp.example/disk',
    to: 'javascript:alert(1)',
    says: '20:29 "javascript:alert(1)" is not a link that a page may show | write a URL that begins with https:// or http://',
  },
  {
    code: 'P015',
    from: 'https://idp.corp.example',
    to: 'http://idp.corp.example',
    says: '12:13 "http://idp.corp.example" is not https | write https://idp.corp.example; plain http is only for a provider on this machine',
  },
  {
    code: 'P016',
    from: '203.0.113.0/24',
    to: '203.0.113.9/24',
    says: '22:22 "203.0.113.9/24" is an address inside a network | write 203.0.113.0/24, or the address alone',
  },
  {
    code: 'P017',
    from: '[ada@corp.example]',
    to: '["*@corp.example"]',
    says: '32:18 "*@corp.example" is not an e-mail address | for everyone of a domain use "domains"',
  },
  {
    code: 'P017',
    from: 'domains: [corp.example]',
    to: 'domains: ["*.corp.example"]',
    says: '33:19 "*.corp.example" is not a domain | wildcards are not known: list each domain',
  },
  {
    code: 'P018',
    from: 'below: 40',
    to: 'below: 400',
    says: '39:24 400 is out of range | write a number of at most 100',
  },
  {
    code: 'P018',
    from: 'groups: [finance]',
    to: 'groups: []',
    says: '31:17 "groups" is an empty list | name at least one, or remove the key',
  },
  {
    code: 'P018',
    from: 'medium: 40, high: 70',
    to: 'medium: 70, high: 70',
    says: '21:9 medium (70) must be lower than high (70) | undefined',
  },
  {
    code: 'P019',
    from: 'name: payroll',
    to: 'name: pay roll',
    says: '24:11 "pay roll" is not a name | write pay-roll, or use letters, digits, dots, dashes and underscores, at most 64, beginning with a letter or digit',
  },
  {
    code: 'P019',
    from: '{ en: Use',
    to: '{ English: Use',
    says: '43:25 "English" is not a language | write a tag such as en or de',
  },
  {
    code: 'P021',
    from: 'device: managed-laptop',
    to: 'device: managed-laptp',
    says: '37:17 no posture named "managed-laptp" | did you mean "managed-laptop" (postern.yaml:17)?',
  },
  {
    code: 'P021',
    from: 'networks: [office]',
    to: 'networks: [offices]',
    says: '36:20 no network named "offices" | did you mean "office" (postern.yaml:22)?',
  },
  {
    code: 'P021',
    from: 'groups: [finance]',
    to: 'provider: okta',
    says: '31:19 no provider named "okta" | defined are: corp',
  },
  {
    code: 'P021',
    from: 'help: { disk_encrypted',
    to: 'help: { disk_encripted',
    says: '20:13 the posture "managed-laptop" requires no check "disk_encripted" | did you mean "disk_encrypted"?',
  },
  {
    code: 'P022',
    from: 'name: wiki',
    to: 'name: payroll',
    says: '44:11 there is already a route "payroll" | the other one is at postern.yaml:24; names must be unique',
  },
  {
    code: 'P022',
    from: 'id: no-contractors',
    to: 'id: finance',
    says: '41:13 there is already a rule of this route "finance" | the other one is at postern.yaml:30; names must be unique',
  },
  {
    code: 'P022',
    from: '{ X-Env: prod }',
    to: '{ X-Env: prod, x-env: test }',
    says: '28:41 there is already a header "x-env" | the other one is at postern.yaml:28; names must be unique',
  },
  {
    code: 'P023',
    from: 'https://wiki.corp.example',
    to: 'https://PAYROLL.corp.example',
    says: '45:11 another route has the same host and prefix / | the other one is at postern.yaml:25; merge them, or change prefix or path',
  },
  {
    code: 'P024',
    from: 'below: 40',
    to: 'above: 40',
    says: '39:17 "risk.above" belongs to deny rules | in an allow rule write below: the score from which it no longer opens',
  },
  {
    code: 'P024',
    from: 'device: managed-laptop',
    to: 'device_fails: managed-laptop',
    says: '37:9 "device_fails" belongs to deny rules | in an allow rule write device: the posture that must pass',
  },
  {
    code: 'P024',
    from: 'groups: [contractors]',
    to: 'device: managed-laptop',
    says: '42:9 "device" belongs to allow rules | in a deny rule write device_fails: the posture that must fail',
  },
  {
    code: 'P024',
    from: 'groups: [contractors]',
    to: 'risk: { below: 3 }',
    says: '42:17 "risk.below" belongs to allow rules | in a deny rule write above: the score over which it closes',
  },
  {
    code: 'P024',
    from: 'groups: [contractors]',
    to: 'auth: { methods: [otp] }',
    says: '42:9 "auth" belongs to allow rules | ask for proofs in the allow rules of the route',
  },
  {
    code: 'P012',
    from: 'methods: [passkey], max_age: 15m }',
    to: 'methods: [registered_browser, passkey], max_age: 2h }',
    says: '38:9 registered_browser needs max_age, from a minute to an hour | add max_age: 5m to auth',
  },
  {
    code: 'P012',
    from: 'methods: [passkey], max_age: 15m }',
    to: 'methods: [registered_browser, passkey] }',
    says: '38:9 registered_browser needs max_age, from a minute to an hour | add max_age: 5m to auth',
  },
  {
    code: 'P026',
    from: 'methods: [passkey]',
    to: 'methods: [password]',
    says: '38:27 no provider of this grant can prove "password" | provable are: otp, passkey; or add password under factors of the provider',
  },
  {
    code: 'P027',
    from: 'https://wiki.corp.example',
    to: 'https://auth.corp.example:9000',
    says: '45:11 the host "auth.corp.example" is server.auth_host | give the app a host of its own',
  },
  {
    code: 'P028',
    from: 'https://10.0.0.5:8443',
    to: 'http://10.0.0.5:8080',
    says: '27:9 the upstream is plain http | use https, or add allow_plaintext_upstream: true',
  },
  {
    code: 'P029',
    from: 'X-Env',
    to: 'X-Postern-User',
    says: '28:28 "X-Postern-User" is an identity header of Postern | it is set by "pass_identity_headers" alone',
  },
  {
    code: 'P029',
    from: 'X-Env',
    to: 'Transfer-Encoding',
    says: '28:28 "Transfer-Encoding" is settled by Postern | leave it out',
  },
  {
    code: 'P030',
    from: 'env:STATE_KEY',
    to: 'env:NO_KEY',
    says: '8:38 the environment variable NO_KEY is not set | set it for the user that runs Postern: export NO_KEY=…',
  },
  {
    code: 'P030',
    from: 'file:token',
    to: 'file:tokens',
    says: '7:43 the file tokens cannot be read: there is no such file | it was looked for at /etc/postern/tokens',
  },
  {
    code: 'P031',
    from: `"\${env:CLIENT_SECRET}"`,
    to: 'hunter2',
    says: `14:20 a secret must not stand in the configuration | write client_secret: "\${file:/run/secrets/client_secret}"`,
  },
  {
    code: 'P031',
    from: `"\${file:token}"`,
    to: '1234',
    says: `7:43 a secret must not stand in the configuration | write token: "\${file:/run/secrets/admin_token}"`,
  },
  {
    code: 'P032',
    from: 'file:token',
    to: 'env:SHORT',
    says: `7:43 the value of \${env:SHORT} is too short: 5 bytes | use 32 bytes or more, for example from: openssl rand -base64 32`,
  },
  {
    code: 'P033',
    from: 'certificate: server.crt',
    to: 'certificate: server.key',
    says: '5:23 the file server.key holds a private key and no certificate | it was looked for at /etc/postern/server.key',
  },
  {
    code: 'P033',
    from: 'key: server.key',
    to: 'key: absent.key',
    says: '5:40 the file absent.key cannot be read: there is no such file | it was looked for at /etc/postern/absent.key',
  },
  {
    code: 'P034',
    from: 'key: server.key',
    to: 'key: other.key',
    says: '5:40 the key other.key does not belong to the certificate server.crt | name the key that the certificate was made for; the leaf certificate comes first in its file',
  },
  {
    code: 'P034',
    from: 'certificate: server.crt,',
    to: 'certificate: [server.crt, server.crt],',
    says: '5:49 there are 2 certificates and 1 keys | list one key for each certificate, in the same order',
  },
  {
    code: 'P035',
    from: `token: "\${file:token}"`,
    to: `token: \${file:token}`,
    says: `7:44 a reference to a secret is not quoted, which breaks a map or list in braces | write it in quotes: "\${file:token}"`,
  },
  {
    code: 'P035',
    from: 'X-Env: prod',
    to: `X-Env: "Bearer \${env:STATE_KEY}"`,
    says: '28:35 a reference must be the whole value | put the whole text into the variable or file',
  },
  {
    code: 'P035',
    from: `\${env:STATE_KEY}`,
    to: `\${vault:STATE_KEY}`,
    says: `8:38 "\${vault:…}" is not a reference | write "\${env:NAME}" or "\${file:PATH}"`,
  },
  { code: 'P040', from: 'prefix: /', to: 'prefix: app', says: '26:13 "app" does not begin with / | write /app' },
  {
    code: 'P040',
    from: '/reports/**',
    to: '/a/../b',
    says: '35:17 "/a/../b" can never match | requests with . or .. segments are refused',
  },
  {
    code: 'P040',
    from: '/reports/**',
    to: '/reports**',
    says: '35:17 "/reports**" has ** beside other characters | write ** as a segment of its own: /reports/**',
  },
  { code: 'P041', from: 'methods: [GET]', to: 'methods: [get]', says: '34:19 "get" is not a method | write GET' },
  {
    code: 'P042',
    from: 'X-Env',
    to: '"X Env"',
    says: '28:28 "X Env" is not a header name | write a name such as X-Env',
  },
  {
    code: 'P045',
    from: '    allow: [{ id: everyone }]',
    to: '    cors: { origins: ["*"] }\n    allow: [{ id: everyone }]',
    says: '47:23 "*" would let any page act as the person | name the origins, or make the route public',
  },
  {
    code: 'P045',
    from: '    allow: [{ id: everyone }]',
    to: '    cors: { origins: ["*", "https://a.example"] }\n    public: true',
    says: '47:23 "*" stands alone | write origins: ["*"]',
  },
  {
    code: 'P042',
    from: 'X-Env: prod',
    to: 'X-Env: "a\\r\\nb"',
    says: '28:35 "a  b" is not a header value | use printable ASCII without line breaks, at most 4096 characters',
  },
  {
    code: 'P043',
    from: 'os_version >= 14.0',
    to: 'os_version = 14.0',
    says: '18:31 "os_version = 14.0" is not a requirement | write == to compare: os_version == 14.0',
  },
  {
    code: 'P045',
    from: 'prefix: /',
    to: 'prefix: /\n    path: /a',
    says: '27:5 a route has either "prefix" or "path" | remove one of them',
  },
  {
    code: 'P045',
    from: 'prefix: /',
    to: 'tls_client_cert_file: server.crt',
    says: '26:5 "tls_client_cert_file" needs "tls_client_key_file" beside it | add tls_client_key_file:',
  },
  {
    code: 'P011',
    from: 'groups: [finance]',
    to: 'mode: reportonly',
    says: '31:15 mode must be one of off, report_only, partial, enforce, not "reportonly", in the rule "finance" of the route "payroll" | did you mean "report_only"?',
  },
  {
    code: 'P018',
    from: 'groups: [finance]',
    to: 'mode: partial\n        rollout: { percent: 101 }',
    says: '32:29 101 is out of range | write a number of at most 100',
  },
  {
    code: 'P056',
    from: 'groups: [finance]',
    to: 'mode: partial',
    says: '31:15 mode: partial does not say whom the rule acts on | add rollout: { percent: 5, by: user }',
  },
  {
    code: 'P056',
    from: 'groups: [finance]',
    to: 'rollout: { percent: 25 }',
    says: '31:9 rollout has no meaning without mode: partial | add mode: partial',
  },
  {
    code: 'P056',
    from: 'groups: [finance]',
    to: 'mode: enforce\n        rollout: { percent: 25 }',
    says: '32:9 rollout has no meaning without mode: partial | add mode: partial',
  },
  {
    code: 'P101',
    from: 'allow: [{ id: everyone }]',
    to: 'allow: [{ id: everyone, mode: report_only }]',
    says: '44:5 the route "wiki" denies everyone: none of its allow rules acts | give one of them mode: enforce or partial',
  },
  {
    code: 'P101',
    from: 'allow: [{ id: everyone }]',
    to: 'allow: []',
    says: '44:5 the route "wiki" denies everyone: it has no allow rule | add an allow rule, or public: true',
  },
  {
    code: 'P102',
    from: 'allow: [{ id: everyone }]',
    to: 'allow: [{ id: everyone }]\n    public: true',
    says: '47:5 the route is public, so its grants are not looked at | remove allow, or public: true',
  },
  {
    code: 'P104',
    from: 'to: https://10.0.0.6:8443',
    to: 'to: http://10.0.0.6\n    allow_plaintext_upstream: true',
    says: '46:9 upstream is plain http; fine on a private network, otherwise use https | undefined',
  },
  {
    code: 'P105',
    from: 'https://wiki.corp.example',
    to: 'https://wiki.other.example',
    says: '45:11 no certificate of server.tls covers wiki.other.example | add the name to a certificate, or list another pair',
  },
  {
    code: 'P106',
    from: '"127.0.0.1:9443"',
    to: '"0.0.0.0:9443"',
    says: '7:18 the admin listener can be reached from other machines | write 127.0.0.1 and reach it through a tunnel',
  },
  {
    code: 'P046',
    from: 'https://10.0.0.5:8443',
    to: 'https://169.254.169.254',
    says: '27:9 169.254.169.254 is a link-local address | if it is meant, put the route in a segment with upstreams: [169.254.169.254]',
  },
  {
    code: 'P046',
    from: 'https://10.0.0.5:8443',
    to: '[https://10.0.0.5, "https://[::ffff:169.254.169.254]"]',
    says: '27:28 ::ffff:a9fe:a9fe is a link-local address | if it is meant, put the route in a segment with upstreams: [::ffff:a9fe:a9fe]',
  },
  {
    code: 'P046',
    from: 'https://10.0.0.5:8443',
    to: 'https://2130706433:9443',
    says: '27:9 127.0.0.1:9443 is a listener of Postern itself | write the address of the app',
  },
  {
    code: 'P046',
    from: 'routes:\n  - name: payroll',
    to: 'segments: { finance: { upstreams: [10.0.1.0/24, "2001:db8::/32"] } }\nroutes:\n  - name: payroll\n    segment: finance',
    says: '29:9 10.0.0.5 is outside the upstreams of the segment "finance" | it has 10.0.1.0/24, 2001:db8::/32 (postern.yaml:23)',
  },
  {
    code: 'P045',
    from: 'routes:\n  - name: payroll',
    to: 'segments: { finance: {} }\nroutes:\n  - name: payroll\n    segment: finance',
    says: '23:13 the segment "finance" says nothing | add upstreams: or require:',
  },
  {
    code: 'P045',
    from: 'routes:\n  - name: payroll',
    to: 'segments: { open: { require: { groups: [staff] } } }\nroutes:\n  - { name: home, from: https://home.corp.example, to: https://10.0.0.9, segment: open, public: true }\n  - name: payroll',
    says: '25:89 the segment "open" requires what a public route never asks | remove public: true, or take the route out of the segment',
  },
  {
    code: 'P021',
    from: 'routes:\n  - name: payroll',
    to: 'segments: { finance: { upstreams: [10.0.0.0/8] } }\nroutes:\n  - { name: pay, from: https://pay.corp.example, to: https://10.0.0.9, segment: finance, allow: [{ id: x }] }\n  - name: payroll\n    segment: finanse',
    says: '27:14 no segment named "finanse" | did you mean "finance" (postern.yaml:23)?',
  },
  {
    code: 'P021',
    from: 'routes:\n  - name: payroll',
    to: 'segments: { finance: { require: { device: managed-laptp } } }\nroutes:\n  - name: payroll\n    segment: finance',
    says: '23:43 no posture named "managed-laptp" | did you mean "managed-laptop" (postern.yaml:17)?',
  },
  {
    code: 'P024',
    from: 'routes:\n  - name: payroll',
    to: 'segments: { finance: { require: { device_fails: managed-laptop } } }\nroutes:\n  - name: payroll\n    segment: finance',
    says: '23:35 "device_fails" belongs to deny rules | in an allow rule write device: the posture that must pass',
  },
  {
    code: 'P026',
    from: 'routes:\n  - name: payroll',
    to: 'segments: { finance: { require: { auth: { methods: [password] } } } }\nroutes:\n  - name: payroll\n    segment: finance',
    says: '23:53 no provider of this segment can prove "password" | provable are: otp, passkey; or add password under factors of the provider',
  },
  {
    code: 'P107',
    from: 'routes:\n  - name: payroll',
    to: 'segments: { finance: { upstreams: [10.0.0.0/8] } }\nroutes:\n  - name: payroll',
    says: '23:13 no route is in the segment "finance" | undefined',
  },
  {
    code: 'P107',
    from: 'office: [',
    to: 'spare: [198.51.100.7], office: [',
    says: '22:13 no rule uses the network "spare" | undefined',
  },
  {
    code: 'P110',
    from: 'prefix: /',
    to: 'prefix: /pay',
    says: '35:17 no request of this route fits "/reports/**": the route begins at /pay; the rule "finance" never matches | patterns are compared with the whole path, the prefix included',
  },
  {
    code: 'P110',
    from: 'prefix: /',
    to: 'path: /pay',
    says: '35:17 no request of this route fits "/reports/**": the route has only /pay; the rule "finance" never matches | patterns are compared with the whole path, the prefix included',
  },
  {
    code: 'P047',
    from: 'groups: [finance]',
    to: `when: 'claims.department == "payroll" && request.methd == "GET"'`,
    says: '31:58 the condition asks for request.methd, which there is not | did you mean "method"?',
  },
  {
    code: 'P047',
    from: 'groups: [finance]',
    to: 'when: >-\n          claims.department == "payroll" &&\n          usr.email == "x"',
    says: '33:11 the condition has an unknown name "usr" | did you mean "user"?',
  },
  {
    code: 'P047',
    from: 'groups: [finance]',
    to: 'when: |\n          user.email == 4',
    says: '32:11 the condition does not fit: no such overload: string == int | undefined',
  },
  {
    code: 'P047',
    from: 'groups: [finance]',
    to: 'when: "request.path + \\"x\\""',
    says: '31:16 the condition comes to a text, not to true or false | compare it with something',
  },
  {
    code: 'P047',
    from: 'groups: [finance]',
    to: 'when: claims.contractor',
    says: '31:15 the condition comes to whatever a claim holds, not to true or false | say what it must be: claims.contractor == true',
  },
  {
    code: 'P047',
    from: 'groups: [contractors]',
    to: "when: 'request.method == '",
    says: '42:34 the condition does not parse: Unexpected token: EOF | it ends too early: something is missing at its end',
  },
  {
    code: 'P058',
    from: 'groups: [finance]',
    to: "when: 'user.groups.exists(g, g in user.groups)'",
    says: '31:16 "user.groups.exists(g, g in user.groups)" could take 500,070,004 steps on one request, and 400,000 are the most | this part costs the most: loop once, over a list that is no longer than needed',
  },
  {
    code: 'P058',
    from: 'allow:\n',
    to: `allow:\n${Array.from({ length: 30 }, (_, at) => `      - { id: rule-${at}, when: 'user.groups.exists(g, g.startsWith("${at}"))' }\n`).join('')}`,
    says: '40:30 the conditions of this route could take 1,531,370 steps together on one request, and 1,000,000 are the most | this one costs the most: use groups: for groups that are listed, or make one loop of several',
  },
  {
    code: 'P048',
    from: 'groups: [finance]',
    to: 'hours: { from: "07:00", to: "20:00", zone: Europe/Berln }',
    says: '31:52 "Europe/Berln" is not a time zone | write a name of the IANA database, for example Europe/Berlin or UTC',
  },
  {
    code: 'P048',
    from: 'groups: [finance]',
    to: 'hours: { from: "7:00", to: "20:00", zone: UTC }',
    says: '31:24 "7:00" is not a time of day | write hours and minutes, for example "07:00"; the end of the day is "24:00"',
  },
  {
    code: 'P048',
    from: 'groups: [finance]',
    to: 'hours: { from: "07:00", to: "07:00", zone: UTC }',
    says: '31:37 the hours end as they begin | for the whole day write from: "00:00" and to: "24:00"',
  },
  {
    code: 'P049',
    from: 'paths: [/reports/**]',
    to: "paths: [{ regex: '^/(?=reports)$' }]",
    says: '35:29 "^/(?=reports)$" is not a regular expression that Postern takes: invalid or unsupported Perl syntax | look-around and back references would take time without bound; say it without them',
  },
  {
    code: 'P049',
    from: 'paths: [/reports/**]',
    to: "paths: [{ regex: '/reports' }]",
    says: '35:26 "/reports" does not say where it begins and ends | the whole path is compared: write ^/reports$',
  },
  {
    code: 'P001',
    from: 'paths: [/reports/**]',
    to: 'paths: [{ regx: /reports }]',
    says: '35:19 unknown key "regx" in "routes.allow.paths" | did you mean "regex"?',
  },
  {
    code: 'P010',
    from: 'paths: [/reports/**]',
    to: 'paths: [7]',
    says: '35:17 this item must be a pattern, { path: … } or { regex: … } | undefined',
  },
  {
    code: 'P045',
    from: 'prefix: /',
    to: "prefix: /\n    regex: '^/a$'",
    says: '27:5 a route has either "prefix" or "regex" | remove one of them',
  },
  {
    code: 'P023',
    from: 'from: https://wiki.corp.example',
    to: "from: https://payroll.corp.example\n    regex: '^/a$'",
    also: ['prefix: /', "regex: '^/a$'"],
    says: '45:11 another route has the same host and regex ^/a$ | the other one is at postern.yaml:25; merge them, or change prefix or path',
  },
  {
    code: 'P116',
    from: 'from: https://wiki.corp.example',
    to: "from: https://payroll.corp.example\n    regex: '^/wiki/[a-z]+$'",
    says: '46:12 no request comes to this route: the prefix / of another one takes it first | the other one is at postern.yaml:26; narrow that prefix',
  },
  {
    code: 'P116',
    from: 'from: https://wiki.corp.example',
    to: "from: https://payroll.corp.example\n    regex: '^/wiki/[a-z]+$'",
    also: ['prefix: /', "regex: '^/.*$'"],
    says: '46:12 the expression of another route may fit the same paths, and is asked first | the other one is at postern.yaml:26; begin them with other texts, or put the narrower one first',
  },
  {
    code: 'P110',
    from: 'groups: [finance]',
    to: 'when: 1 == 2',
    says: '31:15 the condition never holds; the rule "finance" never matches | let it read a fact',
  },
  {
    code: 'P110',
    from: 'from: https://wiki.corp.example',
    to: 'from: https://payroll.corp.example\n    prefix: /reports',
    says: '35:17 no request for "/reports/**" comes to this route: another one of the host has the prefix /reports; the rule "finance" never matches | move the rule to that route',
  },
  {
    code: 'P110',
    from: 'methods: [GET]',
    to: 'methods: [GET, GETT]',
    says: '34:24 no request has the method GETT | did you mean GET?',
  },
  {
    code: 'P110',
    from: 'domains: [corp.example]',
    to: 'domains: [it.corp.example]',
    says: '32:18 ada@corp.example is in none of the domains of this rule, and a rule needs both; the rule "finance" never matches | remove domains, or make two rules of it',
  },
  {
    code: 'P110',
    from: 'levels: { medium: 40, high: 70 }',
    to: 'mode: report_only',
    also: ['groups: [contractors]', 'risk: { above: 80 }'],
    says: '42:24 no score is over 80: the signals add up to 0 at most; the rule "no-contractors" never matches | write a lower number, or raise weights under risk.signals',
  },
  {
    code: 'P111',
    from: 'groups: [contractors]',
    to: 'groups: [contractors, finance]',
    says: '30:13 the denial "no-contractors" always closes what "finance" opens | the denial is at postern.yaml:41; narrow it, or remove the grant',
  },
  {
    code: 'P111',
    from: 'allow: [{ id: everyone }]',
    to: 'public: true\n    deny: [{ id: nobody }]',
    says: '48:18 the denial "nobody" closes the route for everyone | give it conditions, or remove it',
  },
  {
    code: 'P112',
    from: 'allow: [{ id: everyone }]',
    to: 'allow: [{ id: everyone }, { id: staff, groups: [staff], paths: [/a] }]',
    says: '47:37 "staff" adds nothing: "everyone" opens all of it already | the wider grant is at postern.yaml:47; remove one of them, or narrow the wider one',
  },
  {
    code: 'P113',
    from: 'id: everyone',
    to: 'id: staff, methods: [GET]',
    says: '47:19 "staff" lets in everyone who can sign in | add groups, emails or domains; if everyone is meant, begin the id with "everyone"',
  },
  {
    code: 'P115',
    from: 'break_glass: [root-1@corp.example]',
    to: 'break_glass: []',
    says: '48:14 no account is named under break_glass | add break_glass: with the accounts that no reload may lock out',
  },
  {
    code: 'P118',
    from: '    factors: { otp: { amr: [[otp]] }, passkey: { acr: [phr] } }\n',
    to: '',
    says: '37:26 nothing says how corp proves passkey, so this step-up may never succeed | add to the provider, with the acr value that it has for it: factors: { passkey: { acr: [VALUE] } }',
  },
  {
    code: 'P114',
    from: 'from: https://wiki.corp.example',
    to: 'from: https://payroll.corp.example\n    prefix: /Reports',
    also: ['prefix: /', 'prefix: /reports'],
    says: '46:13 many servers take /Reports for the prefix of another route here | the other one is at postern.yaml:26; a client chooses by spelling which rules judge it: keep one of them, or give both the same rules',
  },
];

async function problemsOf(text: string, ports?: LoadPorts) {
  const other = await makePair(['x.corp.example']);
  const base = ports ?? (await basePorts({ 'other.key': other.key }));
  const env = { ...base.env, SHORT: 'short' };
  const result = await compileConfiguration(text, { ...base, env }, { file: 'postern.yaml', folder: '/etc/postern' });
  return result.outcome === 'loaded' ? result.warnings : result.problems;
}

describe('each problem', () => {
  test('the configuration that the cases break has none', async () => {
    expect(await problemsOf(baseConfiguration)).toEqual([]);
  });

  test.each(cases)('$code: $to', async ({ code, from, to, also = [from, to], says }) => {
    for (const place of [from, also[0]]) expect(baseConfiguration.split(place).length).toBeGreaterThan(1);
    const text = baseConfiguration.replace(from, () => to);
    const problems = await problemsOf(also[0] === from ? text : text.replace(also[0], () => also[1]));
    const lines = problems.map(
      ({ at, code: found, message, help }) => `${found} ${at.line}:${at.column} ${message} | ${help}`,
    );
    expect(lines).toEqual([`${code} ${says}`]);
  });

  test('with several providers each grant names its own (P025)', async () => {
    const second = `  - { id: okta, issuer: https://okta.example, client_id: p, client_secret: "\${env:CLIENT_SECRET}" }\npostures:`;
    const problems = await problemsOf(baseConfiguration.replace('postures:', () => second));
    expect(problems.map(({ at, code, help }) => [code, at.line, help])).toEqual([
      ['P025', 31, 'add provider: corp or provider: okta'],
      ['P025', 48, 'add provider: corp or provider: okta'],
    ]);
  });

  test('a segment that asks for a proof of a provider without factors is told so, a way that needs none is not (P118)', async () => {
    const withoutFactors = baseConfiguration.replace(/ {4}factors: .*\n/, '');
    const told = async (text: string) =>
      (await problemsOf(text)).map(({ code, at, message }) => [code, at.line, message.split(',')[0]]);
    const segment = 'segments: { money: { require: { auth: { methods: [otp, password] } } } }\nroutes:';
    const inSegment = withoutFactors
      .replace('routes:', segment)
      .replace('prefix: /', 'prefix: /\n    segment: money')
      .replace('methods: [passkey], max_age: 15m', 'methods: [passkey, registered_browser], max_age: 15m');
    expect(await told(inSegment)).toEqual([['P118', 22, 'nothing says how corp proves otp or password']]);
    const mistyped = baseConfiguration.replace(/ {4}factors: .*\n/, '    factors: 5\n');
    expect((await told(mistyped)).map(([code]) => code)).toEqual(['P010']);
  });

  test('a text that is no text at all (P006)', async () => {
    const problems = await problemsOf('# nothing\n');
    expect(problems.map(({ code, message }) => [code, message])).toEqual([['P006', 'the configuration is empty']]);
  });

  test('without a provider somebody must be told that nobody can sign in (P007)', async () => {
    const text = baseConfiguration.replace(/identity_providers:.*?postures:/s, 'postures:');
    expect((await problemsOf(text)).map(({ code, message }) => [code, message])).toEqual([
      ['P007', 'nobody can sign in: the file has no identity provider'],
    ]);
  });

  test('every code of the catalogue has a case; from P300 on they are those of postern doctor', () => {
    const covered = new Set<string>([...cases.map(({ code }) => code), ...coveredElsewhere]);
    expect(Object.keys(problemCatalogue).filter((code) => Number(code.slice(1)) < 300 && !covered.has(code))).toEqual(
      [],
    );
  });

  test('an unreadable file of the ports is one of the secrets, not the end of the check', async () => {
    const problems = await problemsOf(baseConfiguration, portsWith({}, {}));
    expect(problems.map(({ code }) => code)).toEqual(['P033', 'P033', 'P033', 'P030', 'P030', 'P030']);
  });
});

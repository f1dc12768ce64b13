import { isRecord } from '../is-record.ts';
import type { KeyPath } from '../problem.ts';

/** How maps and lists are written that people write as something else; `*` stands for a number, or a name of theirs. */
const shapes: Readonly<Record<string, string>> = {
  server: 'server: { listeners: [{ address: "0.0.0.0:8443" }], auth_host: auth.corp.example, tls: { … } }',
  'server.listeners': 'listeners: [{ address: "0.0.0.0:8443" }]',
  'server.listeners.*': '{ address: "0.0.0.0:8443" }',
  'server.tls': 'tls: { certificate: certs/server.crt, key: certs/server.key }',
  'server.limits': 'limits: { request_timeout: 60s }',
  admin: `admin: { listen: "127.0.0.1:9443", token: "\${file:/run/secrets/admin_token}" }`,
  state: `state: { path: data/postern.db, key: "\${file:/run/secrets/state_key}" }`,
  session: 'session: { expiration: 12h, inactivity: 30m }',
  identity_providers:
    'identity_providers: [{ id: corp, issuer: https://idp.corp.example, client_id: …, client_secret: … }]',
  'identity_providers.*': '{ id: corp, issuer: https://idp.corp.example, client_id: …, client_secret: … }',
  'identity_providers.*.claims': 'claims: { groups: roles }',
  'identity_providers.*.factors': 'factors: { otp: { amr: [[otp]] } }',
  postures: 'postures: { managed-laptop: { require: [disk_encrypted], max_age: 24h } }',
  'postures.*': '{ require: [disk_encrypted], max_age: 24h }',
  'postures.*.require': 'require: [disk_encrypted, "os_version >= 14.0"]',
  'postures.*.help': 'help: { disk_encrypted: https://help.corp.example/disk }',
  networks: 'networks: { office: [203.0.113.0/24] }',
  segments: 'segments: { finance: { upstreams: [10.20.0.0/16] } }',
  'segments.*': '{ upstreams: [10.20.0.0/16] }',
  'segments.*.require': 'require: { device: managed-laptop }',
  services: 'services: [{ id: exporter, token_hash: "sha256:…" }]',
  'services.*': '{ id: exporter, token_hash: "sha256:…" }',
  routes: 'routes: [{ name: wiki, from: https://wiki.corp.example, to: https://10.20.0.5:8443, allow: […] }]',
  'routes.*': '{ name: wiki, from: https://wiki.corp.example, to: https://10.20.0.5:8443, allow: […] }',
  'routes.*.to': 'to: https://10.20.0.5:8443',
  'routes.*.redirect': 'redirect: { to: https://wiki.corp.example }',
  'routes.*.respond': 'respond: { status: 503, text: "Back at nine" }',
  'routes.*.allow': 'allow: [{ id: finance, groups: [finance] }]',
  'routes.*.allow.*': '{ id: finance, groups: [finance] }',
  'routes.*.deny': 'deny: [{ id: no-contractors, groups: [contractors] }]',
  'routes.*.deny.*': '{ id: no-contractors, groups: [contractors] }',
  'routes.*.deny.*.risk': 'risk: { above: 80 }',
  'routes.*.deny.*.user_message': 'user_message: { en: Use the vendor portal. }',
  'routes.*.set_request_headers': 'set_request_headers: { X-Env: prod }',
  'routes.*.cors': 'cors: { origins: [https://portal.corp.example] }',
  'routes.*.clients': 'clients: { api_paths: [/api/**] }',
  'routes.*.websocket': 'websocket: { deny: close }',
  audit: 'audit: { path: audit/ }',
  tests: 'tests: [{ name: staff reach the wiki, given: { groups: [staff] }, accept: [wiki] }]',
};

const ruleShapes: Readonly<Record<string, string>> = {
  auth: 'auth: { methods: [passkey], max_age: 15m }',
  risk: 'risk: { below: 40 }',
  hours: 'hours: { from: "07:00", to: "20:00", zone: Europe/Berlin }',
  claims: 'claims: { department: payroll }',
  rollout: 'rollout: { percent: 5, by: user }',
  when: `when: 'claims.department == "payroll"'`,
  device: 'device: managed-laptop',
};

const named = new Set(['postures', 'segments', 'networks']);

/** What should stand at a path, to be typed over what stands there; `undefined` where the type alone says enough. */
export function shapeAt(path: KeyPath, value: unknown): string | undefined {
  const pattern = path.map((part, at) =>
    typeof part === 'number' || (at === 1 && named.has(String(path[0]))) ? '*' : part,
  );
  const key = pattern.join('.');
  const isItem = key === 'routes.*.allow.*' || key === 'routes.*.deny.*';
  if (isItem && value === 'everyone') return '{ id: everyone }, which lets in everyone who can sign in';
  if (isItem && typeof value === 'string' && /^[\w.-]{1,40}$/.test(value))
    return `{ id: ${value}, groups: [${value}] }`;
  if (key === 'server.listeners.*' && typeof value === 'string') return `{ address: "${value.slice(0, 60)}" }`;
  const isRule = /^(?:routes\.\*\.(?:allow|deny)\.\*|segments\.\*\.require)\.[a-z_]+$/.test(key);
  const shape = shapes[key] ?? (isRule ? ruleShapes[String(path.at(-1))] : undefined);
  if (key === 'routes.*.to' && isRecord(value) && typeof value.url === 'string') return `to: ${value.url.slice(0, 60)}`;
  return shape;
}

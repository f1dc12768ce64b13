import type { KeyPath } from '../problem.ts';

/** What a word of another product is called here. */
export interface ForeignWord {
  readonly help: string;
  /** The key that it stands for, which is then not called missing. */
  readonly meant?: string;
}

type Place = 'rule' | 'route' | 'provider' | 'top' | 'server' | 'elsewhere';

interface Entry extends ForeignWord {
  readonly words: string;
  readonly places: readonly Place[];
}

const inRule = ['rule'] as const;
const outside = ['route', 'top', 'provider', 'server'] as const;

const who = (words: string, key: string, example: string): readonly Entry[] => [
  { words, places: inRule, help: `here it is written ${key}: ${example}`, meant: key },
  {
    words,
    places: outside,
    help: `it is written ${key} inside an allow rule of a route: allow: [{ id: staff, ${key}: ${example} }]`,
    meant: 'allow',
  },
];

const routeShape = 'routes: [{ name: wiki, from: https://wiki.corp.example, to: https://10.20.0.5:8443, allow: […] }]';
const providerShape = `identity_providers: [{ id: corp, issuer: https://idp.corp.example, client_id: …, client_secret: "\${env:OIDC_CLIENT_SECRET}" }]`;
const ruleShape = 'allow: [{ id: finance, groups: [finance] }], and deny: for what closes';

/** Words of Pomerium, oauth2-proxy, Authelia, Cloudflare Access, Google IAP, Traefik and nginx. */
const entries: readonly Entry[] = [
  ...who('allowed_groups allow_groups allowed_roles allowed_role roles okta_group github_team', 'groups', '[finance]'),
  ...who('allowed_users allowed_emails authenticated_emails email user users members', 'emails', '[ada@corp.example]'),
  ...who('allowed_domains email_domains email_domain hosted_domain hd', 'domains', '[corp.example]'),
  ...who('allowed_idp_claims claim idp_claims', 'claims', '{ department: payroll }'),
  {
    words: 'subject subjects principal principals',
    places: inRule,
    help: 'people are named by groups: [finance], emails: [ada@corp.example] or domains: [corp.example]',
  },
  {
    words:
      'ips ip ip_ranges ip_range source_ip source_ips source_range ip_allow_list ip_white_list cidr cidrs trusted_ips',
    places: ['rule', 'route'],
    help: 'addresses get a name at the top level, networks: { office: [203.0.113.0/24] }, and a rule says networks: [office]',
    meant: 'networks',
  },
  {
    words: 'http_method http_methods method verb verbs',
    places: inRule,
    help: 'here it is written methods: [GET, HEAD]',
    meant: 'methods',
  },
  {
    words: 'http_path path paths_regex resource resources url urls uri location',
    places: inRule,
    help: "here it is written paths: [/reports/**], or paths: [{ regex: '^/reports/[0-9]+$' }]",
    meant: 'paths',
  },
  {
    words: 'and or not nor include exclude require any all',
    places: inRule,
    help: 'every key of a rule must hold; for "or" write another rule, for "not" a rule under deny:',
  },
  {
    words: 'action effect decision allow deny',
    places: inRule,
    help: 'the list that a rule stands in says it: allow: opens, deny: closes',
  },
  { words: 'name title description', places: inRule, help: 'a rule is named by its id: id: finance', meant: 'id' },
  { words: 'enabled disabled', places: inRule, help: 'here it is written mode: off, report_only, partial or enforce' },
  {
    words: 'condition conditions expression cel rego',
    places: inRule,
    help: `here it is written when: 'claims.department == "payroll"'`,
    meant: 'when',
  },
  {
    words: 'policy mfa require_mfa two_factor factor acr acr_values',
    places: inRule,
    help: 'a proof is asked for by auth: { methods: [passkey], max_age: 15m }',
  },
  {
    words: 'session_duration max_age',
    places: inRule,
    help: 'the age of a proof is bounded by auth: { methods: [passkey], max_age: 15m }',
  },
  {
    words: 'posture device_posture',
    places: inRule,
    help: 'the posture that must pass is named by device: managed-laptop',
    meant: 'device',
  },
  { words: 'segment', places: inRule, help: 'a whole route is in a segment: write it beside from: and to:' },

  {
    words: 'policy policies rules rule access access_control authorization authz ppl',
    places: ['route'],
    help: `who may open a route is written ${ruleShape}`,
    meant: 'allow',
  },
  {
    words: 'allow_public_unauthenticated_access skip_auth no_auth bypass unauthenticated anonymous',
    places: ['route'],
    help: 'a route without sign-in is written public: true; everyone who reaches Postern then reaches the app',
  },
  {
    words: 'allow_any_authenticated_user authenticated',
    places: ['route'],
    help: 'everyone who can sign in is written allow: [{ id: everyone }]',
    meant: 'allow',
  },
  {
    words: 'host hosts hostname domain domains source',
    places: ['route'],
    help: 'what people type is written from: https://app.corp.example',
    meant: 'from',
  },
  {
    words: 'upstream upstreams backend backends target targets service destination url uri servers proxy_pass',
    places: ['route'],
    help: 'the app is written to: https://10.20.0.5:8443',
    meant: 'to',
  },
  {
    words: 'tls_skip_verify insecure_skip_verify ssl_insecure_skip_verify',
    places: ['route', 'provider', 'top', 'server'],
    help: 'certificates are always checked; name the authority with tls_custom_ca_file: certs/internal-ca.crt in the route',
  },
  { words: 'tls_server_name', places: ['route'], help: 'here it is written tls_upstream_server_name' },
  {
    words: 'timeout idle_timeout',
    places: ['route'],
    help: 'how long an app may take to begin its answer is written upstream: { timeout: 60s }; what streams is not cut',
  },
  {
    words: 'preserve_host_header pass_host_header host_rewrite host_rewrite_header',
    places: ['route'],
    help: 'the app gets the host that the person typed; for its own write upstream: { host_header: upstream }',
  },
  {
    words: 'prefix_rewrite strip_prefix regex_rewrite_pattern',
    places: ['route'],
    help: 'here it is written rewrite: { strip_prefix: /grafana }, and prefix: /app to put something before',
  },
  {
    words: 'cors_allow_preflight',
    places: ['route'],
    help: 'here it is written cors: { origins: [https://portal.corp.example] }',
  },
  {
    words: 'headers request_headers custom_request_headers',
    places: ['route'],
    help: 'here it is written set_request_headers: { X-Env: prod }',
  },
  { words: 'websockets', places: ['route'], help: 'here it is written allow_websockets: true' },
  { words: 'id', places: ['route'], help: 'a route is named by name: wiki', meant: 'name' },

  {
    words: 'type provider_type kind preset',
    places: ['provider'],
    help: 'every provider is spoken to in OpenID Connect, so its issuer says enough; remove it',
  },
  {
    words: 'url provider_url idp_provider_url discovery_url oidc_issuer_url issuer_url authority',
    places: ['provider'],
    help: 'here it is written issuer: https://idp.corp.example, as the provider itself names it',
    meant: 'issuer',
  },
  {
    words: 'redirect_uri redirect_url callback_url',
    places: ['provider', 'top'],
    help: 'it follows from server.auth_host: register https://AUTH_HOST/.postern/callback at the provider, and remove it here',
  },
  {
    words: 'group_claim groups_claim oidc_groups_claim email_claim oidc_email_claim user_id_claim',
    places: ['provider', 'top'],
    help: 'the names of claims are written in the provider: claims: { groups: roles, email: mail }',
  },

  {
    words: 'policy policies upstreams apps applications access_control rules hosts locations http routers backends',
    places: ['top'],
    help: `apps and who may open them are written ${routeShape}`,
    meant: 'routes',
  },
  {
    words:
      'client_id client_secret client_secret_file oidc_issuer_url idp_provider idp_provider_url idp_client_id idp_client_secret provider providers idp idps oidc identity authentication_backend',
    places: ['top'],
    help: `providers are written ${providerShape}`,
    meant: 'identity_providers',
  },
  {
    words: 'authenticate_service_url authenticate_callback_path auth_host auth_url auth_domain forward_auth',
    places: ['top'],
    help: 'the host of the sign-in pages is written server: { auth_host: auth.corp.example }',
  },
  {
    words:
      'cookie_secret cookie_secret_file shared_secret signing_key jwt_secret encryption_key secret_key session_secret',
    places: ['top', 'server'],
    help: `what protects sessions is written state: { key: "\${file:/run/secrets/state_key}" }`,
  },
  {
    words: 'cookie_name cookie_domain cookie_domains cookie_secure cookie_httponly cookie_samesite cookie cookies',
    places: ['top', 'server'],
    help: 'each host has a cookie of its own, and there is nothing to set; remove it',
  },
  {
    words: 'cookie_expire cookie_refresh default_session_expiration',
    places: ['top', 'server'],
    help: 'how long a sign-in lasts is written session: { expiration: 12h, inactivity: 30m }',
  },
  {
    words: 'http_address https_address address listen listen_address bind port ports entry_points listeners',
    places: ['top'],
    help: 'where to listen is written server: { listeners: [{ address: "0.0.0.0:8443" }] }',
  },
  {
    words: 'listen address http_address https_address port bind',
    places: ['server'],
    help: 'here it is written listeners: [{ address: "0.0.0.0:8443" }]',
    meant: 'listeners',
  },
  {
    words:
      'certificate certificates certificate_file certificate_key_file tls_cert_file tls_key_file tls cert ssl autocert',
    places: ['top', 'server'],
    help: 'certificates are files under server: tls: { certificate: certs/server.crt, key: certs/server.key }',
    meant: 'tls',
  },
  {
    words: 'real_client_ip_header reverse_proxy',
    places: ['top', 'server'],
    help: 'whose X-Forwarded-For is believed is written server: { trusted_proxies: [10.0.0.0/8] }',
  },
  {
    words: 'metrics metrics_address ping_path health',
    places: ['top', 'server'],
    help: 'metrics and health are served by the admin listener: admin: { listen: "127.0.0.1:9443", token: … }',
  },
  {
    words: 'storage redis database databroker session_store_type',
    places: ['top'],
    help: 'where sessions are kept is written state: { path: data/postern.db, key: … }',
    meant: 'state',
  },
  {
    words: 'log log_level logging debug',
    places: ['top', 'server'],
    help: 'the level of the log is no part of the configuration; remove it',
  },
];

const byWord = Map.groupBy(
  entries.flatMap((entry) => entry.words.split(' ').map((word) => ({ word, entry }))),
  ({ word }) => word,
);

/** What a word that other products have is called here, where somebody wrote it; `undefined` for words that nobody has. */
export function findForeignWord(path: KeyPath, key: string): ForeignWord | undefined {
  const word = key
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll('-', '_');
  const place = placeAt(path);
  return byWord.get(word)?.find(({ entry }) => entry.places.includes(place))?.entry;
}

function placeAt(path: KeyPath): Place {
  const [section, , list] = path;
  if (path.length === 0) return 'top';
  if (section === 'server' && path.length === 1) return 'server';
  if (section === 'identity_providers' && path.length === 2) return 'provider';
  if (section === 'routes' && path.length === 2) return 'route';
  if (section === 'routes' && path.length === 4 && (list === 'allow' || list === 'deny')) return 'rule';
  if (section === 'segments' && path.length === 3 && list === 'require') return 'rule';
  return 'elsewhere';
}

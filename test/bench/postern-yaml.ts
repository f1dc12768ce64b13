/** What differs from run to run. */
export interface BenchedConfiguration {
  readonly port: number;
  readonly upstream: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly server: { readonly certificate: string; readonly key: string };
  /** The authority of an app over TLS. */
  readonly upstreamCa?: string;
  /** Default: as many as the program takes by itself. */
  readonly workers?: number;
  /** Default: one route with the usual rules. */
  readonly routes?: readonly BenchedRoute[];
}

/** A host and who may ask there. */
export interface BenchedRoute {
  readonly name: string;
  readonly host: string;
  /** YAML of its grants, each on a line of its own, in the order in which they are judged. */
  readonly grants: readonly string[];
}

/** The name that certificates of the app behind are made for. */
export const upstreamName = 'app.internal';

/** Three rules, of which the second lets in who takes part in a bench. */
export const usualGrants = [
  '{ id: operations, groups: [operations], device: encrypted }',
  '{ id: engineering, groups: [engineering], networks: [office], methods: [GET, POST], paths: ["/app/**", /app], risk: { below: 80 } }',
];

/** The configuration under measurement: every check switched on, three rules, identity headers, a trail. */
export function posternYaml(benched: BenchedConfiguration): string {
  const { port, issuer, clientId, server, workers } = benched;
  const { routes = [{ name: 'app', host: 'app.localhost', grants: usualGrants }] } = benched;
  return `version: 1
server:
  listeners: [{ address: "127.0.0.1:${port}" }]
  auth_host: auth.localhost
  tls: { certificate: ${server.certificate}, key: ${server.key} }
${workers === undefined ? '' : `  workers: ${workers}\n`}state: { store: sqlite, path: state.db, key: "\${env:STATE_KEY}" }
session: { expiration: 12h, inactivity: 30m }
break_glass: [root-1@corp.example]
identity_providers:
  - id: corp
    title: Corp
    issuer: ${issuer}
    client_id: ${clientId}
    client_secret: "\${env:CLIENT_SECRET}"
    scopes: [openid, profile, email, groups]
    factors: { password: { amr: [[pwd]] }, otp: { acr: [mfa], amr: [[pwd, otp]] } }
postures:
  encrypted: { require: [disk_encrypted], max_age: 24h }
networks: { office: [203.0.113.0/24, 127.0.0.0/8] }
routes:
${routes.map((route) => routeYaml(route, benched)).join('')}audit: { path: audit }
`;
}

function routeYaml({ name, host, grants }: BenchedRoute, { port, upstream, upstreamCa }: BenchedConfiguration): string {
  const upstreamKeys =
    upstreamCa === undefined
      ? 'allow_plaintext_upstream: true'
      : `tls_custom_ca_file: ${upstreamCa}\n    tls_upstream_server_name: ${upstreamName}`;
  return `  - name: ${name}
    from: https://${host}:${port}
    to: ["${upstream}"]
    ${upstreamKeys}
    allow_websockets: true
    pass_identity_headers: true
    allow:
${grants.map((grant) => `      - ${grant}\n`).join('')}    deny:
      - { id: contractors, groups: [contractors] }
`;
}

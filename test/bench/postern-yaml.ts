/** What differs from run to run. */
export interface BenchedConfiguration {
  readonly tls: number;
  readonly upstream: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly server: { readonly certificate: string; readonly key: string };
}

/** The configuration under measurement: every check switched on, three rules, identity headers, a trail. */
export function posternYaml({ tls, upstream, issuer, clientId, server }: BenchedConfiguration): string {
  return `version: 1
server:
  listeners: [{ address: "127.0.0.1:${tls}" }]
  auth_host: auth.localhost
  tls: { certificate: ${server.certificate}, key: ${server.key} }
state: { store: sqlite, path: state.db, key: "\${env:STATE_KEY}" }
session: { expiration: 12h, inactivity: 30m }
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
  - name: app
    title: App
    from: https://app.localhost:${tls}
    to: ["${upstream}"]
    allow_plaintext_upstream: true
    pass_identity_headers: true
    allow:
      - { id: operations, groups: [operations], device: encrypted }
      - { id: engineering, groups: [engineering], networks: [office], methods: [GET, POST], paths: ["/app/**", /app], risk: { below: 80 } }
    deny:
      - { id: contractors, groups: [contractors] }
audit: { path: audit }
`;
}

/** What a machine gives: ports and files. */
export interface SessionPlaces {
  readonly tlsPort: number;
  readonly adminPort: number;
  readonly appPort: number;
  readonly issuer: string;
  readonly clientId: string;
  readonly certificate: string;
  readonly key: string;
  readonly deviceCa: string;
  readonly internalCa: string;
}

/** The configuration of the session that docs/command-line.md shows. */
export function sessionConfiguration(places: SessionPlaces): string {
  const upstream = `to: https://127.0.0.1:${places.appPort}
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: ${places.internalCa}`;
  return `version: 1

server:
  listeners: [{ address: "127.0.0.1:${places.tlsPort}" }]
  auth_host: auth.localhost
  workers: 2
  tls:
    certificate: ${places.certificate}
    key: ${places.key}
    client_ca: ${places.deviceCa}
admin: { listen: "127.0.0.1:${places.adminPort}", token: "\${env:ADMIN_TOKEN}" }
state: { store: sqlite, path: state.db, key: "\${env:STATE_KEY}" }
audit: { path: audit }

identity_providers:
  - id: corp
    title: Corp account
    issuer: ${places.issuer}
    client_id: ${places.clientId}
    client_secret: "\${env:CLIENT_SECRET}"
    scopes: [openid, profile, email, groups]
    factors: { password: { amr: [[pwd]] }, otp: { acr: [mfa], amr: [[pwd, otp]] } }

break_glass: [ada@corp.example]

postures:
  managed-laptop:
    require: [disk_encrypted, screen_lock]
    max_age: 24h
    help: { disk_encrypted: "https://help.corp.example/filevault" }

routes:
  - name: grafana
    title: Grafana
    from: https://grafana.localhost:${places.tlsPort}
    ${upstream}
    allow:
      - id: eng
        groups: [engineering]

  - name: payroll
    title: Payroll
    from: https://payroll.localhost:${places.tlsPort}
    ${upstream}
    allow:
      - id: finance
        groups: [finance]
        device: managed-laptop
        auth: { methods: [otp], max_age: 15m }
    deny:
      - id: no-contractors
        groups: [contractors]
        mode: partial
        rollout: { percent: 25, by: user }
        user_message: { en: Contractors use the vendor portal instead. }

tests:
  - name: finance reaches payroll with a fresh code
    given: { groups: [finance], device: { managed-laptop: pass }, auth: { otp: 5m }, risk: 0 }
    accept: [payroll]
  - name: an unencrypted disk keeps you out of payroll only
    given: { groups: [finance, engineering], device: { managed-laptop: { fail: [disk_encrypted] } }, auth: { otp: 5m }, risk: 0 }
    accept: [grafana]
    deny: { payroll: device_not_compliant }
`;
}

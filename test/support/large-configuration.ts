/** The top of the file, up to its routes. */
const top = `version: 1
server: { auth_host: auth.corp.example }
state: { path: state.db, key: "\${env:STATE_KEY}" }
identity_providers:
  - { id: corp, issuer: https://idp.corp.example, client_id: postern, client_secret: "\${env:CLIENT_SECRET}" }
postures: { managed-laptop: { require: [disk_encrypted], max_age: 24h } }
networks: { office: [203.0.113.0/24] }
routes:
`;

/** What `largeConfiguration` refers to. */
export const largeConfigurationEnvironment = {
  STATE_KEY: 'a-state-key-of-more-than-thirty-two-characters',
  CLIENT_SECRET: 'a secret of the client',
} as const;

/**
 * A configuration for the middleware with as many routes, ten rules each: grants by group and method, some of them with a
 * network, a device, paths or a fresh proof, and a denial.
 */
export function largeConfiguration(routes: number): string {
  const parts = [top];
  for (let route = 0; route < routes; route += 1) {
    parts.push(
      `  - name: app-${route}\n    from: https://app-${route}.corp.example\n    to: https://10.0.${(route >> 8) & 255}.${route & 255}:8443\n    allow:\n`,
    );
    for (let rule = 0; rule < 9; rule += 1) {
      const group = `team-${(route * 7 + rule) % 500}`;
      parts.push(`      - { id: r${rule}, groups: [${group}], methods: [GET, POST]${extra(rule)} }\n`);
    }
    parts.push('    deny:\n      - { id: d, groups: [contractors] }\n');
  }
  return parts.join('');
}

function extra(rule: number): string {
  switch (rule) {
    case 1:
      return ', networks: [office]';
    case 2:
      return ', device: managed-laptop';
    case 3:
      return ', paths: [/reports/**]';
    case 4:
      return ', auth: { methods: [passkey], max_age: 15m }';
    default:
      return '';
  }
}

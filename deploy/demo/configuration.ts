import type { AppName } from './apps.ts';
import type { DevelopmentCertificates } from './development-certificates.ts';
import type { DemoPorts } from './ports.ts';
import { secondFactorAcr } from './provider-interaction.ts';

/** Host of sign-in and portal. */
export const authHost = 'auth.localhost';

export const hostOf = (app: AppName): string => `${app}.localhost`;

/** What goes into the demo's configuration. All paths are absolute. */
export interface ConfigurationParts {
  readonly ports: DemoPorts;
  readonly certificates: DevelopmentCertificates;
  readonly appPorts: Readonly<Record<AppName, number>>;
  readonly issuer: string;
  readonly clientId: string;
  readonly secretFiles: { readonly adminToken: string; readonly stateKey: string; readonly clientSecret: string };
  readonly stateFile: string;
  readonly auditFolder: string;
}

interface DemoRoute {
  readonly title: string;
  readonly description: string;
  /** The grants, as YAML in flow style. */
  readonly allow: string;
  readonly extra?: string;
}

const routes: Readonly<Record<AppName, DemoRoute>> = {
  wiki: { title: 'Wiki', description: 'What everybody should know', allow: '{ id: everyone }' },
  dashboard: {
    title: 'Dashboard',
    description: 'Live numbers for engineering',
    allow: '{ id: engineering, groups: [engineering] }',
    extra: 'allow_websockets: true',
  },
  payroll: {
    title: 'Payroll',
    description: 'Salaries and payslips',
    allow: '{ id: finance, groups: [finance], auth: { methods: [otp], max_age: 15m } }',
    extra: 'disclose: requirements',
  },
  console: {
    title: 'Console',
    description: 'Production, for operations',
    allow: '{ id: operations, groups: [operations], device: encrypted-laptop }',
    extra: 'disclose: requirements',
  },
};

const text = (value: string) => JSON.stringify(value);
const secret = (path: string) => text(`\${file:${path}}`);

function writeRoute(name: AppName, { ports, certificates, appPorts }: ConfigurationParts): string {
  const { title, description, allow, extra } = routes[name];
  return `
  - name: ${name}
    title: ${title}
    description: ${text(description)}
    from: https://${hostOf(name)}:${ports.tls}
    to: https://127.0.0.1:${appPorts[name]}
    tls_upstream_server_name: ${name}.internal
    tls_custom_ca_file: ${text(certificates.internalCa)}
    tls_client_cert_file: ${text(certificates.postern.certificate)}
    tls_client_key_file: ${text(certificates.postern.key)}
    owner: ${name}-owners@corp.example
    pass_identity_headers: true${extra === undefined ? '' : `\n    ${extra}`}
    allow:
      - ${allow}`;
}

/** The configuration that the demo runs with: an ordinary one, with paths and ports filled in. */
export function writeConfiguration(parts: ConfigurationParts): string {
  const { ports, certificates, secretFiles } = parts;
  const names = Object.keys(routes) as AppName[];
  return `# Made by npm run demo. docs/configuration.md explains every key.
version: 1
server:
  listeners:
    - { address: "127.0.0.1:${ports.tls}" }
  auth_host: ${authHost}
  tls:
    certificate: ${text(certificates.server.certificate)}
    key: ${text(certificates.server.key)}
    client_ca: ${text(certificates.deviceCa)}
admin:
  listen: 127.0.0.1:${ports.admin}
  token: ${secret(secretFiles.adminToken)}
state:
  store: sqlite
  path: ${text(parts.stateFile)}
  key: ${secret(secretFiles.stateKey)}
audit:
  path: ${text(parts.auditFolder)}
break_glass: [root-1@corp.example]
identity_providers:
  - id: corp
    title: Corp account
    issuer: ${parts.issuer}
    client_id: ${parts.clientId}
    client_secret: ${secret(secretFiles.clientSecret)}
    factors:
      password: { amr: [[pwd]] }
      otp: { acr: [${text(secondFactorAcr)}], amr: [[otp]] }
postures:
  encrypted-laptop:
    require: [disk_encrypted]
    help:
      disk_encrypted: https://${hostOf('wiki')}:${ports.tls}/pages/Encrypt%20your%20disk
routes:${names.map((name) => writeRoute(name, parts)).join('')}
`;
}

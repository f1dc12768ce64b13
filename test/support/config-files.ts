import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as x509 from '@peculiar/x509';
import type { LoadPorts } from '../../src/config/load-configuration.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
export const configurationTime = Date.UTC(2026, 5, 1);

export interface MadePair {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a self-signed certificate, PEM, in memory. */
export async function makePair(
  names: readonly string[],
  notAfter = new Date(configurationTime + 86_400_000),
): Promise<MadePair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=test',
    notBefore: new Date(configurationTime - 86_400_000 * 30),
    notAfter,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value }))),
      new x509.BasicConstraintsExtension(true),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    certificate: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/(.{64})/g, '$1\n')}\n-----END PRIVATE KEY-----\n`,
  };
}

/** A file system and an environment that exist only in the test; paths are relative to `folder`. */
export function portsWith(
  files: Readonly<Record<string, string | Buffer>>,
  env: Readonly<Record<string, string>> = {},
  folder = '/etc/postern',
): LoadPorts {
  const absolute = new Map(Object.entries(files).map(([name, content]) => [resolve(folder, name), content]));
  return {
    env,
    now: () => configurationTime,
    readFile: async (path) => {
      const content = absolute.get(path);
      if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
      return Buffer.from(content);
    },
  };
}

/** A configuration without problems, to break in one place at a time. Needs the files and variables of `basePorts`. */
export const baseConfiguration = `version: 1
server:
  listeners: [{ address: "127.0.0.1:8443", public_port: 443 }]
  auth_host: auth.corp.example
  tls: { certificate: server.crt, key: server.key, client_ca: server.crt }
  limits: { header_bytes: 16KiB, request_timeout: 60s }
admin: { listen: "127.0.0.1:9443", token: "\${file:token}" }
state: { path: data/postern.db, key: "\${env:STATE_KEY}" }
session: { expiration: 12h, inactivity: 30m }
identity_providers:
  - id: corp
    issuer: https://idp.corp.example
    client_id: postern
    client_secret: "\${env:CLIENT_SECRET}"
    factors: { otp: { amr: [[otp]] }, passkey: { acr: [phr] } }
postures:
  managed-laptop:
    require: [disk_encrypted, "os_version >= 14.0"]
    max_age: 24h
    help: { disk_encrypted: https://help.corp.example/disk }
risk: { levels: { medium: 40, high: 70 } }
networks: { office: [203.0.113.0/24] }
routes:
  - name: payroll
    from: https://payroll.corp.example
    prefix: /
    to: https://10.0.0.5:8443
    set_request_headers: { X-Env: prod }
    allow:
      - id: finance
        groups: [finance]
        emails: [ada@corp.example]
        domains: [corp.example]
        methods: [GET]
        paths: [/reports/**]
        networks: [office]
        device: managed-laptop
        auth: { methods: [passkey], max_age: 15m }
        risk: { below: 40 }
    deny:
      - id: no-contractors
        groups: [contractors]
        user_message: { en: Use the vendor portal. }
  - name: wiki
    from: https://wiki.corp.example
    to: https://10.0.0.6:8443
    allow: [{ id: everyone }]
break_glass: [root-1@corp.example]
`;

const secrets = { STATE_KEY: 'k'.repeat(44), CLIENT_SECRET: 'a secret of the client' };

/** Ports for `baseConfiguration`. */
export async function basePorts(more: Readonly<Record<string, string | Buffer>> = {}): Promise<LoadPorts> {
  const pair = await makePair(['*.corp.example']);
  return portsWith(
    { 'server.crt': pair.certificate, 'server.key': pair.key, token: `${'t'.repeat(40)}\n`, ...more },
    secrets,
  );
}

/** Writes the files that `baseConfiguration` names into a real folder; answers the environment that it asks for. */
export async function writeBaseFiles(folder: string, notAfter?: Date): Promise<LoadPorts['env']> {
  const pair = await makePair(['*.corp.example'], notAfter);
  await writeFile(join(folder, 'server.crt'), pair.certificate);
  await writeFile(join(folder, 'server.key'), pair.key);
  await writeFile(join(folder, 'token'), 't'.repeat(40));
  return secrets;
}

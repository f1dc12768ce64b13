import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DevelopmentCertificates } from '../../deploy/demo/development-certificates.ts';

/** What is different from one stage to the next. */
export interface ProgramFile {
  readonly port: number;
  /** 0, the default: a free one, which the program tells. */
  readonly adminPort?: number;
  readonly certificates: DevelopmentCertificates;
  /** YAML of further keys of `server`, indented by two spaces. */
  readonly server?: string;
  /** YAML of all other keys: providers, routes. */
  readonly rest: string;
}

/** Writes the configuration of a program that a bench or a campaign starts; answers its path. */
export function writeProgramFile(
  folder: string,
  { port, adminPort = 0, certificates, server, rest }: ProgramFile,
): string {
  const file = join(folder, 'postern.yaml');
  writeFileSync(
    file,
    `version: 1
server:
  listeners: [{ address: "127.0.0.1:${port}" }]
  auth_host: auth.localhost
  tls: { certificate: ${certificates.server.certificate}, key: ${certificates.server.key} }
${server ?? ''}admin: { listen: "127.0.0.1:${adminPort}", token: "\${env:ADMIN_TOKEN}" }
state: { store: sqlite, path: state.db, key: "\${env:STATE_KEY}" }
${rest}`,
  );
  return file;
}

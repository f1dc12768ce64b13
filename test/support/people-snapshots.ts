import { compileConfiguration, type LoadPorts } from '../../src/config/load-configuration.ts';
import { renderProblems } from '../../src/config/render-problems.ts';
import type { Snapshot } from '../../src/config/snapshot.ts';
import type { KnownPerson, Person } from '../../src/people/known-person.ts';
import { basePorts } from './config-files.ts';

export const peopleNowMs = Date.UTC(2026, 0, 5, 9);

/** A configuration that people are judged by, with some routes and further keys. */
export function peopleYaml(routes: string, extra = ''): string {
  return `version: 1
server:
  listeners: [{ address: "127.0.0.1:8443", public_port: 443 }]
  auth_host: auth.corp.example
  tls: { certificate: server.crt, key: server.key, client_ca: server.crt }
admin: { listen: "127.0.0.1:9443", token: "\${file:token}" }
state: { path: data/postern.db, key: "\${env:STATE_KEY}" }
identity_providers:
  - id: corp
    issuer: https://idp.corp.example
    client_id: postern
    client_secret: "\${env:CLIENT_SECRET}"
    factors: { password: { amr: [[pwd]] }, otp: { amr: [[otp]] }, passkey: { acr: [phr] } }
postures:
  managed-laptop: { require: [disk_encrypted], max_age: 24h }
networks: { office: [203.0.113.0/24] }
${extra}
routes:
${routes}`;
}

export function routeYaml(name: string, rules: string): string {
  return `  - name: ${name}
    from: https://${name}.corp.example
    to: https://10.0.0.5:8443
${rules}
`;
}

/** Compiles a text; throws what is wrong with it. @param ports for texts that name the same files */
export async function compileText(text: string, ports?: LoadPorts): Promise<Snapshot> {
  const result = await compileConfiguration(text, ports ?? (await basePorts()), {
    folder: '/etc/postern',
    file: 'postern.yaml',
  });
  if (result.outcome === 'refused') throw new Error(renderProblems(result.problems));
  return result.snapshot;
}

export function knownPerson(
  subject: string,
  groups: readonly string[] | undefined,
  more: Partial<Person> = {},
): KnownPerson {
  return {
    person: {
      providerId: 'corp',
      issuer: 'https://idp.corp.example',
      subject,
      name: undefined,
      email: `${subject}@corp.example`,
      isEmailVerified: true,
      groups,
      source: 'idp:corp',
      asOfMs: peopleNowMs - 60_000,
      ...more,
    },
    firstSeenAtMs: peopleNowMs - 60_000,
    lastSeenAtMs: peopleNowMs - 60_000,
    lastUsedAtMs: new Map([['payroll', peopleNowMs - 30_000]]),
  };
}

/** The directory's listing over a few people. */
export function pagesOf(...known: readonly KnownPerson[]) {
  return {
    async *pages() {
      for (const one of known) yield [one];
    },
    find: async (who: string) => known.filter(({ person }) => person.email === who || person.subject === who),
  };
}

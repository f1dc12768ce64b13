import { compileConfiguration, type LoadPorts } from '../../src/config/load-configuration.ts';
import { renderProblems } from '../../src/config/render-problems.ts';
import type { Posture, Snapshot } from '../../src/config/snapshot.ts';
import type { PostureFacts } from '../../src/decision/facts.ts';
import type { KnownPerson, Person } from '../../src/people/known-person.ts';
import type { OpeningsOfPerson } from '../../src/people/last-openings.ts';
import type { PersonId } from '../../src/state/person-key.ts';
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
    get: async ({ issuer, subject }: PersonId) =>
      known.find(({ person }) => person.issuer === issuer && person.subject === subject),
    find: async (who: string) => known.filter(({ person }) => person.email === who || person.subject === who),
  };
}

/** What a guard or a check of reloads needs, over a few people. @param openings what they opened last */
export function guardSources(
  people: readonly KnownPerson[],
  openings: readonly OpeningsOfPerson[] = [],
  failing: readonly string[] = [],
) {
  return {
    people: pagesOf(...people),
    lastOpenings: { all: async () => openings, forget: async () => undefined },
    devices: {
      judgePosture: (_device: string, { name }: Pick<Posture, 'name'>): PostureFacts => ({
        posture: name,
        result: failing.includes(name) ? 'fail' : 'pass',
        checks: [],
      }),
    },
    now: () => peopleNowMs,
  };
}

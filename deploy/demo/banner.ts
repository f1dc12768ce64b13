import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type AppName, appNames } from './apps.ts';
import { authHost, hostOf } from './configuration.ts';
import type { DevelopmentCertificates } from './development-certificates.ts';
import { people } from './people.ts';
import type { DemoPorts } from './ports.ts';

/** What a person or a script needs to use a running demo. */
export interface DemoFacts {
  readonly version: string;
  readonly ports: DemoPorts;
  readonly issuer: string;
  readonly certificates: DevelopmentCertificates;
  readonly folder: string;
  readonly adminToken: string;
  readonly moved: readonly string[];
}

const needs: Readonly<Record<AppName, string>> = {
  wiki: 'everyone',
  dashboard: 'engineering; a WebSocket and an event stream',
  payroll: 'finance, with a second factor of the last 15 minutes',
  console: 'operations, on a device whose disk is encrypted',
};

const origins = (protocol: 'http' | 'https', port: number) => ({
  ...(Object.fromEntries(appNames.map((app) => [app, `${protocol}://${hostOf(app)}:${port}`])) as Record<
    AppName,
    string
  >),
  portal: `${protocol}://${authHost}:${port}`,
});

/** Commands for another terminal, each of which turns one fact while the demo runs. */
function describeFlips({ folder }: DemoFacts) {
  const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  const postern = (words: string) => `${process.execPath} ${program} ${words} -c ${join(folder, 'postern.yaml')}`;
  return {
    lock: postern("lock --user lin --for 10m --reason demo --message 'Come and see us.'"),
    device: postern('device set noor-laptop disk_encrypted=false'),
  };
}

/** The one line of `npm run demo -- --json`. */
export function describeForScripts(facts: DemoFacts): string {
  const { ports, certificates } = facts;
  const admin = `http://127.0.0.1:${ports.admin}`;
  return JSON.stringify({
    urls: { ...origins('http', ports.plain), metrics: `${admin}/metrics`, admin, idp: facts.issuer },
    tls: origins('https', ports.tls),
    ca: certificates.ca,
    people: people.map(({ id, name, email, groups, device }) => ({
      id,
      name,
      email,
      groups,
      device: device?.id ?? null,
    })),
    devices: Object.fromEntries(
      Object.entries(certificates.devices).map(([id, { certificate, key }]) => [id, { cert: certificate, key }]),
    ),
    admin_token: facts.adminToken,
    flips: describeFlips(facts),
  });
}

/** What `npm run demo` prints when everything runs. Paths to keys, never keys. */
export function describeForPeople(facts: DemoFacts): string {
  const { ports, certificates } = facts;
  const plain = origins('http', ports.plain);
  const tls = origins('https', ports.tls);
  const admin = `http://127.0.0.1:${ports.admin}`;
  const noor = certificates.devices['noor-laptop'];
  const apps = appNames.map(
    (app) => `  ${hostOf(app).split('.')[0]?.padEnd(10)} ${plain[app].padEnd(34)} ${needs[app]}`,
  );
  const cast = people.map(
    (person) => `    ${person.id.padEnd(5)} ${person.groups.join(', ').padEnd(26)} ${person.note}`,
  );
  return `${facts.moved.map((line) => `${line}\n`).join('')}postern ${facts.version}  DEMO: invented people, this computer only, nothing is kept

  portal     ${plain.portal}
${apps.join('\n')}
  admin      ${`${admin}/readyz`.padEnd(34)} health; beside it metrics and the admin API

  Sign in as (no password)
${cast.join('\n')}

  Try
    1  Open Payroll as ada: it asks for a second factor. As lin: it says why not.
    2  Open Console as noor: on :${ports.plain} nobody has a device, and the page says where they do.
    3  Give curl noor's laptop; without a session the answer is a sign-in, with a reason:
         curl -i --cacert ${certificates.ca} \\
           --cert ${noor?.certificate} --key ${noor?.key} \\
           ${tls.console}/
    4  In another terminal, make \`postern\` a command, and see what is decided here:
         export PATH=${join(facts.folder, 'bin')}:$PATH
         postern tail
    5  Open Dashboard as lin and watch its live feeds. Then pause lin's access: the feeds stop and say why, and so does
       the page when it is loaded again. Only who has signed in is known by name. \`postern unlock --user lin\` lifts it:
         postern lock --user lin --for 10m --reason demo --message 'Come and see us.'
    6  Break noor's laptop, reload Console over TLS, and mend it with true:
         postern device set noor-laptop disk_encrypted=false

  TLS        ${tls.portal}  with the authority ${certificates.ca}
  Browsers   README.md says how to give one a device certificate
  Metrics    ${admin}/metrics
  Config     ${join(facts.folder, 'postern.yaml')}

Press Ctrl+C to stop. Nothing is kept.
`;
}

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { playSession, type SessionGround, type SessionStep } from '../../support/console-session.ts';
import type { Answer, HttpBrowser } from '../../support/http-browser.ts';
import { buildProgram, type ProgramProcess, startProcess } from '../../support/program-process.ts';
import { type SessionPlaces, sessionConfiguration } from '../../support/session-configuration.ts';
import { freePort, startWorld, type World } from '../../support/world.ts';

const page = fileURLToPath(new URL('../../../docs/command-line.md', import.meta.url));

let world: World | undefined;
let running: ProgramProcess | undefined;

afterAll(async () => {
  running?.child.kill('SIGKILL');
  await running?.exited;
  await world?.close();
});

beforeAll(() => buildProgram(), 120_000);

async function begin(): Promise<SessionGround> {
  const adminPort = await freePort();
  let places: SessionPlaces | undefined;
  let environment: Readonly<Record<string, string>> = {};
  world = await startWorld({
    hosts: ['grafana'],
    edit: (yaml, files) => {
      const port = (pattern: RegExp) => Number(pattern.exec(yaml)?.[1]);
      places = {
        tlsPort: port(/address: "127\.0\.0\.1:(\d+)"/),
        appPort: port(/to: \["https:\/\/127\.0\.0\.1:(\d+)"\]/),
        adminPort,
        issuer: /issuer: (\S+)/.exec(yaml)?.[1] ?? '',
        clientId: /client_id: (\S+)/.exec(yaml)?.[1] ?? '',
        certificate: files.server.certificate,
        key: files.server.key,
        deviceCa: files.deviceCa,
        internalCa: files.internalCa,
      };
      return sessionConfiguration(places);
    },
    async startOutside({ env, folder }) {
      environment = env;
      running = startProcess(['run', '-c', 'postern.yaml'], env, folder);
      const { tls_port, admin_port } = await running.line('Postern is serving.');
      return { tlsPort: Number(tls_port), plainPort: undefined, adminPort: Number(admin_port) };
    },
  });
  const { folder } = world;
  return {
    folder,
    env: environment,
    words: () => [
      [`${folder}/certificates/`, 'certs/'],
      [folder, '.'],
      [`127.0.0.1:${places?.appPort}`, '127.0.0.1:19000'],
      [`:${places?.tlsPort}`, ':18443'],
      [`:${places?.adminPort}`, ':19443'],
      [places?.issuer ?? '-', 'https://idp.corp.example'],
      ...hashesOf(folder),
      [/dec_[0-9A-Z]{6,26}/g, shownDecision],
      [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+00:00/g, '2026-01-05 14:02:11 +00:00'],
      [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-01-05T14:02:11.000Z'],
      [/\d\d:\d\d, (\d+ (s|min) before|at the time)/g, '13:58, 4 min before'],
      [/last password \d+s ago/g, 'last password 4m ago'],
      [/\d+ events/g, '31 events'],
      [/\b\d+ d left/g, '41 d left'],
      [/valid for \d+ d/g, 'valid for 41 d'],
      [/open files: \d+/g, 'open files: 65536'],
      [/\d\d:\d\d UTC/g, '13:58 UTC'],
      [/\b\d+\.\d s\b/g, '0.1 s'],
      [/\b\d+ ms\b/g, '12 ms'],
      [/^(up +)\d+ s/gm, 'up       252 s'],
      [/(?<=^worker \d .*pid )\d+/gm, '4012'],
    ],
  };
}

function shownDecision(found: string): string {
  const isSecond = askedForProof !== '' && found.startsWith(askedForProof);
  return (isSecond ? 'dec_01JX3VAD2F70HJ5S9GQE8W1XTK' : 'dec_01JX3V8KW4MB1Q0ZC6T7Y2N5RA').slice(0, found.length);
}

/** What the page calls the configurations of the session, in the order in which they come up. */
const shownHashes = ['9f2c81d0a4be', '31ab7c55e0d2', 'c04e19f6b873', '7d5a02e8913c', 'e61f4b7720ad'];
const seenHashes: string[] = [];

function hashesOf(folder: string) {
  for (const name of ['postern.yaml', 'new.yaml']) {
    const path = `${folder}/${name}`;
    if (!existsSync(path)) continue;
    const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
    if (!seenHashes.includes(hash)) seenHashes.push(hash);
  }
  return seenHashes.flatMap((hash, index): [RegExp, string][] => {
    const shown = shownHashes[index] ?? 'too many';
    return [
      [new RegExp(`\\b${hash.slice(0, 12)}\\b`, 'g'), shown],
      [new RegExp(`\\b${hash.slice(0, 4)}\\b`, 'g'), shown.slice(0, 4)],
    ];
  });
}

function hashNow(file: string): string {
  return createHash('sha256')
    .update(readFileSync(`${theWorld().folder}/${file}`))
    .digest('hex')
    .slice(0, 12);
}

function theWorld(): World {
  if (world === undefined) throw new Error('The world has not begun.');
  return world;
}

/** Waits until the program has taken up the file as it is. */
async function takenUp(): Promise<void> {
  await running?.line(`"config":"${hashNow('postern.yaml')}","was"`);
}

let denied = '';
let askedForProof = '';
let ada: HttpBrowser | undefined;

async function factsOfAda(facts: Readonly<Record<string, boolean>>): Promise<void> {
  await theWorld().admin('/api/v1/devices/ada-laptop/facts', { method: 'PUT', body: facts });
}

function decisionOf({ headers }: Answer): string {
  return String(headers['postern-decision-id']).slice(0, 18);
}

const steps: readonly SessionStep[] = [
  {
    kind: 'prose',
    text: `# The command line

A session, as it ran: each command and each answer on this page is played and compared by a test. Results go to stdout,
talk to stderr; \`--format json\` is for programs. Exit codes: 0 ok, 1 the check found something, 2 wrong usage, 3 could not
run, and of \`run\` alone 4: its listeners took no connection for half a minute, so start it again.

The first file comes from \`postern init\`: [your first deployment](first-deployment.md).

## A mistake is found before it is live`,
  },
  {
    kind: 'edit',
    file: 'postern.yaml',
    change: (text) =>
      text
        .replace('max_age: 24h', 'max_age: 24 hours')
        .replace('groups: [finance]', 'goups: [finance]')
        .replace('device: managed-laptop', 'device: managed-laptp')
        .replace('mode: partial', 'mode: reportonly'),
  },
  { kind: 'command', line: 'validate', exitCode: 1 },
  {
    kind: 'edit',
    file: 'postern.yaml',
    change: (text) =>
      text
        .replace('max_age: 24 hours', 'max_age: 24h')
        .replace('goups: [finance]', 'groups: [finance]')
        .replace('device: managed-laptp', 'device: managed-laptop')
        .replace('mode: reportonly', 'mode: partial'),
  },
  { kind: 'command', line: 'validate', exitCode: 0 },
  { kind: 'command', line: 'fmt --check', exitCode: 0 },
  {
    kind: 'prose',
    text: `Errors come all at once, each with what to write instead. Of a file that is formatted nothing is said.

A key of another product is told with the word that Postern has for it; \`postern import pomerium|oauth2-proxy|authelia FILE\`
translates a [whole file](importing.md).

## What must hold is written down

Tests stand in the file, and \`whatif\` turns a question into one of them.`,
  },
  { kind: 'command', line: 'test --coverage', exitCode: 0 },
  {
    kind: 'command',
    line: 'whatif --user ada@corp.example --groups finance --app payroll --posture managed-laptop=pass --auth password,2h --risk 0 --save-test',
    exitCode: 0,
  },
  { kind: 'command', line: 'can --groups contractors --app payroll', exitCode: 1 },
  { kind: 'command', line: 'test', exitCode: 0 },
  { kind: 'meanwhile', act: takenUp },
  {
    kind: 'prose',
    text: `## A denial is rolled out to a part of the people

\`no-contractors\` acts on 25 of a hundred buckets. Kim falls below that, Noor does not yet; raising the number only adds
people.`,
  },
  { kind: 'command', line: 'whatif --user kim@vendor.example --groups contractors --app payroll', exitCode: 0 },
  { kind: 'command', line: 'whatif --user noor@vendor.example --groups contractors --app payroll', exitCode: 0 },
  { kind: 'command', line: 'rollout set payroll/no-contractors --percent 60 --yes', exitCode: 0 },
  { kind: 'meanwhile', act: takenUp },
  { kind: 'command', line: 'whatif --user noor@vendor.example --groups contractors --app payroll', exitCode: 0 },
  {
    kind: 'prose',
    text: `## Why somebody could not get in

Ada opens Payroll on her laptop, whose disk is not encrypted, and reads the decision id to the help desk.`,
  },
  {
    kind: 'meanwhile',
    async act() {
      const { browser, signIn, url } = theWorld();
      await factsOfAda({ disk_encrypted: false, screen_lock: true });
      ada = browser('ada-laptop');
      denied = decisionOf(await signIn(ada, url('payroll'), 'ada', 'password'));
      await signIn(browser(), url('grafana'), 'lin');
    },
  },
  { kind: 'command', line: () => `explain ${denied}`, exitCode: 0 },
  {
    kind: 'prose',
    text: 'She turns on the encryption. Now only a proof is missing, and the provider is asked for it.',
  },
  {
    kind: 'meanwhile',
    async act() {
      await factsOfAda({ disk_encrypted: true });
      const answer = await ada?.send(theWorld().url('payroll'));
      if (answer !== undefined) askedForProof = decisionOf(answer);
    },
  },
  { kind: 'command', line: () => `explain ${askedForProof}`, exitCode: 0 },
  {
    kind: 'prose',
    text: `## Who can open what`,
  },
  { kind: 'command', line: 'who-can payroll', exitCode: 0 },
  { kind: 'command', line: 'access ada@corp.example', exitCode: 0 },
  {
    kind: 'prose',
    text: `## What a change would do

A stricter file, \`new.yaml\`: Grafana too asks for a managed laptop, and Payroll for a younger proof.`,
  },
  {
    kind: 'meanwhile',
    async act() {
      const { folder } = theWorld();
      const text = readFileSync(`${folder}/postern.yaml`, 'utf8')
        .replace('groups: [engineering]\n', 'groups: [engineering]\n        device: managed-laptop\n')
        .replace('max_age: 15m', 'max_age: 5m')
        .replace('    accept: [grafana]\n    deny: { payroll:', '    deny: { grafana: device_not_compliant, payroll:');
      writeFileSync(`${folder}/new.yaml`, text);
    },
  },
  { kind: 'command', line: 'diff --people postern.yaml new.yaml', exitCode: 1 },
  { kind: 'command', line: 'simulate --since 7d --config new.yaml', exitCode: 1 },
  { kind: 'command', line: () => `explain ${denied} -c new.yaml --rerun`, exitCode: 0 },
  {
    kind: 'prose',
    text: `## The change is made, and undone

\`new.yaml\` takes the place of \`postern.yaml\`: a running Postern takes up a file that was saved by itself, after the same
checks as these. Nobody is at the terminal of this page, so it is not asked: \`--yes\`.`,
  },
  {
    kind: 'meanwhile',
    async act() {
      const { folder } = theWorld();
      renameSync(`${folder}/new.yaml`, `${folder}/postern.yaml`);
      await takenUp();
    },
  },
  { kind: 'command', line: 'status', exitCode: 0 },
  { kind: 'command', line: () => `reload --yes --to ${seenHashes.at(-2)?.slice(0, 4)}`, exitCode: 0 },
  { kind: 'command', line: 'status', exitCode: 0 },
  { kind: 'command', line: 'reload --yes', exitCode: 0 },
  { kind: 'command', line: 'routes', exitCode: 0 },
  {
    kind: 'prose',
    text: `## What surrounds it`,
  },
  { kind: 'command', line: 'doctor', exitCode: 0 },
];

test('the session of docs/command-line.md runs as it is told', async () => {
  const ground = await begin();
  const played = await playSession(steps, ground);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, played);
  expect(played).toBe(readFileSync(page, 'utf8'));
}, 300_000);

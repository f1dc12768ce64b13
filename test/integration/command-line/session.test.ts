import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { playSession, type SessionGround, type SessionStep } from '../../support/console-session.ts';
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
    async startOutside({ file, env, folder }) {
      environment = env;
      running = startProcess(['run', '-c', file], env, folder);
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
      [`127.0.0.1:${places?.appPort}`, '127.0.0.1:9000'],
      [`:${places?.tlsPort}`, ':8443'],
      [`:${places?.adminPort}`, ':9443'],
    ],
  };
}

const steps: readonly SessionStep[] = [
  {
    kind: 'prose',
    text: `# The command line

A session, as it ran: each command and each answer on this page is played and compared by a test. Results go to stdout,
talk to stderr; \`--format json\` is for programs; exit codes are 0 (ok), 1 (the check found something), 2 (wrong usage)
and 3 (could not run).

## A mistake is found before it is live`,
  },
  {
    kind: 'edit',
    file: 'postern.yaml',
    change: (text) =>
      text
        .replace('max_age: 24h', 'max_age: 24 hours')
        .replace('groups: [finance]', 'goups: [finance]')
        .replace('device: managed-laptop', 'device: managed-laptp'),
  },
  { kind: 'command', line: 'validate', exitCode: 1 },
  {
    kind: 'edit',
    file: 'postern.yaml',
    change: (text) =>
      text
        .replace('max_age: 24 hours', 'max_age: 24h')
        .replace('goups: [finance]', 'groups: [finance]')
        .replace('device: managed-laptp', 'device: managed-laptop'),
  },
  { kind: 'command', line: 'validate', exitCode: 0 },
];

test('the session of docs/command-line.md runs as it is told', async () => {
  const ground = await begin();
  const played = await playSession(steps, ground);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, played);
  expect(played).toBe(readFileSync(page, 'utf8'));
}, 120_000);

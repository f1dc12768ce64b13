import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { makeDevelopmentCertificates } from '../../deploy/demo/development-certificates.ts';
import { freePort } from '../bench/free-port.ts';
import { writeProgramFile } from '../bench/program-file.ts';
import { openSessionsBeside } from '../support/sessions-beside.ts';
import type { FuzzTarget } from './play.ts';
import { adminListener, dialTls, fuzzHostNames, fuzzRoutes, redirectListener } from './targets.ts';

/** The built program and an application with Postern in it, each in processes of their own, and people who are signed in. */
export interface FuzzStage {
  readonly targets: readonly [FuzzTarget, ...FuzzTarget[]];
  /** Gives the person whose requests are broken on the way another session: theirs may have ended over it. */
  renewLoose(): Promise<void>;
  /** The ids of all processes of the program, and of the application. */
  processes(): Promise<readonly number[]>;
  /** How often something broke inside the program so far. */
  broken(): Promise<number>;
  close(): Promise<void>;
}

const secrets = { ADMIN_TOKEN: randomBytes(32).toString('hex'), STATE_KEY: randomBytes(32).toString('hex') };
const root = fileURLToPath(new URL('../../', import.meta.url));

/** @param told hears of what the application saw that must not have happened, and of a process that ended */
export async function openFuzzStage(
  workers: number,
  appPort: number,
  told: (what: string) => void,
): Promise<FuzzStage> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-fuzz-'));
  const files = await makeDevelopmentCertificates(join(folder, 'certificates'), {
    hosts: ['localhost', ...[...fuzzHostNames, 'auth', 'notes'].map((name) => `${name}.localhost`)],
    apps: ['app'],
    devices: [],
  });
  const [port, redirectPort, hostPort] = [await freePort(), await freePort(), await freePort()];
  const file = writeProgramFile(folder, {
    port,
    certificates: files,
    server: `  redirect_http: 127.0.0.1:${redirectPort}
  workers: ${workers}
  # A machine that is busy with other things is no slow client.
  limits: { header_timeout: 60s }
`,
    rest: `break_glass: [root-1@corp.example]
identity_providers:
  - { id: corp, title: Corp, issuer: "https://127.0.0.1:9", client_id: fuzz, client_secret: "\${env:STATE_KEY}" }
routes:
${fuzzRoutes(appPort).replaceAll('TLS_PORT', String(port)).replaceAll('domains: [corp.example]', 'groups: [engineering]')}audit: { path: audit, rotate: 64MiB }
`,
  });
  const { child, ready } = await start(join(root, 'dist/main.js'), ['run', '-c', file], folder, told);
  const application = await start(
    fileURLToPath(new URL('host-application.ts', import.meta.url)),
    [folder, String(hostPort), files.server.certificate, files.server.key],
    folder,
    told,
  );
  const adminPort = Number(ready['admin_port']);
  const people = await openSessionsBeside(join(folder, 'state.db'), secrets.STATE_KEY);
  const cookieOf = async (name: string, host: string) => `Cookie: ${(await people.signIn(name, host)).cookie}`;
  const cookies = {
    steady: await cookieOf('ada', 'private.localhost'),
    sockets: await cookieOf('ada', 'sockets.localhost'),
    loose: await cookieOf('lin', 'private.localhost'),
  };
  const admin = async (path: string): Promise<string> =>
    (
      await fetch(`http://127.0.0.1:${adminPort}${path}`, {
        headers: { authorization: `Bearer ${secrets.ADMIN_TOKEN}` },
      })
    ).text();

  return {
    targets: targetsOf({ port, redirectPort, adminPort, hostPort }, readFileSync(files.ca), cookies),
    async renewLoose() {
      cookies.loose = await cookieOf('lin', 'private.localhost');
    },
    async processes() {
      const status: { readonly workers?: readonly { readonly pid: number | null }[] } = JSON.parse(
        await admin('/api/v1/status'),
      );
      return [child.pid ?? 0, ...(status.workers ?? []).map(({ pid }) => pid ?? 0), application.child.pid ?? 0];
    },
    async broken() {
      const found = (await admin('/metrics')).matchAll(/^postern_connections_broken_total\{.*\} (\d+)$/gm);
      return [...found].reduce((sum, [, count]) => sum + Number(count), 0);
    },
    async close() {
      for (const one of [child, application.child]) {
        one.removeAllListeners('exit');
        if (one.exitCode !== null || one.signalCode !== null) continue;
        one.kill('SIGKILL');
        await once(one, 'exit');
      }
      await people.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function targetsOf(
  ports: {
    readonly port: number;
    readonly redirectPort: number;
    readonly adminPort: number;
    readonly hostPort: number;
  },
  ca: Buffer,
  cookies: { readonly steady: string; readonly sockets: string; readonly loose: string },
): readonly [FuzzTarget, ...FuzzTarget[]] {
  const at = (name: string, port = ports.port) => ({ host: `${name}.localhost:${port}` });
  const privately = {
    ...at('private'),
    cookie: cookies.steady,
    get looseCookie() {
      return cookies.loose;
    },
  };
  const publicListener: FuzzTarget = {
    name: 'public listener',
    hosts: {
      hasApp: true,
      served: [at('open'), privately],
      refused: [at('private'), at('nowhere'), at('auth')],
      sockets: { ...at('sockets'), cookie: cookies.sockets },
    },
    open: () => dialTls(ports.port, ca),
  };
  return [
    publicListener,
    redirectListener(ports.redirectPort),
    publicListener,
    adminListener(ports.adminPort, ['/livez', '/api/v1/status', '/']),
    {
      name: 'host application',
      hosts: {
        hasApp: true,
        served: [at('open', ports.hostPort)],
        refused: [at('notes', ports.hostPort), at('nowhere', ports.hostPort), at('auth', ports.hostPort)],
        sockets: at('open', ports.hostPort),
      },
      open: () => dialTls(ports.hostPort, ca),
    },
  ];
}

/** Resolves with the first line of JSON that says `ready` or that Postern is serving; errors in its log are told. */
async function start(
  script: string,
  args: readonly string[],
  cwd: string,
  told: (what: string) => void,
): Promise<{ readonly child: ChildProcess; readonly ready: Readonly<Record<string, unknown>> }> {
  const options = ['--disable-warning=ExperimentalWarning', '--disable-warning=DEP0060'];
  const child = spawn(process.execPath, [...options, script, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...secrets },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error(`${script} has no output.`);
  child.on('exit', (code, signal) => told(`The process ${child.pid} (${script}) ended with ${code ?? signal}.`));
  const begun = Promise.withResolvers<Readonly<Record<string, unknown>>>();
  child.once('exit', () => begun.reject(new Error(`${script} ended before it was ready.`)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said: Readonly<Record<string, unknown>> = JSON.parse(line);
    if (said['msg'] === 'Postern is serving.') begun.resolve(said);
    else if (typeof said['violation'] === 'string') told(said['violation']);
    else if (Number(said['level']) >= 50) told(`The log says: ${line.slice(0, 1_000)}`);
  });
  return { child, ready: await begun.promise };
}

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { clientKinds } from './client-kinds.ts';
import type { HttpBrowser } from './http-browser.ts';
import { type ProcessLimits, type ProgramProcess, startProcess } from './program-process.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

/** A world whose Postern is the built program with several workers, in processes of its own. */
export interface WorkerWorld {
  readonly world: World;
  readonly program: ProgramProcess;
  status(): Promise<WorkerStatusAnswer>;
  /** Resolves with the status once it is as wanted; rejects after 20 seconds. */
  until(what: string, isSo: (status: WorkerStatusAnswer) => boolean): Promise<WorkerStatusAnswer>;
  close(): Promise<void>;
}

export interface WorkerStatusAnswer {
  readonly config: string;
  readonly readiness: { readonly status: string; readonly checks: Readonly<Record<string, string>> };
  readonly workers: readonly {
    readonly id: number;
    readonly pid: number | null;
    readonly state: string;
    readonly restarts: number;
    readonly last_end: string | null;
    readonly config: string | null;
    readonly streams: number | null;
  }[];
}

/** Starts it with so many workers. */
export async function startWorkerWorld(
  workers: number,
  options: WorldOptions & {
    readonly args?: readonly string[];
    readonly limits?: ProcessLimits;
    /** Hears of the environment before the program starts in it. */
    readonly onEnvironment?: (env: Readonly<Record<string, string>>) => void;
  } = {},
): Promise<WorkerWorld> {
  let started: ProgramProcess | undefined;
  const world = await startWorld({
    ...options,
    server: `  workers: ${workers}\n${options.server ?? ''}`,
    async startOutside({ file, env, folder }) {
      options.onEnvironment?.(env);
      started = startProcess(['run', '-c', file], env, folder, options.limits);
      const { tls_port, admin_port } = await started.line('Postern is serving.');
      return { tlsPort: Number(tls_port), plainPort: undefined, adminPort: Number(admin_port) };
    },
  });
  const program = started;
  if (program === undefined) throw new Error('The program was not started.');
  const status = async (): Promise<WorkerStatusAnswer> => JSON.parse((await world.admin('/api/v1/status')).body);
  return {
    world,
    program,
    status,
    async until(what, isSo) {
      const end = Date.now() + 20_000;
      let last: WorkerStatusAnswer | undefined;
      while (Date.now() < end) {
        last = await status();
        if (isSo(last)) return last;
        await delay(25);
      }
      throw new Error(
        `It did not come to pass that ${what}: ${JSON.stringify(last)}\n${program.stdout().slice(-3000)}`,
      );
    },
    async close() {
      program.child.kill('SIGKILL');
      await program.exited;
      await world.close();
    },
  };
}

/** True while a process with this id is there and not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** One connection to Postern that stays open, so that all of its requests go to one worker. */
export interface KeptConnection {
  /** Asks as a script does; answers status and reason. `undefined`: the connection is gone. */
  ask(path?: string): Promise<{ readonly status: number; readonly code: string | undefined } | undefined>;
  /** True when TLS went on with a session of another connection. */
  isResumed(): boolean;
  /** What another connection can go on with. */
  session(): Buffer | undefined;
  close(): void;
}

/** Opens a connection with a browser's cookies for the URL's host. */
export async function keepConnection(
  world: World,
  browser: HttpBrowser,
  url: string,
  session?: Buffer,
): Promise<KeptConnection> {
  const { hostname, port, host } = new URL(url);
  let ticket: Buffer | undefined;
  const socket = connect({
    host: '127.0.0.1',
    port: Number(port),
    servername: hostname,
    ca: readFileSync(world.certificates.ca),
    ...(session === undefined ? {} : { session }),
  });
  socket.on('session', (next: Buffer) => {
    ticket = next;
  });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => socket;
  return {
    ask: (path = '/') =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve(undefined);
        const cookie = [...browser.cookiesOf(hostname)].map(([name, value]) => `${name}=${value}`).join('; ');
        const headers = { host, cookie, 'user-agent': 'postern-test-browser', ...clientKinds.script };
        const outgoing = request({ host: hostname, path, agent, headers }, (incoming) => {
          let body = '';
          incoming.setEncoding('utf8').on('data', (text: string) => {
            body += text;
          });
          incoming.on('error', () => resolve(undefined));
          incoming.on('end', () => {
            const isProblem = incoming.headers['content-type']?.includes('problem') === true;
            resolve({ status: incoming.statusCode ?? 0, code: isProblem ? JSON.parse(body).code : undefined });
          });
        });
        outgoing.on('error', () => resolve(undefined));
        outgoing.end();
      }),
    isResumed: () => socket.isSessionReused(),
    session: () => ticket ?? socket.getSession(),
    close: () => socket.destroy(),
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import process from 'node:process';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startBusyClients } from '../../support/busy-clients.ts';
import { buildProgram, programCommand } from '../../support/program-process.ts';
import { startWorkerWorld } from '../../support/worker-world.ts';
import { startWorld } from '../../support/world.ts';

beforeAll(() => buildProgram(), 120_000);

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe('with sixteen busy clients, no request goes unanswered', () => {
  test('when the workers are replaced one by one', async () => {
    const all = await startWorkerWorld(2);
    closing.push(() => all.close());
    const before = (await all.status()).workers.map(({ pid }) => Number(pid));
    const clients = startBusyClients(all.world, 16);
    await clients.each(5);
    all.program.child.kill('SIGUSR2');
    await all.program.line('Every worker has been replaced.');
    await clients.each(5);
    const { unanswered, connections } = await clients.stop();
    expect(unanswered).toEqual([]);
    expect(connections).toBeGreaterThan(16);
    const { workers, readiness } = await all.status();
    expect(workers.filter(({ pid }) => before.includes(Number(pid)))).toEqual([]);
    expect(workers.map(({ state, restarts }) => [state, restarts])).toEqual([
      ['serving', 0],
      ['serving', 0],
    ]);
    expect(readiness.status).toBe('ready');
    for (const pid of before) expect(() => process.kill(pid, 0)).toThrow();
  }, 240_000);

  test.each([1, 2])(
    'when the program, with %s process(es), is restarted on a socket that its service manager keeps',
    async (workers) => {
      const managers: Manager[] = [];
      const world = await startWorld({
        server: `  workers: ${workers}`,
        async startOutside({ file, env, folder }) {
          const port = Number(/address: "127\.0\.0\.1:(\d+)"/.exec(readFileSync(file, 'utf8'))?.[1]);
          const manager = await startManager(port, ['run', '-c', file], env, folder);
          managers.push(manager);
          const { tls_port, admin_port } = await manager.started();
          return { tlsPort: Number(tls_port), plainPort: undefined, adminPort: Number(admin_port) };
        },
      });
      closing.push(() => world.close());
      const [manager] = managers;
      if (manager === undefined) throw new Error('Nothing was started.');
      closing.push(() => manager.close());
      const clients = startBusyClients(world, 16);
      await clients.each(5);
      manager.restart();
      await manager.started();
      await clients.each(5);
      expect((await clients.stop()).unanswered).toEqual([]);
    },
    240_000,
  );
});

interface Manager {
  /** Resolves with the line by which the next program says that it serves. */
  started(): Promise<Readonly<Record<string, unknown>>>;
  /** Ends the program and, once it is gone, starts it again. */
  restart(): void;
  close(): Promise<void>;
}

/** As much of a service manager as socket activation needs: a shell that has the socket open and never accepts. */
async function startManager(
  port: number,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Manager> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const fd = Number(Reflect.get(Reflect.get(server, '_handle'), 'fd'));
  const run = `sh -c 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=https exec "$@"' sh "$@" & child=$!`;
  const script = `${run}; while read -r word; do kill -TERM $child; wait $child; [ "$word" = restart ] || exit 0; ${run}; done; kill -KILL $child`;
  const shell: ChildProcess = spawn('sh', ['-c', script, 'sh', ...programCommand(args)], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'inherit', fd],
  });
  server.close();
  let out = '';
  let seen = 0;
  const watchers = new Set<() => void>();
  shell.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    for (const watch of watchers) watch();
  });
  return {
    started: () =>
      new Promise((resolve, reject) => {
        const look = () => {
          const lines = out.split('\n').filter((one) => one.includes('Postern is serving.') && one.endsWith('}'));
          const line = lines[seen];
          if (line === undefined) return;
          seen += 1;
          watchers.delete(look);
          resolve(JSON.parse(line));
        };
        watchers.add(look);
        look();
        shell.once('close', () => reject(new Error(`It ended first.\n${out}`)));
      }),
    restart: () => void shell.stdin?.write('restart\n'),
    async close() {
      const closed = once(shell, 'close');
      shell.stdin?.end('stop\n');
      await closed;
    },
  };
}

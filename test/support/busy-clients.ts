import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { World } from './world.ts';

/** Clients that ask one thing after the other on connections that are kept alive. */
export interface BusyClients {
  /** Resolves once each of them has had so many more answers. */
  each(answers: number): Promise<void>;
  /** Ends them behind their next answer; answers what went wrong. */
  stop(): Promise<{ readonly answered: number; readonly unanswered: readonly string[]; readonly connections: number }>;
}

/** Starts so many; each has a connection of its own, and another one when an answer says that it was the last. */
export function startBusyClients(world: World, count: number): BusyClients {
  const { hostname, port, host } = new URL(world.url('public'));
  const ca = readFileSync(world.certificates.ca);
  const answered = Array.from({ length: count }, () => 0);
  const unanswered: string[] = [];
  const watchers = new Set<() => void>();
  let connections = 0;
  let isStopping = false;

  const ask = (agent: Agent) =>
    new Promise<void>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, servername: hostname, ca, agent, headers: { host }, path: '/busy' };
      const outgoing = request(options, (incoming) => {
        incoming.on('error', reject);
        incoming.on('end', () =>
          incoming.statusCode === 200 ? resolve() : reject(new Error(`status ${incoming.statusCode}`)),
        );
        incoming.resume();
      });
      outgoing.on('socket', () => {
        if (!outgoing.reusedSocket) connections += 1;
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const kind = outgoing.reusedSocket ? 'on a kept connection' : 'on a new connection';
        reject(new Error(`${error.code} ${kind}`));
      });
      outgoing.end();
    });

  const work = async (index: number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!isStopping) {
      try {
        await ask(agent);
        answered[index] = (answered[index] ?? 0) + 1;
      } catch (thrown) {
        unanswered.push(String(Reflect.get(Object(thrown), 'message')));
      }
      for (const watch of watchers) watch();
    }
    agent.destroy();
  };
  const all = answered.map((_, index) => work(index));

  return {
    each(more) {
      const goals = answered.map((so) => so + more);
      return new Promise((resolve) => {
        const look = () => {
          if (!goals.every((goal, index) => (answered[index] ?? 0) >= goal)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
      });
    },
    async stop() {
      isStopping = true;
      await Promise.all(all);
      return { answered: answered.reduce((sum, one) => sum + one, 0), unanswered, connections };
    },
  };
}

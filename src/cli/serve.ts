import { type Logger, pino } from 'pino';
import { countBuffersAsHeap } from '../compose/count-buffers-as-heap.ts';
import { type ConfigurationSource, reloadFrom } from '../compose/reload-from.ts';
import { asPrimary } from '../compose/workers/serve-workers.ts';
import { workerCount } from '../compose/workers/worker-pool.ts';
import type { ComposeOptions, Program } from '../compose.ts';
import { configurationName, type ListenAddress, type Snapshot } from '../config/snapshot.ts';
import { toFault } from '../decision/fault.ts';
import { readInheritedSockets } from '../server/inherited-sockets.ts';
import { watchAccepting } from '../server/watch-accepting.ts';
import { createServiceManager, type ServiceManager } from './service-manager.ts';

/** The exit code of a program that took no connections any more. */
const stalledCode = 4;

/** How the demo serves, on one computer: plain HTTP beside TLS, a line on every page that says so, and a short drain. */
export type DevelopmentOptions = Pick<ComposeOptions, 'plainHttp' | 'drainTimes'>;

/** What serving needs of the process that it runs in. */
export interface ServingProcess {
  readonly version: string;
  /** Absent in service. */
  readonly development?: DevelopmentOptions | undefined;
  /** Calls back on the first SIGTERM or SIGINT and on each later one. */
  readonly onSignal: (listener: (signal: string) => void) => void;
  /** Calls back on each SIGHUP. */
  readonly onHangup: (listener: () => void) => void;
  /** Calls back on each SIGUSR2. */
  readonly onReplace: (listener: () => void) => void;
  /** Ends the process at once; for a second signal. */
  readonly exit: (code: number) => void;
  readonly stderr: (text: string) => void;
}

/**
 * Serves a configuration until the process is told to stop. Exit code 0 after a drain, 3 when it could not start,
 * 4 when it took no connections any more. A
 * second signal while draining ends it at once with 1.
 */
export async function serve(
  configuration: Snapshot,
  source: ConfigurationSource,
  self: ServingProcess,
): Promise<number> {
  countBuffersAsHeap();
  // Synchronous: the last lines before an exit must not be lost.
  const log = pino({ name: 'postern' }, pino.destination({ fd: 1, sync: true }));
  const { version, development } = self;
  // Workers serve no plain HTTP.
  const count = development === undefined ? workerCount(configuration.server.workers) : 1;
  const manager = createServiceManager({ env: process.env, pid: process.pid, log });
  const givenUp = Promise.withResolvers<string>();
  let several: ReturnType<typeof asPrimary> | undefined;
  try {
    const inherited = readInheritedSockets();
    if (count > 1)
      several = asPrimary(configuration, source, { count, version, inherited, log, onGivenUp: givenUp.resolve });
    const front = several?.role.front;
    // By now the workers are under way, and load it, too.
    const { composePostern } = await import('../compose.ts');
    const reload = { ...(several?.reload ?? reloadFrom(source)), tell: self.stderr };
    const program = await composePostern({
      ...development,
      isDevelopment: development !== undefined,
      configuration,
      log,
      version,
      inherited,
      reload,
      role: several?.role,
    });
    // Heard from before anybody can read that it serves: a signal without a listener would end the process undrained.
    const stopped = stopOnSignal(program, self, log, manager);
    self.onReplace(() => void replaceWorkers(program, log));
    self.onHangup(() => void program.reload({ trigger: 'signal' }));
    const addresses = await program.start();
    announce(configuration, addresses, version, count, log);
    manager.ready();
    const watch = watchAccepting({
      // Where no worker is up, that is known, and they are started again.
      addresses: () => boundAddresses(configuration, addresses, front?.isServed() ?? true),
      onStalled: (address, why) => endStalled(address, why, self, log),
    });
    void stopped.then(watch.stop);
    return await Promise.race([stopped, givenUp.promise.then((why) => giveUp(why, program, self, log))]);
  } catch (thrown) {
    several?.endUnused();
    const fault = toFault(thrown);
    self.stderr(
      `Postern could not start: ${fault.message}${fault.code === 'internal' ? ` ${String(fault.cause)}` : ''}\n`,
    );
    return 3;
  }
}

function stopOnSignal(program: Program, self: ServingProcess, log: Logger, manager: ServiceManager): Promise<number> {
  return new Promise((resolve) => {
    let isStopping = false;
    self.onSignal((signal) => {
      if (isStopping) {
        self.exit(1);
        return;
      }
      isStopping = true;
      manager.stopping();
      log.info({ signal }, 'Stopping: requests finish first, then streams close.');
      program.close().then(
        () => {
          log.info('Stopped.');
          resolve(0);
        },
        (thrown: unknown) => {
          log.error({ err: toFault(thrown) }, 'Stopping did not go cleanly.');
          resolve(1);
        },
      );
    });
  });
}

async function replaceWorkers(program: Program, log: Logger): Promise<void> {
  const { outcome } = await program.replaceWorkers();
  if (outcome === 'alone')
    log.warn({}, 'One process serves, so there is none to replace: set server.workers to 2 or more.');
}

async function giveUp(why: string, program: Program, self: ServingProcess, log: Logger): Promise<number> {
  self.stderr(`Postern stopped: no worker can be started any more. The last one said: ${why}\n`);
  await program.close().catch((thrown: unknown) => log.error({ err: toFault(thrown) }, 'Stopping did not go cleanly.'));
  return 3;
}

/** Where this program listens, for itself: the port that people type may be another one. */
function boundAddresses(
  { server, admin }: Snapshot,
  { tlsPort, adminPort }: Awaited<ReturnType<Program['start']>>,
  isServed: boolean,
): readonly ListenAddress[] {
  const listeners = isServed ? server.listeners : [];
  const own = listeners.map(({ host, port }) => ({ host, port: port === 0 ? (tlsPort ?? 0) : port }));
  const beside = admin === undefined || adminPort === undefined ? [] : [{ host: admin.listen.host, port: adminPort }];
  return [...own, ...beside].filter(({ port }) => port !== 0);
}

/** A drain would wait for what does not move any more: whoever supervises starts it again. */
function endStalled({ host, port }: ListenAddress, why: string, self: ServingProcess, log: Logger): void {
  const said = `Postern stopped: it has taken no connection at ${host}:${port} for half a minute (${why}). Look at its limit of open files (LimitNOFILE, ulimit -n) and at the machine's load; whoever supervises it starts it again.`;
  log.fatal({ address: `${host}:${port}`, why }, said);
  self.stderr(`${said}\n`);
  self.exit(stalledCode);
}

function announce(
  configuration: Snapshot,
  addresses: Awaited<ReturnType<Program['start']>>,
  version: string,
  workers: number,
  log: Logger,
): void {
  const rules = configuration.routes.reduce((sum, { policy }) => sum + policy.grants.length + policy.denials.length, 0);
  log.info(
    {
      version,
      config: configurationName(configuration),
      routes: configuration.routes.length,
      rules,
      workers,
      tls_port: addresses.tlsPort,
      admin_port: addresses.adminPort,
      portal: `https://${configuration.server.authHost}${addresses.tlsPort === 443 ? '' : `:${addresses.tlsPort}`}/`,
    },
    'Postern is serving.',
  );
}

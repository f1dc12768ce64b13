import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { pino } from 'pino';
import { type ComposeOptions, composePostern } from './compose.ts';
import { compileConfigurationObject } from './config/configuration-object.ts';
import { type LoadResult, loadConfiguration } from './config/load-configuration.ts';
import { loadConfigurationInBackground } from './config/load-in-background.ts';
import { loadRecorded } from './config/reload/recorded-load.ts';
import { renderProblems } from './config/render-problems.ts';
import type { Snapshot } from './config/snapshot.ts';
import { readFileAccess } from './config/source/file-access.ts';
import { listFolder, readBoundedFile } from './config/source/read-bounded-file.ts';
import { Fault } from './decision/fault.ts';
import { packageVersion } from './package-version.ts';
import { attachToServer } from './server/attach-to-server.ts';
import { createExchangeTurns } from './server/exchange-turns.ts';
import { createMiddleware } from './server/middleware.ts';
import { assertHostsAreLocal } from './server/plain-http-guard.ts';

/** A path to a YAML file, or the same content as an object; relative paths in an object begin at the working directory. */
export type PosternConfiguration = string | Readonly<Record<string, unknown>>;

/** What a host application may choose beside the configuration. */
export interface PosternOptions {
  /**
   * Serve over plain HTTP: for trying things out on one computer. Only loopback, only hosts under `localhost`
   * (security-rules.md 22). Default false: a request that did not come over TLS is refused.
   */
  readonly plainHttp?: boolean;
  /** Where log lines go: fields and a sentence. Default: JSON lines on stdout, from the level of `POSTERN_LOG_LEVEL` on. */
  readonly log?: PosternLog;
}

/** A logger such as pino's. Fields hold no secrets. */
export interface PosternLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Postern in front of an Express application. */
export interface Postern {
  /** Mount it first, at the root, before anything that reads bodies: `app.use(postern.middleware)`. */
  readonly middleware: (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
  /** Guards WebSocket upgrades, which never pass a middleware. Call it once for each server that the application listens on. */
  attach(server: Server): void;
  /** Ends open streams, writes what is not yet written, closes the state. */
  close(): Promise<void>;
}

/**
 * Puts Postern in front of an existing Express application: routes say `to: next`.
 * @param configuration a path to a YAML file, or the same content as an object.
 * A file is taken up again when it changes, as `postern run` does.
 * Opens the admin listener where the configuration has one; every other listener is the application's.
 * Rejects with an error whose message lists every problem of the configuration with its position.
 * @example
 * const postern = await createPostern('postern.yaml');
 * app.use(postern.middleware);
 * postern.attach(app.listen(8443));
 */
export async function createPostern(
  configuration: PosternConfiguration,
  options: PosternOptions = {},
): Promise<Postern> {
  const { snapshot, reload } = await load(configuration);
  const isPlainHttpAllowed = options.plainHttp ?? false;
  if (isPlainHttpAllowed) assertHostsAreLocal(snapshot);
  const program = await composePostern({
    configuration: snapshot,
    reload,
    log: options.log ?? pino({ name: 'postern', level: process.env['POSTERN_LOG_LEVEL'] ?? 'info' }),
    isDevelopment: isPlainHttpAllowed,
    isMiddleware: true,
    version: await packageVersion(),
  });
  await program.start();
  const settings = {
    gateway: program.gateway,
    snapshot: program.snapshot,
    isPlainHttpAllowed,
    attached: new WeakSet<object>(),
    connections: program.connections,
    turns: createExchangeTurns(program.connections),
  };
  return {
    middleware: createMiddleware(settings),
    attach: (server) => attachToServer(server, settings),
    close: () => program.close(),
  };
}

const ports = { readFile: readBoundedFile, listFolder, lookAtFile: readFileAccess, env: process.env, now: Date.now };

interface Source {
  readonly snapshot: Snapshot;
  readonly reload: ComposeOptions['reload'];
}

/** A file is watched and read again; what was handed over in code stays as it is. */
async function load(configuration: PosternConfiguration): Promise<Source> {
  const shape = 'middleware';
  if (typeof configuration !== 'string') {
    const options = { shape, folder: process.cwd() } as const;
    return { snapshot: sound(await compileConfigurationObject(configuration, ports, options)), reload: undefined };
  }
  const read = { file: configuration, ports, shape } as const;
  const first = await loadRecorded({ ...read, loadFile: loadConfiguration }, { kind: 'file' });
  return {
    snapshot: sound(first.result),
    reload: {
      first,
      readFile: readBoundedFile,
      listFolder,
      load: (source) => loadRecorded({ ...read, loadFile: loadConfigurationInBackground }, source),
      loadOther: (other) => loadConfigurationInBackground(other, ports, { shape, isDraft: true }),
    },
  };
}

function sound(result: LoadResult): Snapshot {
  if (result.outcome === 'loaded') return result.snapshot;
  throw new Fault(
    'config_invalid',
    `The configuration has errors:\n${renderProblems(result.problems, { color: false })}`,
  );
}

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { pino } from 'pino';
import { composePostern } from './compose.ts';
import { compileConfigurationObject } from './config/configuration-object.ts';
import { type LoadResult, loadConfiguration } from './config/load-configuration.ts';
import { renderProblems } from './config/render-problems.ts';
import type { Snapshot } from './config/snapshot.ts';
import { readBoundedFile } from './config/source/read-bounded-file.ts';
import { Fault } from './decision/fault.ts';
import { packageVersion } from './package-version.ts';
import { attachToServer } from './server/attach-to-server.ts';
import { createMiddleware } from './server/middleware.ts';

/** A path to a YAML file, or the same content as an object; relative paths in an object begin at the working directory. */
export type PosternConfiguration = string | Readonly<Record<string, unknown>>;

/** What a host application may choose beside the configuration. */
export interface PosternOptions {
  /**
   * Serve over plain HTTP: for trying things out on one computer. Only loopback, only hosts under `localhost`
   * (SECURITY.md 22). Default false: a request that did not come over TLS is refused.
   */
  readonly plainHttp?: boolean;
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
  const snapshot = await load(configuration);
  const isPlainHttpAllowed = options.plainHttp ?? false;
  const program = await composePostern({
    configuration: snapshot,
    log: pino({ name: 'postern', level: process.env['POSTERN_LOG_LEVEL'] ?? 'info' }),
    isDevelopment: isPlainHttpAllowed,
    version: await packageVersion(),
  });
  const settings = { gateway: program.gateway, snapshot, isPlainHttpAllowed };
  return {
    middleware: createMiddleware(settings),
    attach: (server) => attachToServer(server, settings),
    close: () => program.close(),
  };
}

async function load(configuration: PosternConfiguration): Promise<Snapshot> {
  const ports = { readFile: readBoundedFile, env: process.env, now: Date.now };
  const result: LoadResult =
    typeof configuration === 'string'
      ? await loadConfiguration(configuration, ports, { shape: 'middleware' })
      : await compileConfigurationObject(configuration, ports, { shape: 'middleware', folder: process.cwd() });
  if (result.outcome === 'loaded') return result.snapshot;
  throw new Fault(
    'config_invalid',
    `The configuration has errors:\n${renderProblems(result.problems, { color: false })}`,
  );
}

import { createHash } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import buildConnector from 'undici/lib/core/connect.js';
import symbols from 'undici/lib/core/symbols.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import type { RouteTarget } from '../config/route.ts';
import { networkText } from '../config/values/special-network.ts';
import { createDialGuard, type DialGuardPorts, guardSocket } from './dial-guard.ts';
import { readBeforeClosing } from './read-before-closing.ts';
import { createServerStanding, type ServerStanding } from './server-standing.ts';
import { noteBytesRead } from './upstream-fault.ts';

export type UpstreamTarget = Extract<RouteTarget, { kind: 'upstreams' }>;

/** One upstream server: its connections all have the same segment, authority, client certificate and server name. */
export interface UpstreamServer {
  /** `https://10.20.0.5:8443` */
  readonly origin: string;
  /** Requests that it has or that wait for it. */
  readonly load: { running: number };
  readonly standing: ServerStanding;
  /** Never throws: failures come to the handler. */
  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void;
  /** A connection of its own, made with the very settings of the pool: for tunnels (security-rules.md 20). */
  connect(): Promise<Socket>;
}

export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: Readable | Buffer | null;
  /** How long the upstream may take to begin its answer once it has the request. */
  readonly headersTimeoutMs: number;
}

export type UpstreamHandler = Required<
  Pick<
    Dispatcher.DispatchHandler,
    'onRequestStart' | 'onResponseStart' | 'onResponseData' | 'onResponseEnd' | 'onResponseError'
  >
>;
export type UpstreamController = Dispatcher.DispatchController;

export interface UpstreamPools {
  /** The servers of a target, in the configured order. */
  serversOf(target: UpstreamTarget): readonly UpstreamServer[];
  /**
   * Whose turn it is, as a position in `serversOf`: several servers take turns, requests and tunnels alike. Those that are away
   * are passed over, unless all are.
   */
  takeTurn(target: UpstreamTarget): number;
  /** Closes the pools that none of these targets uses, once their requests are over. A later call takes the place of one that is not through. */
  retain(targets: Iterable<UpstreamTarget>): Promise<void>;
  /** Closes all of them at once. */
  close(): Promise<void>;
}

/** Before requests have their turn: some milliseconds, as each target is hashed. */
const targetsPerSlice = 250;

interface KeyedServer extends UpstreamServer {
  readonly key: string;
  readonly pool: Pool;
}

/**
 * Opens the connections to upstreams: the one file that knows undici. Certificates are always checked. The name that is
 * sent and checked is `tls_upstream_server_name` or the URL's own host, never the client's Host header: without this,
 * undici and Node would take it from there. Every connection passes the dial guard, which looks at the address that is
 * dialled, not at its name.
 * @param settings.connectionsPerServer how many a pool may open, asked as it is made. Default: no limit.
 * @param settings.monotonicMs for how long a server that takes no connection is passed over. Default `performance.now`.
 * @param settings.connectTimeoutMs for name lookup, TCP and TLS together. Default 10 s.
 */
export function createUpstreamPools(
  settings: {
    readonly connectTimeoutMs?: number;
    readonly connectionsPerServer?: () => number;
    readonly monotonicMs?: () => number;
  } & Partial<DialGuardPorts> = {},
): UpstreamPools {
  const connectTimeoutMs = settings.connectTimeoutMs ?? 10_000;
  const serversByKey = new Map<string, KeyedServer>();
  let retains = 0;
  const turns = new WeakMap<UpstreamTarget, number>();
  let serversByTarget = new WeakMap<UpstreamTarget, readonly KeyedServer[]>();

  function openServer(key: string, url: URL, target: UpstreamTarget): KeyedServer {
    const hostname = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
    const isAddress = isIP(hostname) !== 0;
    const serverName = target.serverName ?? (isAddress ? undefined : hostname);
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    const guard = createDialGuard({ origin: url.origin, port: Number(port), segment: target.segment }, settings);
    const base = buildConnector({
      lookup: guard.lookup,
      ...(target.ca === undefined ? {} : { ca: target.ca }),
      ...(target.clientCertificate ?? {}),
      rejectUnauthorized: true,
      allowH2: false,
      timeout: connectTimeoutMs,
    });
    const connector: typeof base = ({ protocol, host, hostname: dialed }, callback) => {
      // For a literal address nothing is looked up, so the guard's lookup would never be asked.
      const refused = isIP(dialed) === 0 ? undefined : guard.refuse(dialed);
      if (refused !== undefined) {
        process.nextTick(callback, refused, null);
        return;
      }
      const options = { protocol, port, hostname: dialed };
      const noted: typeof callback = (...[error, socket]) => {
        if (error !== null) return callback(error, null);
        socket.on('error', noteBytesRead);
        readBeforeClosing(socket);
        callback(null, socket);
      };
      guardSocket(guard, noted, (guarded) =>
        base(
          serverName === undefined ? { ...options, host: host ?? dialed } : { ...options, servername: serverName },
          guarded,
        ),
      );
    };
    const pool = new Pool(url.origin, {
      connect: connector,
      pipelining: 1,
      bodyTimeout: 0,
      connections: settings.connectionsPerServer?.() ?? null,
      ...(target.headerBytes === undefined ? {} : { maxHeaderSize: target.headerBytes }),
    });
    pool.on('connect', (_, [, client]) => {
      if (client !== undefined) skipContinue(client);
    });
    const constantName = serverName ?? hostname;
    return {
      key,
      pool,
      origin: url.origin,
      load: { running: 0 },
      standing: createServerStanding(settings.monotonicMs ?? (() => performance.now())),
      dispatch(request, handler) {
        const options = {
          method: request.method,
          path: request.path,
          headers: request.headers as string[],
          body: request.body,
          headersTimeout: request.headersTimeoutMs,
          bodyTimeout: 0,
          servername: constantName,
        };
        // Undici closes the connection behind each HEAD, and that stays: what an app sends there all the same, and late, would
        // be somebody else's answer.
        pool.dispatch(options, handler);
      },
      connect() {
        return new Promise((resolve, reject) => {
          connector({ protocol: url.protocol, port, hostname, host: url.host }, (error, socket) => {
            if (error === null) resolve(socket);
            else reject(error);
          });
        });
      },
    };
  }

  function serversOf(target: UpstreamTarget): readonly KeyedServer[] {
    const known = serversByTarget.get(target);
    if (known !== undefined) return known;
    const servers = target.urls.map((url) => {
      const key = keyOf(url, target);
      const server = serversByKey.get(key) ?? openServer(key, url, target);
      serversByKey.set(key, server);
      return server;
    });
    serversByTarget.set(target, servers);
    return servers;
  }

  return {
    serversOf,
    takeTurn(target) {
      const count = target.urls.length;
      if (count === 1) return 0;
      const turn = turns.get(target) ?? 0;
      const servers = serversOf(target);
      let chosen = turn;
      for (let passed = 0; passed < count && servers[chosen]?.standing.isAway() === true; passed += 1)
        chosen = (chosen + 1) % count;
      turns.set(target, (chosen + 1) % count);
      return chosen;
    },
    async retain(targets) {
      retains += 1;
      const own = retains;
      const kept = new Set<string>();
      let count = 0;
      for (const target of targets) {
        for (const url of target.urls) kept.add(keyOf(url, target));
        count += 1;
        if (count % targetsPerSlice === 0) await breathe();
        // A later call knows better what is in use.
        if (own !== retains) return;
      }
      const unused = [...serversByKey.values()].filter((server) => !kept.has(server.key));
      for (const server of unused) serversByKey.delete(server.key);
      serversByTarget = new WeakMap();
      await Promise.all(unused.map((server) => server.pool.close()));
    },
    async close() {
      const all = [...serversByKey.values()];
      serversByKey.clear();
      serversByTarget = new WeakMap();
      await Promise.all(all.map((server) => server.pool.destroy()));
    },
  };
}

/** Everything that a connection's trust depends on (security-rules.md 20): two targets that differ in any of it never share one. */
function keyOf(url: URL, target: UpstreamTarget): string {
  const certificate = target.clientCertificate;
  const parts = [
    url.origin,
    target.segment?.name ?? null,
    target.segment?.networks?.map(networkText) ?? null,
    target.serverName ?? '',
    target.ca ?? '',
    String(certificate?.cert ?? ''),
    String(certificate?.key ?? ''),
    target.headerBytes ?? null,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

/** What is asked of undici's parser of a connection. */
interface Parser {
  onHeadersComplete(statusCode: number, upgrade: boolean, shouldKeepAlive: boolean): number;
}

/**
 * A 100 that nobody asked for is to be skipped (RFC 9110 section 15.2), and undici takes it for a broken answer. It passes
 * every other interim answer on, so that is what it is told here.
 */
function skipContinue(client: Dispatcher): void {
  const socket = Reflect.get(client, symbols.kSocket) as object | null;
  const parser = socket === null ? undefined : (Reflect.get(socket, symbols.kParser) as Parser | undefined);
  if (parser === undefined) return;
  const { onHeadersComplete } = parser;
  parser.onHeadersComplete = (statusCode, ...rest) =>
    onHeadersComplete.call(parser, statusCode === 100 ? 102 : statusCode, ...rest);
}

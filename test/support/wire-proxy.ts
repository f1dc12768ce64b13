import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Route } from '../../src/config/route.ts';
import type { Limits } from '../../src/config/snapshot.ts';
import { type Fault, toFault } from '../../src/decision/fault.ts';
import { hostHeader } from '../../src/http/canonical-target.ts';
import { parseCanonicalTarget } from '../../src/http/parse-canonical-target.ts';
import { buildRequestHeaders } from '../../src/http/request-headers.ts';
import type { DialGuardPorts } from '../../src/upstream/dial-guard.ts';
import type { AllowedRequest, ForwardResult, Tunnel } from '../../src/upstream/forward.ts';
import { createForwarder } from '../../src/upstream/forwarder.ts';
import type { TunnelTimes } from '../../src/upstream/join-tunnel.ts';
import type { Fence } from '../../src/upstream/through-fence.ts';
import { createTunnelOpener } from '../../src/upstream/tunnel.ts';
import { createUpstreamPools, type UpstreamTarget } from '../../src/upstream/upstream-pools.ts';
import { testLimits } from './test-limits.ts';

export interface RunningServer {
  readonly server: Server;
  readonly port: number;
  readonly url: URL;
  /** Sockets that are open now. */
  readonly sockets: Set<Socket>;
  close(): Promise<void>;
}

export async function listen(server: Server, scheme: 'http' | 'https'): Promise<RunningServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    url: new URL(`${scheme}://127.0.0.1:${port}`),
    sockets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export function startUpstream(listener: RequestListener): Promise<RunningServer> {
  return listen(createServer(listener), 'http');
}

export function startTlsUpstream(options: ServerOptions, listener: RequestListener): Promise<RunningServer> {
  return listen(createTlsServer(options, listener), 'https');
}

export interface ProxyOptions {
  readonly upstreams: readonly URL[];
  readonly target?: Partial<UpstreamTarget> | undefined;
  readonly limits?: Partial<Limits>;
  readonly identity?: readonly string[];
  readonly connectTimeoutMs?: number;
  /** What bytes of an answer wait behind. */
  readonly fence?: Fence;
  /** True once nothing of an exchange may go on. */
  readonly isHeld?: () => boolean;
  /** Replaces the resolver, the machine's addresses or the ports that are ours. */
  readonly dial?: Partial<DialGuardPorts>;
  readonly set?: readonly (readonly [string, string])[];
  readonly remove?: ReadonlySet<string>;
  /** How long each step of a tunnel's close may take. */
  readonly tunnelTimes?: TunnelTimes;
}

export interface RunningProxy extends RunningServer {
  readonly results: ForwardResult[];
  readonly faults: Fault[];
  readonly tunnels: number[];
  /** Those that stand, in the order of opening. */
  readonly open: Tunnel[];
  /** Resolves with the next result or fault. */
  nextOutcome(): Promise<ForwardResult | Fault>;
}

const ownCookie = /^__Host-postern/;

function removeOwnCookies(cookie: string): string {
  return cookie
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => !ownCookie.test(pair))
    .join('; ');
}

/** Parses, settles headers and forwards: the wire parts as the gateway joins them, without its decision. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { isHeld } = options;
  const upstreams: UpstreamTarget = {
    kind: 'upstreams',
    urls: options.upstreams,
    serverName: undefined,
    ca: undefined,
    clientCertificate: undefined,
    ...options.target,
  };
  const limits: Limits = { ...testLimits, requestTimeoutMs: 10_000, ...options.limits };
  const pools = createUpstreamPools({
    connectTimeoutMs: options.connectTimeoutMs ?? 5000,
    connectionsPerServer: () => limits.upstreamConnections,
    ...options.dial,
  });
  const isOwnSetCookie = (value: string) => ownCookie.test(value);
  const forwarder = createForwarder({
    now: () => performance.now(),
    pools,
    isOwnSetCookie,
    ...(options.fence === undefined ? {} : { fence: options.fence }),
  });
  const opener = createTunnelOpener({
    pools,
    isOwnSetCookie,
    ...(options.tunnelTimes === undefined ? {} : { times: options.tunnelTimes }),
  });
  const results: ForwardResult[] = [];
  const faults: Fault[] = [];
  const tunnels: number[] = [];
  const open: Tunnel[] = [];
  const waiting: ((outcome: ForwardResult | Fault) => void)[] = [];
  const finish = (outcome: ForwardResult | Fault) => {
    for (const resolve of waiting.splice(0)) resolve(outcome);
  };

  function allow(request: IncomingMessage, mode: 'request' | 'upgrade'): AllowedRequest | string {
    const parsed = parseCanonicalTarget(request);
    if (parsed.outcome === 'refused') return parsed.detail;
    const headers = buildRequestHeaders({
      rawHeaders: request.rawHeaders,
      host: hostHeader(parsed.target),
      clientAddress: '192.0.2.1',
      protocol: 'https',
      removeOwnCookies,
      mode,
      ...(options.identity === undefined ? {} : { identity: options.identity }),
      ...(options.set === undefined ? {} : { set: options.set }),
      ...(options.remove === undefined ? {} : { remove: options.remove }),
    });
    return { route: { name: 'app' } as Route, upstreams, target: parsed.target, headers, limits };
  }

  function answerFault(fault: Fault, response: ServerResponse): void {
    const status = { upstream_timeout: 504, request_too_large: 413 }[String(fault.code)] ?? 502;
    response.writeHead(status, ['content-type', 'text/plain']);
    response.end(fault.code);
  }

  const server = createServer((request, response) => {
    const allowed = allow(request, 'request');
    if (typeof allowed === 'string') {
      response.writeHead(400, ['connection', 'close']);
      response.end(allowed);
      return;
    }
    forwarder.forward(allowed, request, response, { ...(isHeld && { isHeld }) }).then(
      (result) => {
        results.push(result);
        finish(result);
      },
      (thrown: unknown) => {
        const fault = toFault(thrown);
        faults.push(fault);
        answerFault(fault, response);
        finish(fault);
      },
    );
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined);
    const allowed = allow(request, 'upgrade');
    if (typeof allowed === 'string') {
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
      return;
    }
    opener.open(allowed, request, socket, head).then(
      (opened) => {
        tunnels.push(opened.status);
        if (opened.tunnel !== undefined) open.push(opened.tunnel);
      },
      (thrown: unknown) => {
        const fault = toFault(thrown);
        faults.push(fault);
        socket.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        finish(fault);
      },
    );
  });
  const running = await listen(server, 'http');
  return {
    ...running,
    results,
    faults,
    tunnels,
    open,
    nextOutcome: () => new Promise((resolve) => waiting.push(resolve)),
    close: async () => {
      await running.close();
      await forwarder.close();
    },
  };
}

/** Sends bytes as they are and answers everything that comes back until the server closes. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(text, 'latin1')));
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}

/** A GET that asks for the connection to be closed, so that `sendRaw` ends. */
export function getRequest(path: string, headers: readonly string[] = [], host = 'app.example'): string {
  return [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers, '', ''].join('\r\n');
}

/** The headers of the last request that an upstream saw, by lower-case name. */
export function pairsOf(rawHeaders: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    pairs.push([(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '']);
  }
  return pairs;
}

import type { ClientRequest, IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type httpProxy from 'http-proxy';
import { Fault } from '../decision/fault.ts';
import { type ConnectionGuard, silentGuard } from '../http/connection-guard.ts';
import { Agent } from '../http/node-http.ts';
import { buildResponseHeaders } from '../http/response-headers.ts';
import { type AllowedRequest, changesFor, headersFor, type TunnelOpener } from './forward.ts';
import { joinTunnel, type TunnelTimes } from './join-tunnel.ts';
import type { Fence } from './through-fence.ts';
import { toUpstreamFault } from './upstream-fault.ts';
import type { UpstreamPools, UpstreamServer } from './upstream-pools.ts';

const require = createRequire(import.meta.url);

export interface TunnelParts {
  readonly pools: UpstreamPools;
  /** True for a `Set-Cookie` value that names one of our cookies: it is removed from an app's answer. */
  readonly isOwnSetCookie: (setCookie: string) => boolean;
  /** How long each step of a close may take. */
  readonly times?: TunnelTimes;
  /** Closes over what Node and http-proxy call for a tunnel. */
  readonly guard?: ConnectionGuard;
  /** Asked before bytes are passed on. Default: they always are. */
  readonly fence?: Fence;
}

/**
 * Carries WebSocket upgrades by http-proxy: the one file that knows it. The library makes the handshake: the socket to
 * the upstream is opened by the pools' own connector, so that a tunnel is checked exactly as a request is
 * (security-rules.md 20), and it sees no header of the client that is not in `allowed.headers`.
 */
export function createTunnelOpener(parts: TunnelParts): TunnelOpener {
  return {
    async open(allowed, request, socket, head) {
      // http-proxy listens for errors only once the tunnel stands; an unheard error would end the process.
      socket.on('error', ignore);
      if (request.method !== 'GET' || request.headers.upgrade?.trim().toLowerCase() !== 'websocket') {
        throw new Fault('internal', 'Only WebSocket upgrades are carried.');
      }
      const { server, upstreamSocket } = await connect(parts.pools, allowed, socket);
      upstreamSocket.on('error', ignore);
      if (socket.destroyed) {
        upstreamSocket.destroy();
        throw new Fault('client_gone', 'The client left.');
      }
      return join(parts, allowed, socket, head, upstreamSocket, server.origin);
    },
  };
}

function ignore(): void {}

/** The first server that takes a connection; a handshake has no body, so the next one may be tried. */
async function connect(
  pools: UpstreamPools,
  allowed: AllowedRequest,
  client: Duplex,
): Promise<{ readonly server: UpstreamServer; readonly upstreamSocket: Socket }> {
  let fault = new Fault('upstream_unreachable', 'The route has no upstream.');
  const servers = pools.serversOf(allowed.upstreams);
  const turn = pools.takeTurn(allowed.upstreams);
  for (const server of [...servers.slice(turn), ...servers.slice(0, turn)]) {
    if (client.destroyed) throw new Fault('client_gone', 'The client left.');
    try {
      const upstreamSocket = await server.connect();
      server.standing.answered();
      return { server, upstreamSocket };
    } catch (error) {
      server.standing.refused();
      fault = toUpstreamFault(error, 'connecting', server.origin);
    }
  }
  throw fault;
}

/** Ends the client's side once the upstream's is closed; what was written may still be on its way. */
function closeAfter(upstream: Socket, client: Duplex): void {
  upstream.on('close', () => {
    if (client.writable) client.end();
    const timer = setTimeout(() => client.destroy(), lingerMs);
    timer.unref();
    client.once('close', () => clearTimeout(timer));
  });
}

/** How long a client may take to read the last bytes after the upstream closed, in ms. */
const lingerMs = 2000;

function join(
  parts: TunnelParts,
  allowed: AllowedRequest,
  socket: Duplex,
  head: Buffer,
  upstreamSocket: Socket,
  origin: string,
): ReturnType<TunnelOpener['open']> {
  const { target } = allowed;
  const path = target.path + target.query;
  const { guard = silentGuard } = parts;
  const guarded = <Values extends readonly unknown[]>(callback: (...values: Values) => unknown) =>
    guard.over(socket, 'tunnel', callback);
  // http-proxy leaves the upstream's socket open when the client's is destroyed.
  const leave = () => upstreamSocket.destroy();
  socket.on('close', leave);
  return new Promise((resolve, reject) => {
    // http-proxy ends the client's socket once it has reported a failure; until the upstream has answered, the answer is ours to write.
    const { end } = socket;
    socket.end = () => socket;
    // Deleting it instead would make the socket an object of 3 KB more.
    const returnEnd = () => {
      socket.end = end;
    };

    // Loaded for the first tunnel: many programs never have one.
    const { createProxyServer }: typeof httpProxy = require('http-proxy');
    const proxy = createProxyServer();
    let heard: readonly ReadonlySet<unknown>[] = [];
    const prepare = (upstreamRequest: ClientRequest) => {
      // http-proxy rewrites paths that hold "http:/"; what was matched is what is sent.
      upstreamRequest.path = path;
      // Read when the connection is given to the request, which is later.
      Object.assign(upstreamRequest, { maxHeaderSize: allowed.upstreams.headerBytes });
      const onTaken = () => {
        heard = [listenersOf(socket), listenersOf(upstreamSocket)];
      };
      watchAnswer(parts, allowed, upstreamRequest, socket, onTaken, (status) => {
        returnEnd();
        closeAfter(upstreamSocket, socket);
        resolve({ status, tunnel: undefined });
      });
      upstreamRequest.setTimeout(allowed.limits.requestTimeoutMs, () => {
        upstreamRequest.destroy(Object.assign(new Error('No answer to the handshake.'), { code: 'ETIMEDOUT' }));
      });
    };
    const opened = () => {
      // The library has just joined the sockets by pipes, which know nothing of frames; no byte has passed yet.
      upstreamSocket.unpipe(socket);
      socket.unpipe(upstreamSocket);
      forgetHandshake(socket, heard[0]);
      forgetHandshake(upstreamSocket, heard[1]);
      returnEnd();
      closeAfter(upstreamSocket, socket);
      // The tunnel does that itself.
      socket.off('close', leave);
      resolve({ status: 101, tunnel: joinTunnel(socket, upstreamSocket, parts.times, guard, parts.fence) });
    };
    proxy.on('proxyReqWs', guarded(prepare));
    proxy.on('open', guarded(opened));
    const agent = new Agent({ keepAlive: false });
    agent.createConnection = () => upstreamSocket;
    const view = { headers: toHeaderObject(headersFor(allowed, origin)), url: path, method: 'GET' } as IncomingMessage;
    proxy.ws(view, socket, head, { target: 'http://upstream.invalid', agent, toProxy: true }, (error) => {
      upstreamSocket.destroy();
      const fault = socket.destroyed
        ? new Fault('client_gone', 'The client left.')
        : toUpstreamFault(error, 'waiting', origin);
      queueMicrotask(() => {
        returnEnd();
        reject(fault);
      });
    });
  });
}

function listenersOf(socket: Duplex): ReadonlySet<unknown> {
  return new Set(socket.eventNames().flatMap((event) => socket.rawListeners(event)));
}

/**
 * Takes off what http-proxy listens with: each of these would keep the request, its answer, their headers and the library's
 * server for as long as the tunnel stands, which is most of what an idle one needs.
 */
function forgetHandshake(socket: Duplex, heardBefore: ReadonlySet<unknown> | undefined): void {
  for (const event of socket.eventNames()) {
    for (const listener of socket.rawListeners(event)) {
      if (heardBefore?.has(listener) === false) socket.off(event, listener as () => void);
    }
  }
}

/** Cleans the upstream's answer before http-proxy, whose listeners come after these, writes it to the client. */
function watchAnswer(
  parts: TunnelParts,
  allowed: AllowedRequest,
  upstreamRequest: ClientRequest,
  socket: Duplex,
  onTaken: () => void,
  onRefused: (status: number) => void,
): void {
  const { guard = silentGuard } = parts;
  const changes = changesFor(allowed, socket);
  const taken = (answer: IncomingMessage) => {
    upstreamRequest.setTimeout(0);
    answer.headers = cleaned(parts, changes, answer, { connection: 'Upgrade', upgrade: 'websocket' });
    onTaken();
  };
  const refused = (answer: IncomingMessage) => {
    answer.headers = cleaned(parts, changes, answer, { connection: 'close' });
    answer.once('close', () => {
      if (!answer.complete) socket.destroy();
    });
    onRefused(answer.statusCode ?? 502);
  };
  upstreamRequest.on('upgrade', guard.over(socket, 'tunnel', taken));
  upstreamRequest.on('response', guard.over(socket, 'tunnel', refused));
}

function cleaned(
  parts: TunnelParts,
  changes: ReturnType<typeof changesFor>,
  answer: IncomingMessage,
  added: Readonly<Record<string, string>>,
): Record<string, string | string[]> {
  const flat = buildResponseHeaders({
    headers: answer.headers,
    status: answer.statusCode ?? 502,
    isOwnSetCookie: parts.isOwnSetCookie,
    ...changes,
    canHaveTrailers: false,
  });
  return { ...toHeaderObject(flat), ...added };
}

function toHeaderObject(flat: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (let index = 0; index < flat.length; index += 2) {
    const name = (flat[index] ?? '').toLowerCase();
    const value = flat[index + 1] ?? '';
    const earlier = headers[name];
    if (earlier === undefined) headers[name] = value;
    else if (typeof earlier === 'string') headers[name] = [earlier, value];
    else earlier.push(value);
  }
  return headers;
}

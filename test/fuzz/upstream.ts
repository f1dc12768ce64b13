import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The word in the path of a request that must never come to an app. */
export const forbiddenWord = 'must-never-arrive';
/** A request's name: its connection and its place in it. */
export const namePattern = /q([0-9a-f]{12})k(\d+)z/g;

/** A name may have been damaged where its connection sends broken bytes, and is then nobody's: see `FuzzScript.connection`. */
export const isBroken = (name: string): boolean => /^q?(?:f|.f|..f)/.test(name);

/** How the app answers; the first part of the path says which. */
export const behaviours = ['plain', 'chunks', 'late', 'long', 'empty', 'early', 'break'] as const;

/** The app behind Postern. It reads what really arrived, and says what is wrong with it. */
export interface FuzzApp {
  request(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex): void;
  readonly counts: { requests: number; upgrades: number };
}

const longBody = 200_000;
const privateHost = /^(?:private|sockets|notes)\./;

/** @param violated hears what must not have happened, in sentences */
export function createFuzzApp(violated: (what: string) => void): FuzzApp {
  const counts = { requests: 0, upgrades: 0 };
  const open = new Map<string, number>();

  function look(request: IncomingMessage): { readonly name: string; readonly connection: string } {
    const { url = '', headers } = request;
    const [found] = url.matchAll(namePattern);
    const told = JSON.stringify({ method: request.method, url, headers: request.rawHeaders }).slice(0, 1_500);
    if (url.includes(forbiddenWord)) violated(`A request came to the app that was not allowed: ${told}`);
    if (privateHost.test(headers.host ?? '') && headers['x-postern-user'] === undefined) {
      violated(`A request came to a private app without an identity: ${told}`);
    }
    if (/__Host-postern|pst_/.test(request.rawHeaders.join('\n'))) {
      violated(`A credential of Postern's own came to the app: ${told}`);
    }
    return { name: found?.[0] ?? '', connection: found?.[1] ?? '' };
  }

  /** One exchange at a time on a connection of the client. */
  function enter(connection: string): () => void {
    if (connection === '') return () => undefined;
    const atOnce = (open.get(connection) ?? 0) + 1;
    open.set(connection, atOnce);
    if (atOnce > 1) violated(`${atOnce} requests of the connection ${connection} were at the app at once.`);
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      const left = (open.get(connection) ?? 1) - 1;
      if (left === 0) open.delete(connection);
      else open.set(connection, left);
    };
  }

  return {
    counts,
    request(request, response) {
      counts.requests += 1;
      const { name, connection } = look(request);
      const leave = enter(connection);
      response.once('close', leave);
      let body = '';
      request.setEncoding('latin1').on('data', (text: string) => {
        body += text;
      });
      request.on('error', () => undefined);
      const behaviour = behaviours.find((one) => request.url?.startsWith(`/${one}/`)) ?? 'plain';
      if (behaviour === 'early') return answer(request, response, name, behaviour, leave);
      request.on('end', () => {
        for (const [other] of body.matchAll(namePattern)) {
          if (other !== name && !isBroken(other)) violated(`The body of ${name} has bytes of ${other}.`);
        }
        answer(request, response, name, behaviour, leave);
      });
    },
    upgrade(request, socket) {
      counts.upgrades += 1;
      const { name, connection } = look(request);
      const leave = enter(connection);
      socket.on('error', () => undefined);
      socket.on('close', leave);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      socket.write(Buffer.concat([Buffer.of(0x81, name.length), Buffer.from(name)]));
      socket.resume();
      socket.on('end', () => socket.end());
    },
  };
}

/** Serves it on a free port of this machine. */
export async function serveFuzzApp(app: FuzzApp): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer(app.request);
  server.on('upgrade', app.upgrade);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  behaviour: (typeof behaviours)[number],
  leave: () => void,
): void {
  const end = (text?: string) => {
    // Told to the client by the next bytes: its next request may be here before Node says that this one is over.
    leave();
    response.end(text);
  };
  response.setHeader('X-Name', name);
  switch (behaviour) {
    case 'plain':
    case 'early':
      response.setHeader('Content-Length', name.length);
      end(name);
      break;
    case 'chunks':
      response.write(name);
      setImmediate(() => end(name));
      break;
    case 'late':
      setTimeout(() => end(name), 5);
      break;
    case 'long':
      end(name.repeat(Math.ceil(longBody / Math.max(1, name.length))));
      break;
    case 'empty':
      response.statusCode = 204;
      end();
      break;
    case 'break':
      response.setHeader('Content-Length', longBody);
      response.write(name);
      setImmediate(() => request.socket.destroy());
      break;
    default:
      behaviour satisfies never;
  }
}

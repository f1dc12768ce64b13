import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Identity } from './assertion.ts';

/** The two live feeds of the dashboard. */
export interface LiveFeeds {
  serveEvents(response: ServerResponse, identity: Identity): void;
  serveWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer, identity: Identity): void;
  close(): void;
}

const tickMs = 1_000;

/** Starts feeds that tick once a second while somebody listens. A WebSocket also sends back what it is sent. */
export function createLiveFeeds(): LiveFeeds {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });
  const readers = new Set<ServerResponse>();
  const startedAtMs = Date.now();
  let timer: NodeJS.Timeout | undefined;

  const line = () =>
    `${new Date().toISOString()}  up ${Math.round((Date.now() - startedAtMs) / 1000)} s, watched by ${sockets.clients.size + readers.size}`;

  const tick = () => {
    for (const socket of sockets.clients) socket.send(line());
    for (const reader of readers) reader.write(`data: ${line()}\n\n`);
  };

  const watch = () => {
    const isWatched = sockets.clients.size + readers.size > 0;
    if (isWatched) timer ??= setInterval(tick, tickMs);
    else {
      clearInterval(timer);
      timer = undefined;
    }
  };

  const welcome = (socket: WebSocket, identity: Identity) => {
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => socket.send(`echo: ${String(data)}`));
    socket.on('close', watch);
    socket.send(`Welcome, ${identity.name ?? identity.subject}.`);
    watch();
  };

  return {
    serveEvents(response, identity) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(`data: Welcome, ${identity.name ?? identity.subject}.\n\n`);
      readers.add(response);
      response.on('close', () => {
        readers.delete(response);
        watch();
      });
      watch();
    },
    serveWebSocket(request, socket, head, identity) {
      sockets.handleUpgrade(request, socket, head, (opened) => welcome(opened, identity));
    },
    close() {
      clearInterval(timer);
      for (const socket of sockets.clients) socket.terminate();
      for (const reader of readers) reader.destroy();
      sockets.close();
    },
  };
}

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { LookupFunction } from 'node:net';
import { WebSocket } from 'ws';
import type { HttpBrowser } from './http-browser.ts';
import type { World } from './world.ts';

/** Names under localhost are on this machine; Node on Debian does not know that. */
export const lookupLocal: LookupFunction = (_name, options, done) =>
  options.all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);

/** A WebSocket that keeps what it hears. */
export interface LiveSocket {
  readonly socket: WebSocket;
  readonly heard: string[];
  /** Resolves with the next message. */
  next(): Promise<string>;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  /** Resolves with what the close frame said beside the code. */
  readonly reason: Promise<{ readonly code?: string; readonly id?: string }>;
}

/** The cookies that a browser would send to a URL. */
export function cookiesFor(browser: HttpBrowser, url: string): string {
  return [...browser.cookiesOf(new URL(url).hostname)].map(([name, value]) => `${name}=${value}`).join('; ');
}

/** Opens a WebSocket as a page of that host would. Rejects when the handshake is refused; the message has the status. */
export async function openWebSocket(
  world: World,
  browser: HttpBrowser,
  url: string,
  dialPort?: number,
  origin: string = new URL(url).origin,
  more: { readonly device?: string; readonly protocols?: readonly string[] } = {},
): Promise<LiveSocket> {
  const { host, hostname, protocol } = new URL(url);
  const dialled = dialPort === undefined ? url : url.replace(host, `${hostname}:${dialPort}`);
  const socket = new WebSocket(dialled.replace(/^http/, 'ws'), [...(more.protocols ?? [])], {
    lookup: lookupLocal,
    origin,
    headers: { host, 'user-agent': 'postern-test-browser', cookie: cookiesFor(browser, url) },
    ...(more.device === undefined ? {} : certificateOf(world, more.device)),
    ...(protocol === 'https:' ? { ca: readFileSync(world.certificates.ca), servername: hostname } : {}),
  });
  const heard: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  socket.on('message', (data) => {
    const text = String(data);
    const taker = waiting.shift();
    if (taker === undefined) heard.push(text);
    else taker(text);
  });
  const ended = new Promise<readonly [number, string]>((resolve) =>
    socket.once('close', (code, text) => resolve([code, String(text)])),
  );
  const closed = ended.then(([code]) => code);
  const reason = ended.then(([, text]) => (text === '' ? {} : JSON.parse(text)));
  await once(socket, 'open');
  return {
    socket,
    heard,
    closed,
    reason,
    next: () => {
      const text = heard.shift();
      return text === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(text);
    },
  };
}

function certificateOf(world: World, device: string): { readonly cert: Buffer; readonly key: Buffer } {
  const files = world.certificates.devices[device];
  if (files === undefined) throw new Error(`There is no device ${device}.`);
  return { cert: readFileSync(files.certificate), key: readFileSync(files.key) };
}

/** An event stream (Server-Sent Events) that keeps what it hears. */
export interface LiveFeed {
  readonly status: number;
  next(): Promise<string>;
  /** Resolves when the stream is over: `ended` in an orderly way, `cut` in the middle. */
  readonly over: Promise<'ended' | 'cut'>;
  leave(): void;
}

/** Opens an event stream as a page's EventSource would. */
export async function openFeed(world: World, browser: HttpBrowser, url: string, device?: string): Promise<LiveFeed> {
  const { host, hostname, port, pathname } = new URL(url);
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path: pathname,
    servername: hostname,
    ca: readFileSync(world.certificates.ca),
    ...(device === undefined ? {} : certificateOf(world, device)),
    agent: false,
    headers: {
      host,
      accept: 'text/event-stream',
      'sec-fetch-mode': 'cors',
      'sec-fetch-dest': 'empty',
      'user-agent': 'postern-test-browser',
      cookie: cookiesFor(browser, url),
    },
  });
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage];
  outgoing.on('error', () => undefined);
  incoming.setEncoding('utf8');
  const heard: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  incoming.on('data', (text: string) => {
    const taker = waiting.shift();
    if (taker === undefined) heard.push(text);
    else taker(text);
  });
  const over = new Promise<'ended' | 'cut'>((resolve) => {
    incoming.on('error', () => undefined);
    incoming.once('close', () => resolve(incoming.complete ? 'ended' : 'cut'));
  });
  return {
    status: incoming.statusCode ?? 0,
    over,
    next: () => {
      const text = heard.shift();
      return text === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(text);
    },
    leave: () => outgoing.destroy(),
  };
}

import { readFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { World } from './world.ts';

export interface RawOptions {
  readonly tls?: ConnectionOptions;
  /** Over the plain listener. */
  readonly isPlain?: boolean;
  /** Gives up waiting for the server to close, and answers with what has come. */
  readonly patienceMs?: number;
  /** Keeps our half open when the server ends its own. */
  readonly allowHalfOpen?: boolean;
}

/** Opens a connection to the product, without any HTTP on it. */
export function openSocket(world: World, host: string, options: RawOptions = {}): Promise<Socket> {
  const { tlsPort, plainPort } = world.addresses;
  const port = options.isPlain === true ? plainPort : tlsPort;
  if (port === undefined) throw new Error('The world has no such listener.');
  return new Promise((resolve, reject) => {
    const wire = connectPlain({ host: '127.0.0.1', port, allowHalfOpen: options.allowHalfOpen ?? false });
    wire.once('error', reject);
    if (options.isPlain === true) return void wire.once('connect', () => resolve(wire));
    const ca = readFileSync(world.certificates.ca);
    const socket = connectTls({ socket: wire, servername: `${host}.localhost`, ca, ...options.tls }, () =>
      resolve(socket),
    );
    socket.once('error', reject);
  });
}

/** Writes bytes that no HTTP library would write, and answers with everything that came back until the end. */
export async function sendRaw(
  world: World,
  host: string,
  bytes: string | Buffer,
  options: RawOptions = {},
): Promise<string> {
  const socket = await openSocket(world, host, options);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('latin1'));
    };
    const timer = setTimeout(finish, options.patienceMs ?? 5_000);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', finish);
    socket.on('close', finish);
    socket.write(bytes);
  });
}

/** The status of each answer in what came back. */
export function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
}

/** The same as of the test browser: another one on a session is a signal of risk. */
const userAgent = 'User-Agent: postern-test-browser';

/** The bytes of a GET with these header lines, which asks for the connection to be closed. */
export function getBytes(world: World, host: string, path: string, lines: readonly string[] = []): string {
  const { host: authority } = new URL(world.url(host));
  return [`GET ${path} HTTP/1.1`, `Host: ${authority}`, 'Connection: close', userAgent, ...lines, '', ''].join('\r\n');
}

/** The `Cookie` line of a browser at a host. */
export function cookieLine(browser: { cookiesOf(host: string): ReadonlyMap<string, string> }, host: string): string {
  return `Cookie: ${[...browser.cookiesOf(`${host}.localhost`)].map(([name, value]) => `${name}=${value}`).join('; ')}`;
}

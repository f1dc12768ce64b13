import { readFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { HttpBrowser } from '../support/http-browser.ts';
import type { World } from '../support/world.ts';
import type { FuzzConnection, FuzzTarget } from './play.ts';

/** The routes that a program under attack has, beside those of the world: `PORT` is the app's. */
export function fuzzRoutes(appPort: number): string {
  const to = `to: ["http://127.0.0.1:${appPort}"]
    allow_plaintext_upstream: true
    pass_identity_headers: true`;
  return `  - name: open
    from: https://open.localhost:TLS_PORT
    ${to}
    public: true
  - name: private
    from: https://private.localhost:TLS_PORT
    ${to}
    allow: [{ id: everyone, domains: [corp.example] }]
  - name: sockets
    from: https://sockets.localhost:TLS_PORT
    ${to}
    allow_websockets: true
    allow: [{ id: everyone, domains: [corp.example] }]
`;
}

/** Names for the certificate. */
export const fuzzHostNames = ['open', 'private', 'sockets'] as const;

export function dial(port: number): Promise<FuzzConnection> {
  return new Promise((resolve, reject) => {
    const wire = connectPlain({ host: '127.0.0.1', port }, () => resolve({ socket: wire, wire }));
    wire.once('error', reject);
  });
}

export async function dialTls(port: number, ca: Buffer): Promise<FuzzConnection> {
  const { wire } = await dial(port);
  return new Promise((resolve, reject) => {
    const socket = connectTls({ socket: wire, servername: 'open.localhost', ca }, () => resolve({ socket, wire }));
    socket.once('error', reject);
  });
}

export function cookieLineOf(browser: HttpBrowser, host: string): string {
  return `Cookie: ${[...browser.cookiesOf(`${host}.localhost`)].map(([name, value]) => `${name}=${value}`).join('; ')}`;
}

/** Signs a person in at both private hosts. */
export async function signInForFuzz(world: World, person: string): Promise<HttpBrowser> {
  const browser = world.browser();
  for (const host of ['private', 'sockets']) {
    const page = await world.signIn(browser, world.url(host, '/plain/start'), person);
    if (page.status !== 200) throw new Error(`${person} could not sign in at ${host}: ${page.status}\n${page.body}`);
  }
  return browser;
}

/** The listener that leads from http to https. */
export function redirectListener(port: number): FuzzTarget {
  const hosts = [{ host: `private.localhost:${port}` }, { host: `nowhere.localhost:${port}` }] as const;
  return {
    name: 'redirect listener',
    hosts: { hasApp: false, served: hosts, refused: hosts, sockets: hosts[0] },
    open: () => dial(port),
  };
}

/** The admin listener, asked for its metrics and for these paths. */
export function adminListener(port: number, paths: readonly string[]): FuzzTarget {
  const host = `127.0.0.1:${port}`;
  const first = { host, path: '/metrics' };
  const all = [first, ...paths.map((path) => ({ host, path }))] as const;
  return {
    name: 'admin listener',
    hosts: { hasApp: false, served: all, refused: all, sockets: first },
    open: () => dial(port),
  };
}

/** The public, the redirecting and the admin listener of a world. */
export function listenersOf(
  world: World,
  people: { readonly steady: HttpBrowser; readonly loose: HttpBrowser },
  redirectPort: number,
): readonly [FuzzTarget, ...FuzzTarget[]] {
  const ca = readFileSync(world.certificates.ca);
  const tlsPort = world.addresses.tlsPort ?? 0;
  const at = (name: string, port: number) => `${name}.localhost:${port}`;
  const hostsAt = (port: number) => ({
    hasApp: true,
    served: [
      { host: at('open', port) },
      {
        host: at('private', port),
        get cookie() {
          return cookieLineOf(people.steady, 'private');
        },
        get looseCookie() {
          return cookieLineOf(people.loose, 'private');
        },
      },
    ] as const,
    refused: [{ host: at('private', port) }, { host: at('nowhere', port) }, { host: at('auth', port) }] as const,
    sockets: {
      host: at('sockets', port),
      get cookie() {
        return cookieLineOf(people.steady, 'sockets');
      },
    },
  });
  const listeners: [FuzzTarget, ...FuzzTarget[]] = [
    { name: 'public listener', hosts: hostsAt(tlsPort), open: () => dialTls(tlsPort, ca) },
    redirectListener(redirectPort),
    adminListener(world.addresses.adminPort ?? 0, ['/livez', '/api/v1/status', '/api/v1/sessions', '/']),
  ];
  const { plainPort } = world.addresses;
  if (plainPort !== undefined) {
    listeners.push({ name: 'plain listener', hosts: hostsAt(plainPort), open: () => dial(plainPort) });
  }
  return listeners;
}

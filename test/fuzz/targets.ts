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
  const adminHost = `127.0.0.1:${world.addresses.adminPort}`;
  const admin = ['/metrics', '/livez', '/api/v1/status', '/api/v1/sessions', '/'].map((path) => ({
    host: adminHost,
    path,
  }));
  const redirected = [{ host: at('private', redirectPort) }, { host: at('nowhere', redirectPort) }] as const;
  const [firstAdmin = { host: adminHost }, ...otherAdmin] = admin;
  const listeners: [FuzzTarget, ...FuzzTarget[]] = [
    { name: 'public listener', hosts: hostsAt(tlsPort), open: () => dialTls(tlsPort, ca) },
    {
      name: 'redirect listener',
      hosts: { hasApp: false, served: redirected, refused: redirected, sockets: redirected[0] },
      open: () => dial(redirectPort),
    },
    {
      name: 'admin listener',
      hosts: {
        hasApp: false,
        served: [firstAdmin, ...otherAdmin],
        refused: [firstAdmin, ...otherAdmin],
        sockets: firstAdmin,
      },
      open: () => dial(world.addresses.adminPort ?? 0),
    },
  ];
  const { plainPort } = world.addresses;
  if (plainPort !== undefined) {
    listeners.push({ name: 'plain listener', hosts: hostsAt(plainPort), open: () => dial(plainPort) });
  }
  return listeners;
}

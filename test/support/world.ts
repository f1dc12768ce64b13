import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  type DevelopmentCertificates,
  makeDevelopmentCertificates,
} from '../../deploy/demo/development-certificates.ts';
import type { Addresses } from '../../src/compose/lifecycle.ts';
import { type ComposeOptions, composePostern, type Program } from '../../src/compose.ts';
import { loadConfiguration } from '../../src/config/load-configuration.ts';
import { loadRecorded } from '../../src/config/reload/recorded-load.ts';
import { renderProblems } from '../../src/config/render-problems.ts';
import { listFolder, readBoundedFile } from '../../src/config/source/read-bounded-file.ts';
import { type Answer, createHttpBrowser, type HttpBrowser } from './http-browser.ts';
import { otpCode, type ProviderPerson, startProvider, type TestProvider } from './oidc-provider.ts';
import type { ShiftedClock } from './shifted-clock.ts';

/** The whole product over real sockets: provider, app, Postern with TLS, plain HTTP and the admin listener. */
export interface World {
  readonly provider: TestProvider;
  readonly app: TestApp;
  readonly folder: string;
  /** The configuration, and the text that it began with. */
  readonly file: string;
  readonly text: string;
  readonly certificates: DevelopmentCertificates;
  readonly addresses: Addresses;
  readonly program: Program;
  readonly adminToken: string;
  readonly log: string[];
  /** `https://wiki.localhost:PORT` */
  url(host: string, path?: string): string;
  plainUrl(host: string, path?: string): string;
  adminUrl(path: string): string;
  browser(device?: string): HttpBrowser;
  /** Opens a URL and signs the person in on the way, where a sign-in is asked for. */
  signIn(browser: HttpBrowser, url: string, person: string, factors?: 'all' | 'password'): Promise<Answer>;
  /** Calls the admin API. */
  admin(path: string, options?: { method?: string; body?: unknown; token?: string }): Promise<Answer>;
  /** Ends the program and starts another one on the same files and ports. */
  restart(): Promise<void>;
  /** A second program on the same state and audit folder, unless `edit` changes that; answers the port at which it is dialled. */
  startSecond(edit?: (yaml: string) => string): Promise<SecondProgram>;
  close(): Promise<void>;
}

export interface SecondProgram {
  readonly tlsPort: number;
  readonly program: Program;
}

export interface WorldOptions {
  readonly people?: readonly ProviderPerson[];
  /** The time of Postern alone. */
  readonly now?: () => number;
  /** The time of all, set forward by the test; restored when the world is closed. */
  readonly clock?: ShiftedClock;
  /** YAML of further routes, indented by two spaces; `APP`, `CA_FILE` and `TLS_PORT` stand for what they say. */
  readonly routes?: string;
  /** Further names under localhost for the certificate. */
  readonly hosts?: readonly string[];
  /** YAML of further top-level keys. */
  readonly extra?: string;
  readonly session?: string;
  /** Whether the provider gives refresh tokens. Default: false. */
  readonly givesRefreshTokens?: boolean;
  /** YAML of further keys of `server`, indented by two spaces. */
  readonly server?: string;
  readonly auditOnFailure?: 'allow' | 'deny';
  /** Replaces the resolver of upstreams' names. */
  readonly upstreams?: ComposeOptions['upstreams'];
  /** Changes the configuration's text before it is read. */
  readonly edit?: (yaml: string, files: DevelopmentCertificates) => string | Promise<string>;
  /** Reloads when files change, as in service. Default: only when asked to. */
  readonly watchesFiles?: boolean;
  /** How long files that would open something must not change. Default: as in service. */
  readonly quietMs?: number;
  /** Starts the program elsewhere, such as in a process of its own; the provider is then served over TLS, as in service. */
  readonly startOutside?: (ground: OutsideGround) => Promise<Addresses>;
}

/** What a program outside needs. */
export interface OutsideGround {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

export const people: readonly ProviderPerson[] = [
  { id: 'ada', email: 'ada@corp.example', name: 'Ada Okafor', groups: ['engineering', 'finance', 'operations'] },
  { id: 'lin', email: 'lin@corp.example', name: 'Lin Castellanos', groups: ['engineering'] },
  { id: 'kim', email: 'kim@vendor.example', name: 'Kim Doe', groups: ['contractors'] },
];

export const deviceNames = ['ada-laptop', 'lin-laptop'] as const;

/** The secret of its `state.key`, for whoever opens the file beside it. */
export const stateKey = 'a-state-key-of-more-than-thirty-two-characters';

const hosts = ['wiki', 'dashboard', 'payroll', 'console', 'public', 'auth', 'other'] as const;

/** A request as the app saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export interface TestApp {
  readonly port: number;
  readonly seen: SeenRequest[];
  /** Replaces the answer; `undefined` goes back to the echo. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly sockets: Set<WebSocket>;
  /** Hears of each upgrade as the app gets it. */
  onUpgrade: ((request: IncomingMessage) => void) | undefined;
  close(): Promise<void>;
}

/** A port that nobody listens on, below those that the system gives out: one of them may be taken before it is used. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    const probe = createTcpServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}

async function startApp(certificates: DevelopmentCertificates): Promise<TestApp> {
  const files = certificates.apps['app'];
  if (files === undefined) throw new Error('The app has no certificate.');
  const server: Server = createServer({ cert: readFileSync(files.certificate), key: readFileSync(files.key) });
  const app: TestApp = {
    port: 0,
    seen: [],
    answer: undefined,
    sockets: new Set(),
    onUpgrade: undefined,
    close: () =>
      new Promise((resolve) => {
        for (const socket of app.sockets) socket.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (app.answer !== undefined) return app.answer(request, response);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers, rawHeaders } = request;
      app.seen.push({ method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString() });
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ app: 'echo', method, url, headers, body: Buffer.concat(chunks).toString() }));
    });
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => {
    app.onUpgrade?.(request);
    app.sockets.add(socket);
    socket.on('close', () => app.sockets.delete(socket));
    socket.on('message', (data) => socket.send(`echo ${String(data)}`));
    socket.send('hello');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(app, { port: (server.address() as AddressInfo).port });
}

function yaml(
  parts: { tls: number; provider: TestProvider; app: TestApp; certificates: DevelopmentCertificates },
  options: WorldOptions,
): string {
  const { tls, provider, app, certificates } = parts;
  const to = `https://127.0.0.1:${app.port}`;
  const upstream = `to: ["${to}"]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: ${certificates.internalCa}
    pass_identity_headers: true
    identity: { groups: all }`;
  return `version: 1
server:
  listeners: [{ address: "127.0.0.1:${tls}" }]
  auth_host: auth.localhost
  tls:
    certificate: ${certificates.server.certificate}
    key: ${certificates.server.key}
    client_ca: ${certificates.deviceCa}
${options.server ?? ''}
admin: { listen: "127.0.0.1:0", token: "\${env:ADMIN_TOKEN}" }
state: { store: sqlite, path: state.db, key: "\${env:STATE_KEY}" }
${(options.extra ?? '').includes('break_glass:') ? '' : 'break_glass: [root-1@corp.example]'}
session: ${options.session ?? '{ expiration: 12h, inactivity: 30m }'}
identity_providers:
  - id: corp
    title: Corp account
    issuer: ${provider.issuer}
    client_id: ${provider.clientId}
    client_secret: "\${env:CLIENT_SECRET}"
    scopes: [openid, profile, email, groups]
    factors: { password: { amr: [[pwd]] }, otp: { acr: [mfa], amr: [[pwd, otp]] } }
postures:
  encrypted:
    require: [disk_encrypted]
    max_age: 24h
    help: { disk_encrypted: "https://help.corp.example/encrypt" }
routes:
  - name: wiki
    title: Wiki
    from: https://wiki.localhost:${tls}
    ${upstream}
    allow: [{ id: everyone, domains: [corp.example] }]
  - name: dashboard
    title: Dashboard
    from: https://dashboard.localhost:${tls}
    ${upstream}
    allow_websockets: true
    allow: [{ id: engineering, groups: [engineering] }]
  - name: payroll
    title: Payroll
    owner: payroll-owners@corp.example
    from: https://payroll.localhost:${tls}
    ${upstream}
    allow: [{ id: finance, groups: [finance], auth: { methods: [otp], max_age: 15m } }]
  - name: console
    title: Console
    from: https://console.localhost:${tls}
    ${upstream}
    allow: [{ id: operations, groups: [operations], device: encrypted }]
  - name: public
    title: Public
    from: https://public.localhost:${tls}
    ${upstream}
    public: true
${(options.routes ?? '').replaceAll('APP', to).replaceAll('CA_FILE', certificates.internalCa).replaceAll('TLS_PORT', String(tls)).replaceAll('PORT', String(tls))}
audit: { path: audit, on_failure: ${options.auditOnFailure ?? 'allow'} }
${options.extra ?? ''}
`;
}

/** Starts everything on free ports of this machine. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-world-'));
  const certificates = await makeDevelopmentCertificates(join(folder, 'certificates'), {
    hosts: ['localhost', ...[...hosts, ...(options.hosts ?? [])].map((name) => `${name}.localhost`)],
    apps: ['app'],
    devices: deviceNames,
  });
  const [tls, plain] = [await freePort(), await freePort()];
  const origins = [`https://auth.localhost:${tls}`, `http://auth.localhost:${plain}`];
  const provider = await startProvider({
    people: options.people ?? people,
    givesRefreshTokens: options.givesRefreshTokens ?? false,
    redirectUris: () => origins.map((origin) => `${origin}/.postern/callback`),
    postLogoutRedirectUris: () => origins.map((origin) => `${origin}/.postern/signed-out`),
    ...(options.startOutside === undefined
      ? {}
      : { tls: { cert: readFileSync(certificates.server.certificate), key: readFileSync(certificates.server.key) } }),
  });
  const app = await startApp(certificates);
  const adminToken = 'an-admin-token-of-forty-characters-or-so';
  const plainText = yaml({ tls, provider, app, certificates }, options);
  const text = options.edit === undefined ? plainText : await options.edit(plainText, certificates);
  const env = {
    ADMIN_TOKEN: adminToken,
    STATE_KEY: stateKey,
    CLIENT_SECRET: provider.clientSecret,
  };
  const log: string[] = [];
  const write = (fields: object, message: string) =>
    void log.push(`${message} ${JSON.stringify(fields)} ${String((fields as { err?: Error }).err?.stack ?? '')}`);
  const file = join(folder, 'postern.yaml');
  const now = options.clock?.now ?? options.now;
  const compose = async (yamlText: string, plainHttp: { host: string; port: number } | undefined) => {
    writeFileSync(file, yamlText);
    const ports = { readFile: readBoundedFile, listFolder, env, now: Date.now };
    const first = await loadRecorded({ file, ports, loadFile: loadConfiguration }, { kind: 'file' });
    const { result } = first;
    if (result.outcome === 'refused') throw new Error(renderProblems(result.problems, { color: false }));
    return composePostern({
      configuration: result.snapshot,
      reload: {
        first,
        readFile: readBoundedFile,
        listFolder,
        load: (source) => loadRecorded({ file, ports, loadFile: loadConfiguration }, source),
        loadOther: (other) => loadConfiguration(other, ports),
        watchesFiles: options.watchesFiles ?? false,
        quietMs: options.quietMs,
      },
      plainHttp,
      isDevelopment: true,
      version: 'test',
      log: { info: write, warn: write, error: write },
      drainTimes: { idleGraceMs: 0, requestGraceMs: 500, streamGraceMs: 500, lingerMs: 100 },
      ...(now === undefined ? {} : { now }),
      ...(options.upstreams === undefined ? {} : { upstreams: options.upstreams }),
    });
  };
  const plainHttp = { host: '127.0.0.1', port: plain };
  let program: Program | undefined;
  let addresses: Addresses;
  if (options.startOutside === undefined) {
    program = await compose(text, plainHttp);
    addresses = await program.start();
  } else {
    writeFileSync(file, text);
    addresses = await options.startOutside({ file, env: { ...env, NODE_EXTRA_CA_CERTS: certificates.ca }, folder });
  }
  const inside = () => {
    if (program === undefined) throw new Error('The program runs outside.');
    return program;
  };
  const others: Program[] = [];
  const ca = readFileSync(certificates.ca, 'utf8');

  const world: World = {
    provider,
    app,
    folder,
    certificates,
    file,
    text,
    get addresses() {
      return addresses;
    },
    get program() {
      return inside();
    },
    adminToken,
    log,
    url: (host, path = '/') => `https://${host}.localhost:${tls}${path}`,
    plainUrl: (host, path = '/') => `http://${host}.localhost:${plain}${path}`,
    adminUrl: (path) => `http://127.0.0.1:${addresses.adminPort}${path}`,
    browser(device) {
      const files = device === undefined ? undefined : certificates.devices[device];
      if (device !== undefined && files === undefined) throw new Error(`There is no device ${device}.`);
      return createHttpBrowser(
        files === undefined
          ? { ca }
          : { ca, cert: readFileSync(files.certificate, 'utf8'), key: readFileSync(files.key, 'utf8') },
      );
    },
    async signIn(browser, url, person, factors = 'all') {
      let page = await browser.open(url);
      for (let forms = 0; page.url.startsWith(provider.issuer) && forms < 3; forms++) {
        page = await browser.submit(page, {
          login: person,
          ...(factors === 'all' && page.body.includes('name="code"') ? { code: otpCode } : {}),
        });
      }
      return page;
    },
    admin(path, call = {}) {
      return createHttpBrowser().send(world.adminUrl(path), {
        method: call.method ?? 'GET',
        headers: {
          authorization: `Bearer ${call.token ?? adminToken}`,
          'content-type': 'application/json',
          accept: 'application/json',
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      });
    },
    async restart() {
      await inside().close();
      program = await compose(text, plainHttp);
      addresses = await program.start();
    },
    async startSecond(edit = (yamlText) => yamlText) {
      const tlsPort = await freePort();
      const here = `listeners: [{ address: "127.0.0.1:${tls}" }]`;
      const there = `listeners: [{ address: "127.0.0.1:${tlsPort}", public_port: ${tls} }]`;
      const second = await compose(edit(text.replace(here, there)), undefined);
      others.push(second);
      await second.start();
      return { tlsPort, program: second };
    },
    async close() {
      await Promise.all([program, ...others].map((one) => one?.close()));
      await Promise.all([app.close(), provider.close()]);
      rmSync(folder, { recursive: true, force: true });
      options.clock?.restore();
    },
  };
  return world;
}

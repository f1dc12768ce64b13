import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Route } from '../../src/config/route.ts';
import type { IdentityProvider, Posture, Snapshot } from '../../src/config/snapshot.ts';
import { createDecisionIdGenerator } from '../../src/decision/decision-id.ts';
import { Fault } from '../../src/decision/fault.ts';
import type { ConnectionDevice, Devices } from '../../src/devices/device.ts';
import { createIdentityApp } from '../../src/identity/identity-app.ts';
import type { IdentityDeps } from '../../src/identity/identity-deps.ts';
import { createLocks } from '../../src/locks/create-locks.ts';
import type { Page, PageContext } from '../../src/pages/page.ts';
import type { EndCause, ReturnTarget, Session, Sessions } from '../../src/sessions/session.ts';
import { createSessions } from '../../src/sessions/session-registry.ts';
import { createSingleSignOnStore } from '../../src/sessions/single-sign-on-store.ts';
import { hashSecret } from '../../src/state/secret.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { type BrowserAnswer, createBrowser, type TestBrowser } from './identity-browser.ts';
import {
  createInMemoryAudit,
  createPlainPages,
  createRecordedMetrics,
  createScriptedJudge,
} from './in-memory-parts.ts';
import { settings as riskSettings } from './judgement-risk.ts';
import { otpCode, startProvider } from './oidc-provider.ts';
import { createStateFolder } from './state-folder.ts';
import { testLimits } from './test-limits.ts';

export const people = [
  { id: 'ada', email: 'ada@corp.example', name: 'Ada', groups: ['finance'] },
  { id: 'bob', email: 'bob@corp.example', name: 'Bob', groups: ['engineering'] },
];

const wiki = { origin: 'https://wiki.corp.example', host: 'wiki.corp.example' };
/** What the app's host has planted in the browser, and shows when it redeems a ticket. */
export const attemptSecret = 'A'.repeat(43);
export const askedPath = '/pages/1?q=a%20b&x=//evil';
export type Stage = Awaited<ReturnType<typeof openStage>>;

/** The sign-in host on a real socket, a real provider beside it, and switches for everything else. */
export async function openStage(
  options: {
    readonly supportsClaimsParameter?: boolean;
    readonly sendsAuthTime?: boolean;
    readonly limits?: IdentityDeps['limits'];
  } = {},
) {
  let handle: (request: IncomingMessage, response: Parameters<ReturnType<typeof createIdentityApp>>[1]) => void = () =>
    undefined;
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const authOrigin = `http://auth.localhost:${(server.address() as AddressInfo).port}`;
  const provider = await startProvider({
    people: people.map((person) => ({ ...person })),
    // With several providers each has a path of its own; the shared one is left from before.
    redirectUris: () => ['', '/corp', '/partner'].map((path) => `${authOrigin}/.postern/callback${path}`),
    postLogoutRedirectUris: () => [`${authOrigin}/.postern/signed-out`],
    supportsClaimsParameter: options.supportsClaimsParameter ?? true,
    sendsAuthTime: options.sendsAuthTime ?? true,
  });

  const clock = { offsetMs: 0 };
  const now = () => Date.now() + clock.offsetMs;
  const folder = createStateFolder(now);
  const outage: Outage = { isAway: false, answersAfter: undefined, failingReads: 0 };
  const store = withOutage(await folder.open(), outage);
  const settings = { expirationMs: 43_200_000, inactivityMs: 1_800_000 };
  const ended: EndCause[] = [];
  const registry = createSessions({
    store,
    settings: () => settings,
    now,
    randomBytes,
    every: () => () => undefined,
    onEnded: (_session, cause) => void ended.push(cause),
  });
  const tickets = new Map<string, { readonly session: Session; readonly target: ReturnTarget }>();
  const sessions: Sessions = {
    ...registry,
    async mintTicket(session, target) {
      const ticket = await registry.mintTicket(session, target);
      tickets.set(ticket, { session, target });
      return ticket;
    },
  };
  const judge = createScriptedJudge();
  const audit = createInMemoryAudit();
  const { metrics, calls: metricCalls } = createRecordedMetrics();
  const logLines: string[] = [];
  const log = (facts: object, message: string) => void logLines.push(JSON.stringify({ ...facts, message }));
  const switches: {
    device: ConnectionDevice | undefined;
    origin: string | undefined;
    /** Where certificates of devices are asked for. */
    certificateOrigin: string | undefined;
    providers: readonly IdentityProvider[];
    routes: readonly Route[];
    postures: readonly Posture[];
    /** A posture whose facts cannot be read. */
    brokenPosture: string | undefined;
    address: string;
  } = {
    device: undefined,
    origin: undefined,
    certificateOrigin: undefined,
    providers: [providerSettings('corp', provider)],
    routes: [routeSettings('wiki', wiki.host, '/')],
    postures: [],
    brokenPosture: undefined,
    address: '192.0.2.7',
  };
  const singleSignOnStore = createSingleSignOnStore({
    store,
    now,
    maxAgeMs: () => settings.expirationMs,
    randomBytes,
  });
  const deviceReports: string[] = [];
  const locks = createLocks({ store, now });
  const looks = new Set<() => void>();
  const deps: IdentityDeps = {
    later(_ms, work) {
      looks.add(work);
      return () => void looks.delete(work);
    },
    snapshot: () => snapshotOf(switches.providers, switches.routes, switches.postures),
    snapshotOf: () => snapshotOf(switches.providers, switches.routes, switches.postures),
    sessions,
    judge,
    locks,
    devices: scriptedDevices(deviceReports, () => switches.brokenPosture),
    connectionDevice: () => switches.device,
    addressOf: () => switches.address,
    pages: createPlainPages(),
    audit,
    metrics,
    nextDecisionId: createDecisionIdGenerator(Math.random),
    now,
    randomBytes,
    store,
    singleSignOnStore,
    secret: 'a sign-in secret that is only for tests',
    formerSecrets: [],
    originOf: () => switches.origin ?? authOrigin,
    originFor: (host) => `https://${host}`,
    certificateOriginOf: () => switches.certificateOrigin,
    isDevelopment: true,
    log: { info: log, warn: log, error: log },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  };
  const app = createIdentityApp(deps);
  handle = app;

  /** Goes to the provider's page of an authorization URL and answers it there; ends at the sign-in host or an app. */
  async function answerProvider(browser: TestBrowser, url: string, form: Readonly<Record<string, string>>) {
    const page = await browser.follow(url, [provider.issuer]);
    if (page.headers.location !== undefined) return page.headers.location;
    if (page.status !== 200) throw new Error(`The provider refuses: ${page.status} ${page.url} ${page.body}`);
    const posted = await browser.follow(page.url, [provider.issuer], {
      method: 'POST',
      body: new URLSearchParams(form).toString(),
    });
    if (posted.headers.location === undefined) throw new Error(`No redirect: ${posted.status} ${posted.body}`);
    return posted.headers.location;
  }

  return {
    app,
    authOrigin,
    provider,
    clock,
    now,
    store,
    outage,
    sessions,
    tickets,
    ended,
    judge,
    locks,
    audit,
    metricCalls,
    logLines,
    switches,
    singleSignOnStore,
    deviceReports,
    deps,
    answerProvider,
    async returnTarget(path = askedPath, host = wiki.host): Promise<string> {
      return sessions.saveReturnTarget({
        host,
        origin: `https://${host}`,
        path,
        attemptHash: hashSecret(attemptSecret),
      });
    },
    async live(): Promise<readonly Session[]> {
      return (await sessions.page({ limit: 1_000 })).sessions;
    },
    /** Begins a sign-in and answers the URL of the provider. */
    async begin(browser: TestBrowser, path = '/.postern/login'): Promise<string> {
      const answer = await passStepUp(browser, await browser.go(authOrigin + path));
      if (answer.headers.location === undefined) throw new Error(`No redirect: ${answer.status} ${answer.body}`);
      return answer.headers.location;
    },
    /** Signs in from start to end; the answer is the callback's. */
    async signIn(browser: TestBrowser, login = 'ada', returnTargetId?: string, code?: string): Promise<BrowserAnswer> {
      const path = returnTargetId === undefined ? '/.postern/login' : `/.postern/login?rt=${returnTargetId}`;
      const url = await this.begin(browser, path);
      const callback = await answerProvider(browser, url, code === undefined ? { login } : { login, code });
      return browser.go(callback);
    },
    /** Does the looks at providers that are planned, until one has turned: `providerSeen corp false`. */
    async lookUntil(seen: string): Promise<void> {
      const before = metricCalls.length;
      while (!metricCalls.slice(before).includes(seen)) {
        const due = [...looks];
        looks.clear();
        for (const look of due) look();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    newBrowser: () => createBrowser(),
    async close() {
      app.close();
      outage.isAway = false;
      await registry.close();
      await provider.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await folder.dispose();
    },
  };
}

/** Presses Continue where the answer is the page of a step-up; any other answer stays as it is. */
export async function passStepUp(browser: TestBrowser, answer: BrowserAnswer): Promise<BrowserAnswer> {
  if (answer.status !== 200 || !answer.body.startsWith('{')) return answer;
  const { page } = pageOf(answer);
  return page.kind === 'step_up' ? browser.go(new URL(page.continueUrl, answer.url).href) : answer;
}

interface Outage {
  isAway: boolean;
  /** A slow disk: what was asked for is done, and whoever asked waits for this before it learns of it. */
  answersAfter: ((operation: string, kind: unknown) => Promise<void>) | undefined;
  /** How many of the next reads fail. */
  failingReads: number;
}

/** The real store, with a switch that takes it away. */
function withOutage(store: StateStore, outage: Outage): StateStore {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || name === 'close' || name === 'onChange') return value;
      return (...values: unknown[]) => {
        const isFailing = outage.isAway || ((name === 'read' || name === 'readAll') && outage.failingReads-- > 0);
        if (!isFailing) {
          const answer: unknown = Reflect.apply(value, target, values);
          const { answersAfter } = outage;
          if (answersAfter === undefined || name === 'freshen') return answer;
          return Promise.resolve(answer).then(async (result) => {
            await answersAfter(String(name), values[0]);
            return result;
          });
        }
        const fault = new Fault('state_unavailable', 'The store of the test is away.');
        if (name === 'freshen') throw fault;
        return Promise.reject(fault);
      };
    },
  });
}

export { otpCode };

/** The page and the context behind an answer. */
export function pageOf(answer: BrowserAnswer): { readonly page: Page; readonly context: PageContext } {
  return JSON.parse(answer.body);
}

/** The ticket of a redirect to an app. */
export function ticketOf(answer: BrowserAnswer): string {
  const match = /^https:\/\/wiki\.corp\.example\/\.postern\/accept\?ticket=([\w-]+)$/.exec(
    answer.headers.location ?? '',
  );
  if (match?.[1] === undefined)
    throw new Error(`No ticket: ${answer.status} ${answer.headers.location} ${answer.body}`);
  return match[1];
}

export function providerSettings(
  id: string,
  provider: { readonly issuer: string; readonly clientId: string; readonly clientSecret: string },
): IdentityProvider {
  return {
    id,
    title: `${id} account`,
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientSecret: provider.clientSecret,
    scopes: ['openid', 'profile', 'email', 'groups'],
    claims: { subject: 'sub', email: 'email', name: 'name', groups: 'groups' },
    trustEmail: false,
    factors: { password: { acr: [], amr: [['pwd']] }, otp: { acr: ['mfa'], amr: [['otp']] } },
  };
}

export function routeSettings(name: string, host: string, path: string): Route {
  const policy = { route: name, isPublic: false, grants: [], denials: [], postures: [], stepUpMethods: [] };
  const riskResponse = { mediumFrom: 40, highFrom: 70, medium: 'step_up', high: 'end_session' } as const;
  return {
    index: 0,
    name,
    title: `The ${name}`,
    description: undefined,
    at: { file: 'test.yaml', line: 1, column: 1 },
    origin: `https://${host}`,
    host,
    match: { kind: 'prefix', path },
    target: { kind: 'next' },
    owner: 'owner@corp.example',
    disclose: 'kind',
    apiPaths: [],
    policy: { ...policy, riskResponse },
    identity: {
      groups: 'all',
      claims: [],
      headers: [],
      assertion: { lifetimeMs: 60_000, algorithm: 'ES256' },
      limitBytes: 7168,
    },
    setRequestHeaders: [],
    removeRequestHeaders: new Set(),
    keptSlashes: new Set(),
    allowWebsockets: false,
    websocketDeny: 'http',
    corsOrigins: new Set(),
    isReadableByAll: false,
  };
}

function snapshotOf(
  providers: readonly IdentityProvider[],
  routes: readonly Route[],
  postures: readonly Posture[],
): Snapshot {
  return {
    hash: 'a'.repeat(64),
    file: 'test.yaml',
    server: {
      listeners: [],
      redirectHttp: undefined,
      authHost: 'auth.localhost',
      tls: undefined,
      trustedProxies: { names: [], contains: () => false },
      limits: testLimits,
    },
    admin: undefined,
    state: { store: 'sqlite', path: '/nowhere', key: 'a state key that is only for tests' },
    session: { expirationMs: 43_200_000, inactivityMs: 1_800_000, recheckMs: 60_000 },
    providers: new Map(providers.map((provider) => [provider.id, provider])),
    breakGlass: new Set(),
    postures: new Map(postures.map((posture) => [posture.name, posture])),
    risk: riskSettings,
    routes,
    routeTable: {
      hasHost: (host) => routes.some((route) => route.host === host),
      find: (host) => routes.find((route) => route.host === host),
    },
    audit: { path: '/nowhere', onFailure: 'allow', retainMs: 1, rotateBytes: 1, facts: 'once' },
  };
}

function scriptedDevices(reports: string[], brokenPosture: () => string | undefined): Devices {
  return {
    identify: () => undefined,
    judgePosture: (_id, posture) =>
      posture.name === brokenPosture()
        ? Promise.reject(new Fault('state_unavailable', 'The facts of the test are away.'))
        : { posture: posture.name, result: 'pass', checks: [] },
    firstWarnings: {
      of: () => ({ atMs: 'never' as const }),
      begin: (_person, _posture, nowMs) => Promise.resolve(nowMs),
    },
    issueNonce: async () => 'a-nonce',
    async acceptReport(jws, device) {
      reports.push(jws);
      return jws.startsWith('good')
        ? { outcome: 'accepted', deviceId: device.deviceId, facts: 2 }
        : { outcome: 'refused', why: 'bad signature' };
    },
    setFacts: async () => ({}),
    applyListing: async () => ({ changed: 0, gone: 0, refused: 0 }),
    list: async () => [],
    statementsOf: async () => new Map(),
    factsOf: async () => ({}),
    close: async () => undefined,
  };
}

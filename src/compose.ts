import { randomBytes } from 'node:crypto';
import { createJudge } from './access/create-judge.ts';
import { createAdminApp } from './admin/create-admin-app.ts';
import type { ActivityEvent } from './audit/audit-event.ts';
import { createAuditTrail } from './audit/audit-trail.ts';
import type { ListenAddress, Snapshot } from './config/snapshot.ts';
import { createDecisionIdGenerator } from './decision/decision-id.ts';
import { createDevices } from './devices/create-devices.ts';
import { originOn } from './gateway/arrival.ts';
import { createArrivalDirectory } from './gateway/arrival-directory.ts';
import { createAssertionKeys } from './gateway/assertion/assertion-keys.ts';
import { createAssertionSigner } from './gateway/assertion/assertion-signer.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import type { GatewayParts } from './gateway/gateway-parts.ts';
import { recordEnd } from './gateway/record.ts';
import type { Received } from './gateway/stages.ts';
import { createLimiter } from './http/limit-attempts.ts';
import { createIdentityApp } from './identity/identity-app.ts';
import { createMetrics } from './metrics/create-metrics.ts';
import { createPageRenderer } from './pages/create-page-renderer.tsx';
import { createRisk } from './risk/create-risk.ts';
import { readCertificateEnds } from './server/certificate-ends.ts';
import { defaultDrainTimes, drain } from './server/drain.ts';
import type { Listener } from './server/listener.ts';
import { openListener } from './server/listener.ts';
import { openAllListeners } from './server/open-all-listeners.ts';
import { createOwnPorts } from './server/own-ports.ts';
import { createPeerCertificateReader } from './server/peer-certificate.ts';
import { assertPlainHttpIsLocal } from './server/plain-http-guard.ts';
import { createRandomFraction } from './server/random-fraction.ts';
import { createRunningRequests } from './server/running-requests.ts';
import { isOwnSetCookie } from './sessions/host-credential.ts';
import type { Session } from './sessions/session.ts';
import { createSessions } from './sessions/session-registry.ts';
import { createSingleSignOnStore } from './sessions/single-sign-on-store.ts';
import { createSqliteStore } from './state/sqlite-store.ts';
import { createStreamRegistry } from './streams/open-streams.ts';
import { watchSessions } from './streams/watch-sessions.ts';
import type { DialGuardPorts } from './upstream/dial-guard.ts';
import { createForwarder } from './upstream/forwarder.ts';
import { createTunnelOpener } from './upstream/tunnel.ts';
import { createUpstreamPools } from './upstream/upstream-pools.ts';

/** What a program is made from. */
export interface ComposeOptions {
  readonly configuration: Snapshot;
  /** Plain HTTP beside TLS, for trying things out on one computer (SECURITY.md 22): loopback only, hosts under localhost. */
  readonly plainHttp?: ListenAddress | undefined;
  /** A line on every page says so, and a provider at `http://` on loopback is accepted. Never in service. */
  readonly isDevelopment?: boolean | undefined;
  /** True in somebody else's server: only the admin listener is opened here. */
  readonly isMiddleware?: boolean | undefined;
  readonly log: GatewayParts['log'];
  /** Of Postern, for the metric that tells it. */
  readonly version: string;
  /** Milliseconds since 1970; default: the system's clock. */
  readonly now?: (() => number) | undefined;
  /** How upstreams' names are looked up, and which addresses are this machine's; default: the system's. */
  readonly upstreams?: Partial<Pick<DialGuardPorts, 'lookup' | 'localAddresses'>> | undefined;
  /** How long a drain may take; default 15 s for requests and 5 s for streams. */
  readonly drainTimes?: typeof defaultDrainTimes | undefined;
}

/** Where a started program listens. */
export interface Addresses {
  /** The port of the first TLS listener, as people type it; `undefined` for a middleware. */
  readonly tlsPort: number | undefined;
  readonly plainPort: number | undefined;
  readonly adminPort: number | undefined;
}

/** A program, built and not yet listening. */
export interface Program {
  readonly gateway: Gateway;
  /** Binds every listener. Rejects with `Fault('config_invalid')` when a port is taken; everything is closed again then. */
  start(): Promise<Addresses>;
  /** Drains and ends: stop accepting, finish requests, close streams, flush the audit trail, close the state. Further calls wait for the first. */
  close(): Promise<void>;
}

const configDigits = 12;
/** Of one address, at apps: an office behind one address comes in the morning; each leaves a record for ten minutes. */
const signInsPerMinute = 1_200;

/** Builds the program from its parts: the one place that knows them all. Rejects when the state or the audit folder cannot be opened. */
export async function composePostern(options: ComposeOptions): Promise<Program> {
  const { configuration, plainHttp, log } = options;
  const isDevelopment = options.isDevelopment ?? false;
  const now = options.now ?? Date.now;
  const monotonicMs = () => performance.now();
  const snapshot = () => configuration;
  if (plainHttp !== undefined) assertPlainHttpIsLocal(plainHttp.host, configuration);

  const metrics = createMetrics({
    routes: configuration.routes,
    providers: [...configuration.providers.keys()],
    postureChecks: checksOf(configuration),
    now,
    build: { version: options.version, nodeVersion: process.version },
    hasProcessMetrics: configuration.admin !== undefined,
  });
  const store = await createSqliteStore({
    path: configuration.state.path,
    key: configuration.state.key,
    now,
    randomBytes,
  });
  const audit = await createAuditTrail({
    settings: configuration.audit,
    stateStore: store,
    now,
    randomBytes,
    metrics,
    config: () => configuration.hash.slice(0, configDigits),
    onProblem: (message, cause) => log.error({ err: cause }, message),
  }).catch(async (thrown: unknown) => {
    await store.close();
    throw thrown;
  });
  const sessions = createSessions({
    store,
    settings: () => configuration.session,
    now,
    randomBytes,
    onEnded: (_session, cause) => metrics.sessionEnded(cause),
    onBackgroundFault: (fault) => log.warn({ err: fault }, 'Session activity could not be written; it is tried again.'),
  });
  const devices = createDevices({ store, now, randomBytes });
  const risk = createRisk({
    store,
    now,
    onFault: (fault) => log.warn({ err: fault }, 'Risk baselines could not be written; it is tried again.'),
  });
  const judge = createJudge({
    devices,
    risk,
    onFault(part, fault) {
      metrics.failedClosed(part);
      log.error({ err: fault, part }, 'A decision failed closed.');
    },
  });
  const pages = createPageRenderer();
  const running = createRunningRequests();
  const streams = createStreamRegistry({ metrics, onOpened: ({ socket }) => running.becameStream(socket) });
  const ownPorts = createOwnPorts(configuration, plainHttp);
  const pools = createUpstreamPools({ ...options.upstreams, ownPorts: ownPorts.ports });
  const forwarder = createForwarder({ now: monotonicMs, pools, isOwnSetCookie });
  const peerCertificate = createPeerCertificateReader();
  const nextDecisionId = createDecisionIdGenerator(createRandomFraction(randomBytes));
  const arrivals = createArrivalDirectory();
  let isDraining = false;
  let isServing = false;
  let isClosed = false;
  let addresses: Addresses = { tlsPort: undefined, plainPort: undefined, adminPort: undefined };
  let listeners: readonly Listener[] = [];
  let adminListener: Listener | undefined;
  let closing: Promise<void> | undefined;

  sessions.onEnd((id) => {
    streams.closeOfSession(id, 'ended');
    risk.forget(id);
  });
  const stopWatching = watchSessions({
    streams,
    sessions,
    onFault: (fault) => log.warn({ err: fault }, 'Sessions of open streams could not be looked at; it is tried again.'),
  });

  metrics.setSource({
    oldestUnwrittenAuditAgeMs: () => audit.oldestUnwrittenAgeMs(),
    activeSessions: async () => countByProvider(await sessions.list()),
  });
  metrics.configLoaded(true, now());

  const identity = createIdentityApp({
    snapshot,
    sessions,
    judge,
    devices,
    connectionDevice: (request) => devices.identify(peerCertificate(request), configuration, now()),
    addressOf: (request) => arrivals.of(request).address,
    pages,
    audit,
    metrics,
    nextDecisionId,
    now,
    randomBytes,
    store,
    singleSignOnStore: createSingleSignOnStore({ store, now, maxAgeMs: configuration.session.expirationMs }),
    originOf: (request) => originOn(arrivals.of(request).listener, configuration.server.authHost),
    originFor: (host, request) => originOn(arrivals.of(request).listener, host),
    isDevelopment,
    log,
  });

  const parts: GatewayParts = {
    snapshot,
    now,
    monotonicMs,
    randomBytes,
    nextDecisionId,
    sessions,
    devices,
    risk,
    judge,
    pages,
    audit,
    metrics,
    signInLimiter: createLimiter(signInsPerMinute, 60),
    streams,
    forwarder,
    tunnels: createTunnelOpener({ pools, isOwnSetCookie }),
    assertions: createAssertionSigner(createAssertionKeys(store)),
    peerCertificate,
    signInHost,
    isDraining: () => isDraining,
    isClosed: () => isClosed,
    isDevelopment,
    tlsPort: () => addresses.tlsPort,
    log,
  };
  const gateway = createGateway(parts);
  // A listener of ours counts its requests itself; somebody else's server does not.
  const countedGateway: Gateway = {
    ...gateway,
    handleRequest(listener, request, response, handOver) {
      running.begin(response);
      gateway.handleRequest(listener, request, response, handOver);
    },
  };

  /** Hands a request to the sign-in host with the target that was parsed; resolves when it is answered. */
  function signInHost(received: Received): Promise<void> {
    const { request, response, listener } = received.arrival;
    arrivals.note(request, { listener, address: received.address });
    request.url = received.target.path + received.target.query;
    metrics.requestStarted(-1);
    return new Promise((resolve) => {
      response.once('close', () => {
        const end = {
          route: -1,
          status: response.statusCode,
          origin: 'postern',
          client: received.client,
          waitedMs: 0,
        } as const;
        recordEnd(received, end, parts);
        resolve();
      });
      identity(request, response);
    });
  }

  async function openAdmin(): Promise<Listener | undefined> {
    const { admin } = configuration;
    if (admin === undefined) return undefined;
    let bound = admin.listen;
    const app = createAdminApp({
      token: admin.token,
      listen: () => bound,
      readiness: {
        state: () => store.isAvailable(),
        audit: () => audit.acceptsEvents(),
        config: () => true,
        serving: () => !isDraining && isServing,
      },
      sessions,
      devices,
      audit,
      metrics,
      nextDecisionId,
      config: () => configuration.hash.slice(0, configDigits),
      now,
      onProblem: (message, cause) => log.error({ err: cause }, message),
    });
    const listener = await openListener(admin.listen, undefined, configuration.server.limits, {
      request: (request, response) => app(request, response),
      upgrade: (_request, socket) => socket.destroy(),
      malformed: () => nextDecisionId(now()),
    });
    bound = { host: admin.listen.host, port: listener.port };
    return listener;
  }

  for (const { names, notAfterMs } of readCertificateEnds(configuration.server.tls)) {
    for (const name of names) metrics.certificateSeen(name, notAfterMs);
  }
  let hasStarted = false;

  return {
    gateway: options.isMiddleware === true ? countedGateway : gateway,
    async start() {
      try {
        // With `on_failure: deny`, a start that cannot be recorded is none.
        await audit.recordDurably(activity('start', { version: options.version, pid: process.pid }));
        hasStarted = true;
        adminListener = await openAdmin();
        if (adminListener !== undefined) ownPorts.note([adminListener]);
        if (options.isMiddleware === true) {
          isServing = true;
          return { ...addresses, adminPort: adminListener?.port };
        }
        const open = await openAllListeners(configuration, plainHttp, {
          request: gateway.handleRequest,
          upgrade: gateway.handleUpgrade,
          malformed: recordMalformed,
          running,
          onOpened: (listener) => ownPorts.note([listener]),
        });
        listeners = open.all;
        isServing = true;
        addresses = { tlsPort: open.tlsPort, plainPort: open.plainPort, adminPort: adminListener?.port };
        return addresses;
      } catch (thrown) {
        await close();
        throw thrown;
      }
    },
    close,
  };

  function close(): Promise<void> {
    closing ??= end();
    return closing;
  }

  async function end(): Promise<void> {
    isDraining = true;
    const times = options.drainTimes ?? defaultDrainTimes;
    await drain({ listeners, running, streams, times });
    // Last, so that a probe reads "not ready" and metrics can be fetched while requests finish.
    if (adminListener !== undefined) {
      const closed = adminListener.stopAccepting();
      adminListener.cut();
      await closed;
    }
    isClosed = true;
    stopWatching();
    identity.close();
    devices.close();
    await Promise.all([forwarder, risk, sessions].map(closePart));
    if (hasStarted)
      await audit
        .recordDurably(activity('stop', {}))
        .catch((cause: unknown) => log.error({ err: cause }, 'The stop could not be recorded.'));
    await closePart(audit);
    await closePart(store);
  }

  /** One that fails, because the state is away for instance, must not keep the audit trail from being written. */
  async function closePart(part: { close(): Promise<void> }): Promise<void> {
    try {
      await part.close();
    } catch (thrown) {
      log.error({ err: thrown }, 'A part of Postern could not be closed in order.');
    }
  }

  function activity(type: 'start' | 'stop', detail: ActivityEvent['detail']): ActivityEvent {
    return {
      type,
      atMs: now(),
      decisionId: nextDecisionId(now()),
      config: configuration.hash.slice(0, configDigits),
      result: 'success',
      reason: undefined,
      sessionId: undefined,
      subject: undefined,
      address: undefined,
      detail,
    };
  }

  function recordMalformed(detail: string): string {
    const decisionId = nextDecisionId(now());
    void audit
      .recordDurably({
        type: 'refusal',
        atMs: now(),
        decisionId,
        config: configuration.hash.slice(0, configDigits),
        reason: 'request_malformed',
        address: '',
        host: undefined,
        method: '',
        path: undefined,
        detail,
      })
      .catch((cause: unknown) => log.error({ err: cause }, 'An event could not be recorded.'));
    return decisionId;
  }
}

/** Every check that a posture of the configuration makes: the closed set of a metric's label. */
function checksOf(configuration: Snapshot): readonly string[] {
  const checks = [...configuration.postures.values()].flatMap((posture) => posture.require.map((one) => one.check));
  return [...new Set(checks)];
}

function countByProvider(sessions: readonly Session[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { person } of sessions) counts.set(person.providerId, (counts.get(person.providerId) ?? 0) + 1);
  return counts;
}

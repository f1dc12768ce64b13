import { randomBytes } from 'node:crypto';
import { createJudge } from './access/create-judge.ts';
import { createAccessList } from './access/list-access.ts';
import { createShadow } from './access/shadow.ts';
import { countRequests } from './compose/count-requests.ts';
import { createLifecycle, type LifecycleSteps } from './compose/lifecycle.ts';
import { openAdmin } from './compose/open-admin.ts';
import { openGround } from './compose/open-ground.ts';
import { ownChecks } from './compose/own-checks.ts';
import type { ComposeOptions, Program } from './compose/program.ts';
import { type Closing, closePart, createActivityMaker } from './compose/program-events.ts';
import { reloadChecks } from './compose/reload-checks.ts';
import { createReloading, noReload } from './compose/reloading.ts';
import { countByProvider, metricNamesOf, showCertificates } from './compose/seed-metrics.ts';
import { takeUpConnections } from './compose/take-up.ts';
import { createSnapshotHolder } from './config/reload/snapshot-holder.ts';
import { configurationName, type Snapshot } from './config/snapshot.ts';
import { createDecisionIdGenerator } from './decision/decision-id.ts';
import { createDevices } from './devices/create-devices.ts';
import { originOn } from './gateway/arrival.ts';
import { createArrivalDirectory } from './gateway/arrival-directory.ts';
import { createAssertionKeys } from './gateway/assertion/assertion-keys.ts';
import { createAssertionSigner } from './gateway/assertion/assertion-signer.ts';
import { createGateway } from './gateway/gateway.ts';
import type { GatewayParts } from './gateway/gateway-parts.ts';
import { createHandOverToSignInHost } from './gateway/hand-to-sign-in-host.ts';
import { createUnreadableRecorder } from './gateway/record-unreadable.ts';
import { createLimiter } from './http/limit-attempts.ts';
import { createIdentityApp } from './identity/identity-app.ts';
import { createMetrics } from './metrics/create-metrics.ts';
import { createPageRenderer } from './pages/create-page-renderer.tsx';
import { createPeople } from './people/create-people.ts';
import { createRisk } from './risk/create-risk.ts';
import { defaultDrainTimes, drain } from './server/drain.ts';
import { openAllListeners } from './server/open-all-listeners.ts';
import { createOwnPorts } from './server/own-ports.ts';
import { createPeerCertificateReader } from './server/peer-certificate.ts';
import { assertPlainHttpIsLocal } from './server/plain-http-guard.ts';
import { createRandomFraction } from './server/random-fraction.ts';
import { createRunningRequests } from './server/running-requests.ts';
import { isOwnSetCookie } from './sessions/host-credential.ts';
import { createSessions } from './sessions/session-registry.ts';
import { createSingleSignOnStore } from './sessions/single-sign-on-store.ts';
import { createStreamRegistry } from './streams/open-streams.ts';
import { watchSessions } from './streams/watch-sessions.ts';
import { createForwarder } from './upstream/forwarder.ts';
import { createTunnelOpener } from './upstream/tunnel.ts';
import { createUpstreamPools } from './upstream/upstream-pools.ts';

export type { Addresses } from './compose/lifecycle.ts';
export type { ComposeOptions, Program } from './compose/program.ts';

/** Of one address, at apps: an office behind one address comes in the morning; each leaves a record for ten minutes. */
const signInsPerMinute = 1_200;

/** Builds the program from its parts: the one place that knows them all. Rejects when the state or the audit folder cannot be opened. */
export async function composePostern(options: ComposeOptions): Promise<Program> {
  const { configuration, plainHttp, log } = options;
  const isDevelopment = options.isDevelopment ?? false;
  const now = options.now ?? Date.now;
  const monotonicMs = () => performance.now();
  const holder = createSnapshotHolder(configuration, (thrown) =>
    log.error({ err: thrown }, 'A part of Postern could not take up the new configuration.'),
  );
  const { snapshot } = holder;
  const configName = () => configurationName(snapshot());
  const onProblem = (message: string, cause: unknown) => log.error({ err: cause }, message);
  if (plainHttp !== undefined) assertPlainHttpIsLocal(plainHttp.host, configuration);

  const metrics = createMetrics({
    ...metricNamesOf(configuration),
    now,
    build: { version: options.version, nodeVersion: process.version },
    hasProcessMetrics: configuration.admin !== undefined,
  });
  const { store, audit } = await openGround(configuration, { now, metrics, config: configName, onProblem });
  const people = createPeople({
    store,
    now,
    onBackgroundFault: (fault) =>
      log.warn({ err: fault }, 'Who used what last could not be written; it is tried again.'),
  });
  const sessions = createSessions({
    store,
    rememberPerson: people.remember,
    settings: () => snapshot().session,
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
  const streams = createStreamRegistry({
    metrics,
    onOpened(stream) {
      running.becameStream(stream.socket);
      recheckLate(stream);
    },
  });
  const ownPorts = createOwnPorts(configuration, plainHttp);
  const pools = createUpstreamPools({ ...options.upstreams, ownPorts: ownPorts.ports });
  const forwarder = createForwarder({ now: monotonicMs, pools, isOwnSetCookie });
  const peerCertificate = createPeerCertificateReader();
  const nextDecisionId = createDecisionIdGenerator(createRandomFraction(randomBytes));
  const arrivals = createArrivalDirectory();
  const life = createLifecycle();
  const startedAtMs = now();
  const { listeners } = life;
  const recheckLate = takeUpConnections({ holder, streams, forwarder, listeners, log, onProblem });
  const activity = createActivityMaker({ now, nextDecisionId, config: configName });
  const reloading =
    options.reload &&
    createReloading({
      options: options.reload,
      holder,
      store,
      audit,
      metrics,
      log,
      ownChecks: [
        ...ownChecks({ plainHttp, servesOnlyLocalHosts: options.isMiddleware === true && isDevelopment }),
        ...reloadChecks({ people, now }),
      ],
      activity,
      now,
    });
  const shadow = createShadow({
    judge: createJudge({ devices, risk }),
    metrics,
    onDifference: (difference) => log.info(difference, 'The shadow configuration would have decided otherwise.'),
    now,
  });

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
  metrics.configLoaded(true, now(), configName());

  const identity = createIdentityApp({
    snapshot,
    snapshotOf: (request) => arrivals.of(request).snapshot,
    sessions,
    judge,
    devices,
    connectionDevice: (request) => devices.identify(peerCertificate(request), arrivals.of(request).snapshot, now()),
    addressOf: (request) => arrivals.of(request).address,
    pages,
    audit,
    metrics,
    nextDecisionId,
    now,
    randomBytes,
    store,
    singleSignOnStore: createSingleSignOnStore({ store, now, maxAgeMs: () => snapshot().session.expirationMs }),
    originOf(request) {
      const { listener, snapshot: deciding } = arrivals.of(request);
      return originOn(listener, deciding.server.authHost);
    },
    originFor: (host, request) => originOn(arrivals.of(request).listener, host),
    isDevelopment,
    log,
  });

  const shared: Omit<GatewayParts, 'snapshot' | 'metrics'> = {
    now,
    monotonicMs,
    randomBytes,
    nextDecisionId,
    sessions,
    people,
    devices,
    risk,
    judge,
    shadow,
    pages,
    audit,
    signInLimiter: createLimiter(signInsPerMinute, 60),
    streams,
    forwarder,
    tunnels: createTunnelOpener({ pools, isOwnSetCookie }),
    assertions: createAssertionSigner(createAssertionKeys(store)),
    peerCertificate,
    signInHost: createHandOverToSignInHost(arrivals, identity),
    isDraining: life.isDraining,
    isClosed: life.isClosed,
    isDevelopment,
    tlsPort: () => life.addresses().tlsPort,
    log,
  };
  const partsOf = (deciding: Snapshot): GatewayParts => ({
    ...shared,
    snapshot: () => deciding,
    metrics: metrics.withConfiguration(metricNamesOf(deciding)),
  });
  let parts = partsOf(configuration);
  const gateway = createGateway(() => parts);
  const recordUnreadable = createUnreadableRecorder({ audit, log, nextDecisionId, now, snapshot });
  holder.onSwap((next) => {
    parts = partsOf(next);
    showCertificates(next, metrics);
    identity.warmUp(next);
  });
  showCertificates(configuration, metrics);

  const close = (part: Closing) => closePart(part, onProblem);
  const steps: LifecycleSteps = {
    recordStart: () => audit.recordDurably(activity('start', { version: options.version, pid: process.pid })),
    async openAdmin() {
      const listener = await openAdmin({
        snapshot,
        readiness: {
          state: () => store.isAvailable(),
          audit: () => audit.acceptsEvents(),
          config: () => true,
          serving: life.isServing,
        },
        sessions,
        people,
        access: createAccessList({ snapshot, people, sessions, risk, now }),
        devices,
        audit,
        metrics,
        configuration: reloading && { ...reloading, snapshot, startedAtMs, shadow: reloading.shadowOf(shadow) },
        nextDecisionId,
        now,
        onProblem,
      });
      if (listener !== undefined) ownPorts.note([listener]);
      return listener;
    },
    async openPublic() {
      if (options.isMiddleware === true) return undefined;
      const { handleRequest: request, handleUpgrade: upgrade } = gateway;
      return openAllListeners(plainHttp, {
        snapshot,
        request,
        upgrade,
        malformed: recordUnreadable,
        running,
        onOpened: (listener) => ownPorts.note([listener]),
      });
    },
    drain: (listeners) => drain({ listeners, running, streams, times: options.drainTimes ?? defaultDrainTimes }),
    async endParts(hasStarted) {
      stopWatching();
      await reloading?.close();
      identity.close();
      devices.close();
      await Promise.all([forwarder, risk, sessions, people].map(close));
      if (hasStarted)
        await audit
          .recordDurably(activity('stop', {}))
          .catch((cause: unknown) => onProblem('The stop could not be recorded.', cause));
      await close(audit);
      await close(store);
    },
  };

  return {
    snapshot,
    // A listener of ours counts its requests itself; somebody else's server does not.
    gateway: options.isMiddleware === true ? countRequests(gateway, running) : gateway,
    async start() {
      const addresses = await life.start(steps);
      reloading?.watch();
      return addresses;
    },
    reload: (request) => reloading?.reload(request) ?? Promise.resolve(noReload),
    close: () => life.close(steps),
  };
}

import { randomBytes } from 'node:crypto';
import { adminViews } from './compose/admin-views.ts';
import { arrivalViews } from './compose/arrival-views.ts';
import { countRequests } from './compose/count-requests.ts';
import { endParts } from './compose/end-parts.ts';
import { createLifecycle, type LifecycleSteps } from './compose/lifecycle.ts';
import { createLockByRisk } from './compose/lock-by-risk.ts';
import { openAdmin } from './compose/open-admin.ts';
import { openDevices } from './compose/open-devices.ts';
import { openGround } from './compose/open-ground.ts';
import { openJudgement } from './compose/open-judgement.ts';
import { guardConnections, openPublic } from './compose/open-public.ts';
import { openRisk } from './compose/open-risk.ts';
import { openStreams, sessionsOf } from './compose/open-streams.ts';
import { ownChecks } from './compose/own-checks.ts';
import type { ComposeOptions, Program } from './compose/program.ts';
import { createActivityMaker } from './compose/program-events.ts';
import { createInside } from './compose/program-inside.ts';
import { reloadChecks } from './compose/reload-checks.ts';
import { createReloading, noReload } from './compose/reloading.ts';
import { metricNamesOf, showCertificates, showRuleModes } from './compose/seed-metrics.ts';
import { takeUpConnections } from './compose/take-up.ts';
import { machineMs } from './compose/workers/machine-clock.ts';
import { createSoleRole } from './compose/workers/role.ts';
import { createSnapshotHolder } from './config/reload/snapshot-holder.ts';
import { configurationName, type Snapshot } from './config/snapshot.ts';
import { parseZone } from './config/values/opening-hours.ts';
import { createDecisionIdGenerator } from './decision/decision-id.ts';
import { createRegisteredBrowsers } from './devices/registered-browsers.ts';
import { createArrivalDirectory } from './gateway/arrival-directory.ts';
import { createAssertionKeys } from './gateway/assertion/assertion-keys.ts';
import { createAssertionSigner } from './gateway/assertion/assertion-signer.ts';
import { createGateway } from './gateway/gateway.ts';
import type { GatewayParts } from './gateway/gateway-parts.ts';
import { createHandOverToSignInHost } from './gateway/hand-to-sign-in-host.ts';
import { createInFlightLimit } from './gateway/limit-in-flight.ts';
import { createUnreadableRecorder } from './gateway/record-unreadable.ts';
import { createIdentityApp } from './identity/identity-app.ts';
import { createMetrics } from './metrics/create-metrics.ts';
import { createPageRenderer } from './pages/create-page-renderer.tsx';
import { createPeople } from './people/create-people.ts';
import { createLastOpenings } from './people/last-openings.ts';
import { createAccessList } from './preview/list-access.ts';
import { createConnectionCap, mostConnections, readOpenFileLimit } from './server/connection-cap.ts';
import { defaultDrainTimes, drain } from './server/drain.ts';
import { createOwnPorts } from './server/own-ports.ts';
import { createPeerCertificateReader } from './server/peer-certificate.ts';
import { assertPlainHttpIsLocal } from './server/plain-http-guard.ts';
import { createRandomFraction } from './server/random-fraction.ts';
import { createRunningRequests } from './server/running-requests.ts';
import { createAttemptSecrets } from './sessions/attempt-secret.ts';
import { isOwnSetCookie } from './sessions/host-credential.ts';
import { createSessions } from './sessions/session-registry.ts';
import { createSignInBudget } from './sessions/sign-in-budget.ts';
import { createSingleSignOnStore } from './sessions/single-sign-on-store.ts';
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
  const role = options.role ?? createSoleRole(machineMs, () => inside);
  const holder = createSnapshotHolder(configuration, (thrown) =>
    log.error({ err: thrown }, 'A part of Postern could not take up the new configuration.'),
  );
  const { snapshot } = holder;
  holder.onSwap(role.swapped);
  const configName = () => configurationName(snapshot());
  const onProblem = (message: string, cause: unknown) => log.error({ err: cause }, message);
  if (plainHttp !== undefined) assertPlainHttpIsLocal(plainHttp.host, configuration);

  const metrics = createMetrics({
    ...metricNamesOf(configuration),
    now,
    build: { version: options.version, nodeVersion: process.version },
    hasProcessMetrics: configuration.admin !== undefined,
  });
  const connections = guardConnections(metrics, log);
  const stateKey = () => snapshot().state.key;
  const opening = { now, stateKey, metrics, role, config: configName, onProblem, log };
  const { store, audit, reporting, selfCheck, closing, signInSecret } = await openGround(configuration, opening);
  role.onGround?.(closing);
  const onRiskProblem = (cause: unknown) => onProblem('Risk could not take note of something.', cause);
  const people = createPeople({
    store,
    now,
    onBackgroundFault: (fault) =>
      log.warn({ err: fault }, 'Who used what last could not be written; it is tried again.'),
  });
  const lastOpenings = createLastOpenings(store, (fault) =>
    log.warn({ err: fault }, 'What a person of break_glass opened could not be noted; the next request is.'),
  );
  const sessions = createSessions({
    store,
    rememberPerson: people.remember,
    settings: () => snapshot().session,
    now,
    randomBytes,
    isSweeping: role.keepsHouse,
    onEnded: (_session, cause) => metrics.sessionEnded(cause),
    onForeignHost(id, host) {
      openedRisk.noteForeignHost(sessions.find, id, host).catch(onRiskProblem);
    },
    onBackgroundFault: (fault) => log.warn({ err: fault }, 'Session activity could not be written; it is tried again.'),
  });
  const devices = openDevices({ store, now, holder, metrics, log });
  const openedRisk = await openRisk(configuration, { store, now, metrics, log }).catch(async (thrown: unknown) => {
    await Promise.all([devices, audit, store].map((part) => part.close()));
    throw thrown;
  });
  const { risk } = openedRisk;
  const { locks, judge, shadow } = openJudgement({ devices, risk, store, metrics, log, now });
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  // A server whose zone has no name tells the time of the world.
  const pages = createPageRenderer(parseZone(timeZone).ok ? { timeZone } : {});
  const running = createRunningRequests();
  const nextDecisionId = createDecisionIdGenerator(createRandomFraction(randomBytes));
  const { streams, streamWatch, ended, fence } = openStreams({
    holder,
    store,
    sessions,
    running,
    metrics,
    guard: connections,
    log,
    nextDecisionId,
    now,
  });
  const affordable = mostConnections(readOpenFileLimit());
  const cap = createConnectionCap(() => snapshot().server.limits.connections ?? affordable, metrics.connectionRefused);
  const ownPorts = createOwnPorts(configuration, plainHttp, role.otherPorts);
  const pools = createUpstreamPools({
    connectionsPerServer: () => snapshot().server.limits.upstreamConnections,
    ...options.upstreams,
    ownPorts: ownPorts.ports,
  });
  const forwarder = createForwarder({
    now: monotonicMs,
    pools,
    isOwnSetCookie,
    guard: connections,
    fence,
    onLimited: metrics.rateLimited,
  });
  const peerCertificate = createPeerCertificateReader();
  const arrivals = createArrivalDirectory();
  const life = createLifecycle();
  takeUpConnections({ holder, streamWatch, forwarder, listeners: life.listeners, onProblem });
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
      takenUp: (next) => streamWatch.settled().then(() => role.takenUp(next)),
      lastChecks: role.reloadChecks,
      ownChecks: [
        ...ownChecks({ plainHttp, servesOnlyLocalHosts: options.isMiddleware === true && isDevelopment }),
        ...reloadChecks({ people, lastOpenings, devices, now }),
        openedRisk.check,
      ],
      activity,
      now,
      monotonicMs,
    });
  sessions.onEnd((id) => risk.forget(id));

  metrics.setSource({
    oldestUnwrittenAuditAgeMs: () => audit.oldestUnwrittenAgeMs(),
    openConnections: cap.open,
    unwrittenClosures: () => (role.keepsHouse ? closing.waiting() : 0),
    activeSessions: sessions.count,
  });
  metrics.configLoaded(true, now(), configName());

  const identity = createIdentityApp({
    snapshot,
    ...arrivalViews({ arrivals, devices, peerCertificate, now }),
    sessions,
    judge,
    locks,
    devices,
    openSessions: () => sessionsOf(streams),
    onDisowned: openedRisk.noteDisowned,
    onFailedStepUp: ({ id, person }) => risk.countFailedFactor({ sessionId: id, person }, now()),
    pages,
    audit,
    metrics,
    nextDecisionId,
    now,
    randomBytes,
    store,
    singleSignOnStore: createSingleSignOnStore({
      store,
      now,
      maxAgeMs: () => snapshot().session.expirationMs,
      randomBytes,
    }),
    secret: signInSecret,
    // Before there was one in the state, the state's key signed.
    formerSecrets: [configuration.state.key].flat(),
    isDevelopment,
    log,
  });

  const attemptSecrets = createAttemptSecrets({ key: signInSecret, randomBytes, now });
  const shared: Omit<GatewayParts, 'snapshot' | 'metrics'> = {
    now,
    monotonicMs,
    nextDecisionId,
    sessions,
    people,
    lastOpenings,
    devices,
    risk,
    judge,
    locks,
    lockByRisk: createLockByRisk({ locks, sessions, audit, activity, now }),
    shadow,
    pages,
    audit,
    attemptSecrets,
    signInBudget: createSignInBudget({ secrets: attemptSecrets, strangersPerMinute: signInsPerMinute, now }),
    guard: connections,
    streams,
    streamWatch,
    forwarder,
    tunnels: createTunnelOpener({ pools, isOwnSetCookie, guard: connections, fence }),
    inFlight: createInFlightLimit(
      () => snapshot().server.limits.requestsPerClient,
      () => metrics.rateLimited('requests_per_client'),
    ),
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
    showRuleModes(next, metrics);
    identity.warmUp(next);
    openedRisk.use(next).catch(onRiskProblem);
  });
  showCertificates(configuration, metrics);
  showRuleModes(configuration, metrics);

  const inside = createInside({
    store,
    holder,
    streamWatch,
    ended,
    streams,
    audit,
    metrics,
    shadow,
    checks: [openedRisk.check],
    now,
    selfCheck,
    adopt: closing.adopt,
  });
  const steps: LifecycleSteps = {
    recordStart: () => audit.recordDurably(activity('start', { version: options.version, pid: process.pid })),
    async openAdmin() {
      if (!role.opensAdmin) return undefined;
      const listener = await openAdmin({
        snapshot,
        connections,
        inherited: options.inherited ?? [],
        sessions,
        people,
        access: createAccessList({ snapshot, people, sessions, risk, now }),
        devices,
        risk,
        locks,
        browsers: createRegisteredBrowsers(store),
        providers: () =>
          identity.providers().map(({ id, standing }) => ({
            id,
            state: standing.state,
            sinceMs: standing.state === 'unknown' ? undefined : standing.sinceMs,
          })),
        ...adminViews({
          role,
          inside,
          audit,
          metrics,
          reloading,
          shadow,
          snapshot,
          startedAtMs: now(),
          selfCheck,
          life,
        }),
        reporting,
        version: options.version,
        nextDecisionId,
        now,
        onProblem,
        onRefused: metrics.connectionRefused,
      });
      if (listener !== undefined) ownPorts.note([listener]);
      return listener;
    },
    openPublic: (adminPort) =>
      openPublic(adminPort, {
        role,
        options,
        snapshot,
        gateway,
        recordUnreadable,
        running,
        ownPorts,
        connections,
        cap,
        metrics,
      }),
    drain: (listeners) =>
      role.front?.drain() ?? drain({ listeners, running, streams, times: options.drainTimes ?? defaultDrainTimes }),
    endParts: (hasStarted) =>
      endParts(hasStarted, {
        stop: [streamWatch.stop, locks.close, role.close, identity.close, openedRisk.stop],
        reloading,
        writing: [identity.refresher, forwarder, risk, sessions, people, lastOpenings, devices],
        audit,
        store,
        activity,
        onProblem,
      }),
  };

  return {
    snapshot,
    inside,
    connections,
    // A listener of ours counts its requests itself; somebody else's server does not.
    gateway: options.isMiddleware === true ? countRequests(gateway, running) : gateway,
    async start() {
      const addresses = await life.start(steps);
      reloading?.watch();
      return addresses;
    },
    replaceWorkers: () => role.front?.replace() ?? Promise.resolve({ outcome: 'alone' }),
    reload: (request) => reloading?.reload(request) ?? Promise.resolve(noReload),
    close: () => life.close(steps),
  };
}

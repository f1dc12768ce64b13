import { randomBytes } from 'node:crypto';
import { createLockByRisk, type LockRecorder } from './access/lock-by-risk.ts';
import { createActivityMaker, subjectOf } from './audit/activity-event.ts';
import { adminViews } from './compose/admin-views.ts';
import { applyToConnections } from './compose/apply-to-connections.ts';
import { endParts } from './compose/end-parts.ts';
import { createLifecycle, type LifecycleSteps } from './compose/lifecycle.ts';
import { openAdmin } from './compose/open-admin.ts';
import { openDevices } from './compose/open-devices.ts';
import { openGateway } from './compose/open-gateway.ts';
import { openIdentity, openPages } from './compose/open-identity.ts';
import { openJudgement } from './compose/open-judgement.ts';
import { capConnections, guardConnections, openPublic } from './compose/open-public.ts';
import { openRisk } from './compose/open-risk.ts';
import { openSessions } from './compose/open-sessions.ts';
import { openStorage } from './compose/open-storage.ts';
import { openStreams } from './compose/open-streams.ts';
import { openUpstreams } from './compose/open-upstreams.ts';
import { ownChecks } from './compose/own-checks.ts';
import { createProcessControl } from './compose/process-control.ts';
import type { ComposeOptions, Program } from './compose/program.ts';
import { createReloading, noReload } from './compose/reloading.ts';
import { metricNamesOf, showConfiguration } from './compose/seed-metrics.ts';
import { createSoleRole } from './compose/workers/role.ts';
import { createSnapshotHolder } from './config/reload/snapshot-holder.ts';
import { configurationName } from './config/snapshot.ts';
import { createTestsCheck } from './config/tryout/check-tests-before-reload.ts';
import { createDecisionIdGenerator, type DecisionId } from './decision/decision-id.ts';
import { createMetrics } from './metrics/create-metrics.ts';
import { previewChecks } from './preview/reload-checks.ts';
import { createCertificatesCheck } from './server/certificates-check.ts';
import { defaultDrainTimes, drain } from './server/drain.ts';
import { createOwnPorts } from './server/own-ports.ts';
import { createPeerCertificateReader } from './server/peer-certificate.ts';
import { assertPlainHttpIsLocal } from './server/plain-http-guard.ts';
import { createRandomFraction } from './server/random-fraction.ts';
import { countRequests, createRunningRequests } from './server/running-requests.ts';
import { machineMs } from './state/machine-clock.ts';

export type { ComposeOptions, Program } from './compose/program.ts';

/** Builds the program from its parts: the one place that knows them all. Rejects when the state or the audit folder cannot be opened. */
export async function composePostern(options: ComposeOptions): Promise<Program> {
  const { configuration, plainHttp, log, isDevelopment = false, now = Date.now } = options;
  const monotonicMs = () => performance.now();
  const role = options.role ?? createSoleRole(machineMs, () => control);
  const holder = createSnapshotHolder(configuration, (thrown) =>
    log.error({ err: thrown }, 'A part of Postern could not take up the new configuration.'),
  );
  const { snapshot } = holder;
  holder.onSwap(role.swapped);
  const configName = () => configurationName(snapshot());
  const onProblem = (message: string, cause: unknown, decisionId?: DecisionId) =>
    log.error({ err: cause, decision_id: decisionId }, message);
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
  const { store, audit, reporting, selfCheck, closing, signInSecret } = await openStorage(configuration, opening);
  role.onStorage?.(closing);
  const onRiskProblem = (cause: unknown) => onProblem('Risk could not take note of something.', cause);
  const { people, lastOpenings, sessions } = openSessions({
    store,
    snapshot,
    isSweeping: role.keepsHouse,
    metrics,
    onForeignHost: (...seen) => openedRisk.noteForeignHost(...seen).catch(onRiskProblem),
    log,
    now,
  });
  const devices = openDevices({ store, now, holder, metrics, log });
  const openedRisk = await openRisk(configuration, { store, now, metrics, log }).catch(async (thrown: unknown) => {
    await Promise.all([devices, audit, store].map((part) => part.close()));
    throw thrown;
  });
  const { risk } = openedRisk;
  const { locks, judge, shadow } = openJudgement({ devices, risk, store, metrics, log, now });
  const pages = openPages();
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
  const cap = capConnections(snapshot, metrics);
  const ownPorts = createOwnPorts(configuration, plainHttp, role.otherPorts);
  const { forwarder, tunnels, healthChecks } = openUpstreams({
    snapshot,
    lookups: options.upstreams,
    ownPorts: ownPorts.ports,
    guard: connections,
    fence,
    monotonicMs,
    metrics,
    log,
  });
  const peerCertificate = createPeerCertificateReader();
  const life = createLifecycle();
  applyToConnections({ holder, streamWatch, forwarder, healthChecks, listeners: life.listeners, onProblem });
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
      onActivated: (next) => streamWatch.settled().then(() => role.activated(next)),
      lastChecks: role.reloadChecks,
      ownChecks: [
        ...ownChecks({ plainHttp, servesOnlyLocalHosts: options.isMiddleware === true && isDevelopment }),
        createTestsCheck(now),
        createCertificatesCheck(now),
        ...previewChecks({ people, lastOpenings, devices, now }),
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

  const { identity, signInHost, providers } = openIdentity({
    configuration,
    snapshot,
    peerCertificate,
    tlsPort: () => life.addresses().tlsPort,
    sessions,
    judge,
    locks,
    devices,
    streams,
    risk,
    onDisowned: openedRisk.noteDisowned,
    pages,
    audit,
    metrics,
    nextDecisionId,
    now,
    store,
    secret: signInSecret,
    isDevelopment,
    log,
  });

  const recordLock: LockRecorder = (session, detail) =>
    audit.recordDurably({ ...activity('lock_set', detail), sessionId: session.id, subject: subjectOf(session.person) });
  const { gateway, recordUnreadable } = openGateway({
    holder,
    store,
    sessions,
    people,
    lastOpenings,
    devices,
    risk,
    judge,
    locks,
    lockByRisk: createLockByRisk({ locks, sessions, record: recordLock, now }),
    shadow,
    pages,
    audit,
    metrics,
    guard: connections,
    streams,
    streamWatch,
    forwarder,
    tunnels,
    peerCertificate,
    signInSecret,
    signInHost,
    life,
    isDevelopment,
    nextDecisionId,
    now,
    monotonicMs,
    log,
  });
  holder.onSwap((next) => {
    showConfiguration(next, metrics);
    identity.warmUp(next);
    openedRisk.use(next).catch(onRiskProblem);
  });
  showConfiguration(configuration, metrics);

  const control = createProcessControl({
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
        devices,
        risk,
        locks,
        store,
        providers,
        ...adminViews({
          role,
          control,
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
    control,
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

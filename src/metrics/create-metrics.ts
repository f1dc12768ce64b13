import { createRegistry, readValues } from './expose-metrics.ts';
import type { ScrapedMetric } from './metric-table.ts';
import type { MetricValues } from './metric-values.ts';
import type { Metrics } from './metrics.ts';
import { createClosedSet, createNamedGauge, createProgramTables } from './program-tables.ts';
import {
  codeClassOffset,
  createRequestTables,
  decisionCell,
  reportedCell,
  requestCell,
  streamKinds,
  upstreamCell,
} from './request-tables.ts';
import { createRouteSlots, slotOf } from './route-slots.ts';

export interface MetricsDependencies {
  /** In the order of the snapshot: a route's index is its place here. */
  readonly routes: readonly { readonly name: string }[];
  /** Ids of the identity providers. */
  readonly providers: readonly string[];
  /** Names of the checks that any posture of the configuration makes. What a device invents counts as `_other`. */
  readonly postureChecks: readonly string[];
  /** Rules with a condition that can break, as `ROUTE/RULE`. Failures of others count as `_other`. Default: none. */
  readonly conditionRules?: readonly string[];
  /** Who supplies device facts. Default: `self` and `admin`. */
  readonly postureProviders?: readonly string[];
  readonly now: () => number;
  readonly build: { readonly version: string; readonly nodeVersion: string };
  /** False leaves out `process_*` and `nodejs_*`: where Postern is a part of a program that has its own. Default true. */
  readonly hasProcessMetrics?: boolean;
}

/** Metrics of a program whose routes may change while it runs. */
export interface ReloadableMetrics extends Metrics {
  /**
   * The same numbers, seen with another list of routes. A request keeps the view of its own snapshot, so that it ends
   * on the route where it began; routes are the same where their names are.
   */
  withRoutes(routes: readonly { readonly name: string }[]): ReloadableMetrics;
  /** Every value as of now, for a process that gathers those of several. */
  values(): Promise<MetricValues>;
  /** The same for a whole configuration: what it names for the first time is counted by name from now on. */
  withConfiguration(
    next: Pick<MetricsDependencies, 'routes' | 'providers' | 'postureChecks' | 'postureProviders' | 'conditionRules'>,
  ): ReloadableMetrics;
}

/** Builds every metric, each series at 0 from the start. */
export function createMetrics(dependencies: MetricsDependencies): ReloadableMetrics {
  const { now, build, hasProcessMetrics = true } = dependencies;
  const slots = createRouteSlots();
  const firstSlots = slots.assign(dependencies.routes);
  const providers = createClosedSet('idp', dependencies.providers);
  const postureProviders = createClosedSet('provider', dependencies.postureProviders ?? ['self', 'admin']);
  const postureChecks = createClosedSet('check', dependencies.postureChecks);
  const conditionRules = createClosedSet('rule', dependencies.conditionRules ?? []);
  const request = createRequestTables({ label: 'route', values: slots.names });
  const program = createProgramTables(providers.dimension, {
    providers: postureProviders.dimension,
    checks: postureChecks.dimension,
    conditionRules: conditionRules.dimension,
  });
  const gauges = {
    jwks: createNamedGauge(
      'postern_idp_jwks_last_success_timestamp_seconds',
      "When the provider's signing keys were last read.",
      'idp',
    ),
    providerUp: createNamedGauge(
      'postern_idp_up',
      'Whether the provider answered (1) or not (0) when it was last looked at.',
      'idp',
    ),
    claims: createNamedGauge(
      'postern_claims_refresh_last_success_timestamp_seconds',
      'When claims of a session were last read again from the provider.',
      'idp',
    ),
    certificates: createNamedGauge(
      'postern_tls_certificate_not_after_timestamp_seconds',
      'When the certificate of a host ends.',
      'host',
    ),
    devicePulls: createNamedGauge(
      'postern_device_provider_last_success_timestamp_seconds',
      'When the list of a provider of devices was last read whole.',
      'provider',
    ),
    configResult: createNamedGauge(
      'postern_config_last_reload_successful',
      'Whether the last load of the configuration worked (1) or not (0).',
      undefined,
    ),
    configTried: createNamedGauge(
      'postern_config_last_reload_timestamp_seconds',
      'When a configuration was last loaded, whether it worked or not.',
      undefined,
    ),
    upstreamUp: createNamedGauge(
      'postern_upstream_up',
      'Whether an upstream answered its last health check (1) or not (0); none where none is asked.',
      'upstream',
    ),
    rules: createNamedGauge('postern_config_rules', 'Rules of the running configuration, by mode.', 'mode'),
    configTime: createNamedGauge(
      'postern_config_last_reload_success_timestamp_seconds',
      'When the running configuration was loaded.',
      undefined,
    ),
  };
  let runningConfig: string | undefined;
  let source: Parameters<Metrics['setSource']>[0] | undefined;
  async function countSessions(): Promise<ReadonlyMap<string, number> | undefined> {
    try {
      return (await source?.activeSessions()) ?? new Map();
    } catch {
      return undefined;
    }
  }

  const asked: readonly ScrapedMetric[] = [
    {
      name: 'postern_sessions_active',
      help: 'Sessions that are alive.',
      type: 'gauge',
      async samples() {
        const active = await countSessions();
        // With the state away the number is not known; the other metrics are wanted all the more.
        if (active === undefined) return [];
        return providers.dimension.values.slice(1).map((idp) => ({ labels: { idp }, value: active.get(idp) ?? 0 }));
      },
    },
    {
      name: 'postern_audit_oldest_undelivered_age_seconds',
      help: 'Age of the oldest audit event that is not written.',
      type: 'gauge',
      samples: () => [{ labels: { sink: 'file' }, value: (source?.oldestUnwrittenAuditAgeMs() ?? 0) / 1000 }],
    },
    {
      name: 'postern_connections_open',
      help: 'Connections of clients.',
      type: 'gauge',
      samples: () => [{ labels: {}, value: source?.openConnections() ?? 0 }],
    },
    {
      name: 'postern_state_unwritten_revocations',
      help: 'Revocations and locks that hold, and wait to be written to the state.',
      type: 'gauge',
      samples: () => [{ labels: {}, value: source?.unwrittenClosures() ?? 0 }],
    },
    {
      name: 'postern_config_info',
      help: 'The running configuration: the first 12 digits of its hash.',
      type: 'gauge',
      samples: () => (runningConfig === undefined ? [] : [{ labels: { hash: runningConfig }, value: 1 }]),
    },
    {
      name: 'postern_build_info',
      help: 'The running version.',
      type: 'gauge',
      samples: () => [{ labels: { version: build.version, node_version: build.nodeVersion }, value: 1 }],
    },
  ];
  let made: ReturnType<typeof createRegistry> | undefined;
  const registry = () => {
    made ??= createRegistry(
      [...Object.values(request), ...Object.values(program), ...Object.values(gauges), ...asked],
      { hasProcessMetrics },
    );
    return made;
  };

  function view(slotByIndex: Int32Array): ReloadableMetrics {
    return {
      requestStarted: (route) => request.inFlight.add(slotOf(slotByIndex, route), 0, 1),
      requestEnded({ route, status, origin, client, durationMs, overheadMs }) {
        const slot = slotOf(slotByIndex, route);
        request.inFlight.add(slot, 0, -1);
        request.requests.add(slot, requestCell(status, origin, client), 1);
        request.duration.observe(slot, codeClassOffset(status), durationMs);
        request.overhead.observe(0, 0, overheadMs);
      },
      decided(route, outcome, reason, durationMs) {
        request.decisions.add(slotOf(slotByIndex, route), decisionCell(outcome, reason), 1);
        request.decisionDuration.observe(0, 0, durationMs);
      },
      reported: (route, outcome, reason) =>
        request.decisions.add(slotOf(slotByIndex, route), reportedCell(outcome, reason), 1),
      deviceWarned: (route) => request.deviceWarnings.add(slotOf(slotByIndex, route), 0, 1),
      rulesInMode: (mode, count) => gauges.rules.set(mode, count),
      upstreamAnswered: (route, result, durationMs) =>
        request.upstreamDuration.observe(slotOf(slotByIndex, route), upstreamCell(result), durationMs),
      streamOpened: (route, kind) => request.streams.add(slotOf(slotByIndex, route), streamKinds.indexOf(kind), 1),
      streamClosed: (route, kind) => request.streams.add(slotOf(slotByIndex, route), streamKinds.indexOf(kind), -1),
      streamCut: (kind, code) => program.streamCloses.count(0, kind, `${code}`),
      revocationPropagated: (durationMs) => program.revocationPropagation.observe(0, 0, durationMs),
      failedClosed: (kind) => program.failedClosed.count(0, kind),
      rateLimited: (limit) => program.limited.count(0, limit),
      connectionBroken: (work) => program.brokenConnections.count(0, work),
      signIn: (provider, result) => program.logins.count(providers.offsetOf(provider), result),
      signInDuration: (provider, durationMs) =>
        program.loginDuration.observe(providers.offsetOf(provider), 0, durationMs),
      stepUp: (method, result) => program.stepUps.count(0, method, result),
      sessionEnded: (cause) => program.sessionsEnded.count(0, cause),
      providerCalled(provider, endpoint, result) {
        program.providerCalls.count(providers.offsetOf(provider), endpoint, result);
        if (endpoint === 'jwks' && result === 'ok' && providers.has(provider)) gauges.jwks.set(provider, now() / 1000);
      },
      providerSeen(provider, isAnswering) {
        if (providers.has(provider)) gauges.providerUp.set(provider, isAnswering ? 1 : 0);
      },
      upstreamChecked(upstream, isWell) {
        gauges.upstreamUp.set(upstream, isWell ? 1 : 0);
      },
      claimsRefreshed(provider, result) {
        program.claimsRefreshes.count(providers.offsetOf(provider), result);
        if (result === 'success' && providers.has(provider)) gauges.claims.set(provider, now() / 1000);
      },
      postureChecked(provider, check, result) {
        const cell = postureProviders.offsetOf(provider) * postureResults.length + postureResults.indexOf(result);
        program.postureChecks.add(postureChecks.offsetOf(check), cell, 1);
      },
      devicesPulled(provider, result, atMs) {
        program.devicePulls.count(postureProviders.offsetOf(provider), result);
        if (result === 'ok' && postureProviders.has(provider)) gauges.devicePulls.set(provider, atMs / 1000);
      },
      connectionRefused: () => program.connectionsRefused.count(0, 'process'),
      auditEvent: (sink, result) => program.auditEvents.count(0, sink, result),
      certificateSeen: (host, notAfterMs) => gauges.certificates.set(host, notAfterMs / 1000),
      conditionFailed: (rule) => program.conditionErrors.add(conditionRules.offsetOf(rule), 0, 1),
      riskFileRead: (kind, result) => program.riskFiles.count(0, kind, result),
      shadowChanged: (change) => program.shadowChanges.count(0, change),
      configLoaded(isSuccessful, atMs, config) {
        runningConfig = config;
        gauges.configResult.set('', isSuccessful ? 1 : 0);
        gauges.configTried.set('', atMs / 1000);
        if (isSuccessful) gauges.configTime.set('', atMs / 1000);
      },
      setSource(next) {
        source = next;
      },
      values: () => readValues(registry()),
      expose: async () => ({ contentType: registry().contentType, body: await registry().metrics() }),
      withRoutes: (routes) => view(slots.assign(routes)),
      withConfiguration(next) {
        providers.add(next.providers);
        postureChecks.add(next.postureChecks);
        postureProviders.add(next.postureProviders ?? []);
        conditionRules.add(next.conditionRules ?? []);
        return view(slots.assign(next.routes));
      },
    };
  }

  return view(firstSlots);
}

const postureResults = ['pass', 'fail', 'unknown', 'stale'] as const;

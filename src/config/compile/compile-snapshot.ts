import { resolve } from 'node:path';
import type { RiskResponse } from '../../policy/rule.ts';
import type { AssertionAlgorithm, Route } from '../route.ts';
import type { Configuration } from '../schema/configuration-schema.ts';
import type {
  FactorEvidence,
  IdentityProvider,
  Posture,
  ServerSettings,
  ServiceSettings,
  ServiceTable,
  Snapshot,
  TlsSettings,
} from '../snapshot.ts';
import type { Branding } from '../values/branding.ts';
import { compileDeviceProviders } from './compile-device-providers.ts';
import { compileRisk } from './compile-risk.ts';
import { compileRoute, type RouteContext, type RouteSettings, stepUpMethodsOf, textOf } from './compile-route.ts';
import { compileSegments } from './compile-segments.ts';
import { toldHeaderNames } from './compile-told-identity.ts';
import type { Pictures } from './load-pictures.ts';
import type { UpstreamTls } from './load-tls-files.ts';
import { compileNetworkExamples } from './network-example.ts';
import { compileNetworkSet, createNamedNetworks } from './network-set.ts';
import { createSharedHours } from './opening-hours.ts';
import { findRewriteGuards } from './rewrite-guards.ts';
import { createRouteTableBuilder } from './route-table.ts';
import { createSharedPaths, createSharedSets } from './shared-sets.ts';

/** What compiling needs beside the parsed configuration. */
export interface CompileContext extends Pick<RouteContext, 'positionOf'> {
  /** Certificates and keys of the listeners. */
  readonly tls: TlsSettings | undefined;
  readonly pictures: Pictures;
  /** As it is named in messages and positions. */
  readonly file: string;
  readonly hash: string;
  /** Relative paths begin here. */
  readonly folder: string;
}

/** Compiles a configuration a route at a time, so that a running program can do other things in between. */
export interface SnapshotCompiler {
  /** In the order of the file. */
  addRoute(route: RouteSettings, tls: UpstreamTls | undefined): void;
  /** The rest, in steps of a few microseconds to a few milliseconds. */
  finish(): Generator<undefined, Snapshot>;
}

/** Compiles a configuration without problems to what requests work with. */
export function createSnapshotCompiler(
  configuration: Omit<Configuration, 'routes'>,
  context: CompileContext,
): SnapshotCompiler {
  const providers = new Map(
    configuration.identity_providers.map((provider) => [provider.id, compileProvider(provider)]),
  );
  const { levels, medium, high, lock_for: lockForMs } = configuration.risk;
  const riskResponse: RiskResponse = { mediumFrom: levels.medium, highFrom: levels.high, medium, high, lockForMs };
  const ruleContext = {
    positionOf: context.positionOf,
    setOf: createSharedSets(),
    pathsOf: createSharedPaths(),
    namedNetworks: createNamedNetworks(configuration.networks),
    hoursOf: createSharedHours(),
  };
  const reportIds = new Set(
    configuration.devices.providers.filter(({ type }) => type === 'report').map(({ id }) => id),
  );
  const segments = compileSegments(configuration.segments, ruleContext);
  const routeContext: RouteContext = {
    ...ruleContext,
    pictures: context.pictures,
    segments,
    riskResponse,
    stepUpMethods: stepUpMethodsOf(providers.values()),
  };
  const routes: Route[] = [];
  const toldHeaders = new Set<string>();
  const assertionAlgorithms = new Set<AssertionAlgorithm>();
  const table = createRouteTableBuilder();

  const compileRest = (): Snapshot => ({
    hash: context.hash,
    file: context.file,
    server: compileServer(configuration.server, context),
    admin: configuration.admin,
    state: {
      store: configuration.state.store,
      path: resolve(context.folder, configuration.state.path),
      key: configuration.state.key,
    },
    session: {
      expirationMs: configuration.session.expiration,
      inactivityMs: configuration.session.inactivity,
      recheckMs: configuration.session.recheck,
      claimsMaxAgeMs: new Map(
        [...providers.values()].flatMap(({ id, claimsMaxAgeMs }) =>
          claimsMaxAgeMs === undefined ? [] : [[id, claimsMaxAgeMs] as const],
        ),
      ),
    },
    providers,
    breakGlass: new Set(configuration.break_glass),
    postures: new Map(
      Object.entries(configuration.postures).map(([name, posture]) => [
        name,
        compilePosture(name, posture, context, reportIds),
      ]),
    ),
    risk: compileRisk(configuration.risk, configuration.networks, context.folder),
    deviceProviders: compileDeviceProviders(configuration.devices),
    segments,
    routes,
    routeTable: table.table(),
    audit: {
      path: resolve(context.folder, configuration.audit.path),
      onFailure: configuration.audit.on_failure,
      retainMs: configuration.audit.retain,
      rotateBytes: configuration.audit.rotate,
      facts: configuration.audit.facts,
    },
    branding: compileBranding(configuration.branding, context.pictures),
    services: compileServices(configuration.services),
    tests: configuration.tests.map((test, index) => ({ ...test, at: context.positionOf(['tests', index, 'name']) })),
    networks: compileNetworkExamples(configuration.networks),
    toldHeaders,
    assertionAlgorithms,
    rewriteGuards: findRewriteGuards(routes),
  });

  return {
    addRoute: (route, tls) => {
      for (const name of toldHeaderNames(route)) toldHeaders.add(name);
      const compiled = deepFreeze(compileRoute(route, routes.length, tls, routeContext));
      const { assertion } = compiled.identity;
      if (assertion !== undefined) assertionAlgorithms.add(assertion.algorithm);
      routes.push(compiled);
      table.add(compiled);
    },
    finish: function* () {
      yield* table.index();
      return deepFreeze(compileRest());
    },
  };
}

function compileBranding(branding: Configuration['branding'], pictures: Pictures): Branding {
  const { name, logo, help, accent, time_zone: timeZone } = branding;
  return { name, logo: logo === undefined ? undefined : pictures.get(logo), help, accent, timeZone };
}

function compileServer(server: Configuration['server'], context: CompileContext): ServerSettings {
  return {
    listeners: (server.listeners ?? []).map(({ address, public_port }) => ({
      ...address,
      publicPort: public_port ?? address.port,
    })),
    redirectHttp: server.redirect_http,
    authHost: server.auth_host,
    tls: context.tls,
    trustedProxies: compileNetworkSet(['server.trusted_proxies'], server.trusted_proxies),
    workers: server.workers,
    limits: {
      headerBytes: server.limits.header_bytes,
      bodyBytes: server.limits.body_bytes,
      requestTimeoutMs: server.limits.request_timeout,
      headerTimeoutMs: server.limits.header_timeout,
      ...(server.limits.connections === undefined ? {} : { connections: server.limits.connections }),
      bodyRateBytes: server.limits.body_rate,
      connectionsPerAddress: server.limits.connections_per_address,
      upstreamConnections: server.limits.upstream_connections,
      upstreamQueue: server.limits.upstream_queue,
      requestsPerClient: server.limits.requests_per_client,
    },
  };
}

/** What proves a method where a provider says nothing: RFC 8176 amr values, and the acr values of OpenID's phishing-resistant profile. */
const defaultFactors = {
  password: { acr: [], amr: [['pwd']] },
  otp: { acr: [], amr: [['otp']] },
  passkey: {
    acr: ['phr', 'phrh'],
    amr: [
      ['hwk', 'user'],
      ['swk', 'user'],
    ],
  },
} as const satisfies Record<string, FactorEvidence>;

/** A provider as a snapshot has it. */
export function compileProvider(provider: Configuration['identity_providers'][number]): IdentityProvider {
  const { password, otp, passkey } = provider.factors ?? defaultFactors;
  return {
    id: provider.id,
    title: provider.title ?? provider.id,
    issuer: provider.issuer,
    clientId: provider.client_id,
    clientSecret: provider.client_secret,
    scopes: provider.scopes,
    authorize: provider.authorize,
    claims: provider.claims,
    trustEmail: provider.trust_email,
    refreshMs: provider.refresh,
    claimsMaxAgeMs:
      provider.claims_max_age ?? (provider.refresh === undefined ? undefined : defaultClaimsMaxAgeMs(provider.refresh)),
    reauth: {
      prompt: provider.reauth.prompt,
      maxAgeMs: provider.reauth.max_age,
      isObeyed: provider.reauth.obeyed,
    },
    factors: {
      ...(password === undefined ? {} : { password }),
      ...(otp === undefined ? {} : { otp }),
      ...(passkey === undefined ? {} : { passkey }),
    },
  };
}

/** Half a day, and never so short that one missed refresh ends everybody. */
function defaultClaimsMaxAgeMs(refreshMs: number): number {
  return Math.max(12 * 3_600_000, 2 * refreshMs);
}

/** @param reportIds providers of reports: what devices say of themselves has the source `self`, whatever the file calls it. */
function compilePosture(
  name: string,
  posture: Configuration['postures'][string],
  context: CompileContext,
  reportIds: ReadonlySet<string>,
): Posture {
  return {
    name,
    title: textOf(posture.title),
    at: context.positionOf(['postures', name]),
    require: posture.require,
    maxAgeMs: posture.max_age,
    sources: posture.sources?.map((source) => (reportIds.has(source) ? 'self' : source)),
    ...(posture.on_fail === undefined ? {} : { warnForMs: posture.on_fail.warn_for }),
    help: posture.help,
  };
}

/**
 * Freezes a value and all that it holds. Maps, sets, buffers and URLs cannot be frozen themselves; functions and class
 * instances are left alone, since freezing what they hold inside would break them.
 */
function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) {
    for (const item of value) deepFreeze(item);
    return Object.freeze(value);
  }
  if (value instanceof Map) {
    for (const item of value.values()) deepFreeze(item);
    return value;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  // Plain objects alone come here, so nothing is inherited; asking for the keys makes no list of the values.
  for (const key in value) deepFreeze(value[key]);
  return Object.freeze(value);
}

/** Compiles the services to what a request is looked up in. */
function compileServices(services: Configuration['services']): ServiceTable {
  const byToken = new Map<string, ServiceSettings>();
  const bySpki = new Map<string, ServiceSettings>();
  for (const { id, token_hash, certificate_spki } of services) {
    if (token_hash !== undefined) byToken.set(token_hash, { id, credential: 'token' });
    if (certificate_spki !== undefined) bySpki.set(certificate_spki, { id, credential: 'certificate' });
  }
  return { byToken, bySpki };
}

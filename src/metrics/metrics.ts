import type { Decision } from '../decision/decision.ts';
import type { ReasonCode } from '../decision/reason.ts';
import type { ClientKind } from '../http/client-kind.ts';
import type { ConnectionWork } from '../http/connection-work.ts';

/** How a second configuration would have decided: never with an effect. */
type ShadowChange = 'newly_denied' | 'newly_allowed' | 'newly_step_up' | 'not_comparable';

/** How reading the list of a provider of devices went. */
export const pullResults = ['ok', 'unreachable', 'timeout', 'status', 'rate_limited', 'too_large', 'garbage'] as const;
export type PullResult = (typeof pullResults)[number];

/** Index of a route in the snapshot, or -1 for unknown hosts (`route="_unknown"`). */
export type RouteIndex = number;

/**
 * Every metric of docs/metrics.md, counted by calls that name what happened.
 * Calls on the request's way cost an array increment; prom-client sees the numbers only at a scrape.
 */
export interface Metrics {
  requestStarted(route: RouteIndex): void;
  requestEnded(request: {
    readonly route: RouteIndex;
    readonly status: number;
    readonly origin: 'postern' | 'upstream';
    readonly client: ClientKind | undefined;
    readonly durationMs: number;
    /** What Postern itself added, without waiting for client or upstream. */
    readonly overheadMs: number;
  }): void;
  decided(route: RouteIndex, outcome: Decision['outcome'], reason: ReasonCode, durationMs: number): void;
  /** A rule that its mode kept from acting would have decided so. */
  reported(route: RouteIndex, outcome: Decision['outcome'], reason: ReasonCode): void;
  /** A request passed although a posture failed: its person is still being warned. */
  deviceWarned(route: RouteIndex): void;
  /** How many rules of the running configuration are in a mode. */
  rulesInMode(mode: 'off' | 'report_only' | 'partial' | 'enforce', count: number): void;
  upstreamAnswered(
    route: RouteIndex,
    result: 'ok' | 'connect_error' | 'timeout' | 'tls_error' | 'reset',
    durationMs: number,
  ): void;
  failedClosed(kind: 'state' | 'audit' | 'policy' | 'posture' | 'internal'): void;
  signIn(provider: string, result: 'started' | 'success' | 'denied' | 'cancelled' | 'error' | 'state_lost'): void;
  signInDuration(provider: string, durationMs: number): void;
  stepUp(
    method: 'passkey' | 'totp' | 'recovery_code' | 'idp' | 'registered_browser',
    result: 'prompted' | 'success' | 'failed' | 'cancelled' | 'timeout',
  ): void;
  sessionEnded(cause: 'logout' | 'idle' | 'absolute' | 'admin' | 'user' | 'idp_logout' | 'risk' | 'policy'): void;
  /** `refused`: it turned our client down. */
  providerCalled(
    provider: string,
    endpoint: 'discovery' | 'authorization' | 'jwks' | 'token' | 'userinfo',
    result: 'ok' | 'error' | 'timeout' | 'refused',
  ): void;
  /** A look in the background found it so: told when it turns, and of the first look. */
  providerSeen(provider: string, isAnswering: boolean): void;
  /** A health check of an upstream, by its origin. */
  upstreamChecked(upstream: string, isWell: boolean): void;
  /** Something threw while it was done for a connection, which was closed. */
  connectionBroken(work: ConnectionWork): void;
  /** Somebody wanted more than a limit gives. */
  rateLimited(
    limit: 'connections_per_address' | 'requests_per_client' | 'upstream_queue' | 'body_rate' | 'identity',
  ): void;
  /** The list of a provider of devices was read, or was not. */
  devicesPulled(provider: string, result: PullResult, atMs: number): void;
  /** `ended`: the provider turned the session down; `misconfigured`: it turned our client down; `refused`: its answer was not believed; `impossible`: nothing to ask it with. */
  claimsRefreshed(
    provider: string,
    result: 'success' | 'away' | 'misconfigured' | 'ended' | 'refused' | 'impossible',
  ): void;
  postureChecked(provider: string, check: string, result: 'pass' | 'fail' | 'unknown' | 'stale'): void;
  streamOpened(route: RouteIndex, kind: 'websocket' | 'sse' | 'transfer'): void;
  streamClosed(route: RouteIndex, kind: 'websocket' | 'sse' | 'transfer'): void;
  /** Postern closed it; streams that end without a code have the one that a WebSocket would have got. */
  streamCut(kind: 'websocket' | 'sse' | 'transfer', code: 3000 | 3003 | 1012 | 1013 | 1014): void;
  /** From the write of what revokes until the last worker had applied it and stopped what was open. */
  revocationPropagated(durationMs: number): void;
  /** A connection was closed as it came: this process has as many as it can hold. */
  connectionRefused(): void;
  auditEvent(sink: 'file', result: 'delivered' | 'retried' | 'dropped'): void;
  certificateSeen(host: string, notAfterMs: number): void;
  /** @param config the name of the configuration that runs now */
  configLoaded(isSuccessful: boolean, atMs: number, config: string): void;
  /** A condition of a rule that broke; `rule` is `ROUTE/RULE`. */
  conditionFailed(rule: string): void;
  /** A request that the shadow configuration would have decided otherwise. */
  shadowChanged(change: ShadowChange): void;
  /** A file that risk goes by was read again; `failed`: the one before goes on. */
  riskFileRead(kind: 'mmdb' | 'block_list', result: 'ok' | 'failed'): void;
  /** Gauges that are asked for at a scrape. */
  setSource(source: {
    readonly activeSessions: () => Promise<ReadonlyMap<string, number>> | ReadonlyMap<string, number>;
    readonly oldestUnwrittenAuditAgeMs: () => number;
    /** Connections of people at the listeners of this process. */
    readonly openConnections: () => number;
    /** Revocations and locks that hold, and wait for room on the disk of the state. */
    readonly unwrittenClosures: () => number;
  }): void;
  /** The text of /metrics. */
  expose(): Promise<{ readonly contentType: string; readonly body: string }>;
}

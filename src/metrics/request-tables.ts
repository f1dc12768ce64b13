import type { Decision } from '../decision/decision.ts';
import { type ReasonCode, reasonCodes } from '../decision/reason.ts';
import type { ClientKind } from '../http/client-kind.ts';
import { createHistogramTable } from './histogram-table.ts';
import { createMetricTable, type Dimension } from './metric-table.ts';

/** Seconds; for what waits on apps and networks. */
export const waitingBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Seconds; for what Postern does itself. */
export const ownBuckets = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];

const codeClasses = ['1xx', '2xx', '3xx', '4xx', '5xx', 'none'] as const;
const origins = ['postern', 'upstream'] as const;
const clients = ['document', 'script', 'websocket', 'api', 'grpc', 'other'] as const;
const outcomes = ['allow', 'deny', 'step_up', 'login'] as const;
const upstreamResults = ['ok', 'connect_error', 'timeout', 'tls_error', 'reset'] as const;

type ClientLabel = (typeof clients)[number];

const clientLabels = {
  document: 'document',
  document_post: 'document',
  frame: 'document',
  script: 'script',
  subresource: 'other',
  preflight: 'other',
  websocket: 'websocket',
  api: 'api',
  grpc: 'grpc',
} as const satisfies Record<ClientKind, ClientLabel>;

const outcomeLabels = {
  allow: 'allow',
  deny: 'deny',
  step_up: 'step_up',
  sign_in: 'login',
} as const satisfies Record<Decision['outcome'], (typeof outcomes)[number]>;

const outcomeByReason: Partial<Record<ReasonCode, (typeof outcomes)[number]>> = {
  granted: 'allow',
  public_route: 'allow',
  preflight: 'allow',
  login_required: 'login',
  session_expired: 'login',
  session_revoked: 'login',
  step_up_required: 'step_up',
  reauth_required: 'step_up',
};

/** Numbers in place of labels, computed once: the request's way only adds them. */
const clientOffsets: Record<ClientKind | 'none', number> = {
  ...Object.fromEntries(Object.entries(clientLabels).map(([kind, label]) => [kind, clients.indexOf(label)])),
  none: clients.indexOf('other'),
} as Record<ClientKind | 'none', number>;
const outcomeOffsets = Object.fromEntries(
  Object.entries(outcomeLabels).map(([outcome, label]) => [outcome, outcomes.indexOf(label) * reasonCodes.length]),
) as Record<Decision['outcome'], number>;
const reasonOffsets = Object.fromEntries(reasonCodes.map((code, index) => [code, index])) as Record<ReasonCode, number>;

/** A status's class; `none` (0) when the client left before there was one. */
export function codeClassOffset(status: number): number {
  return status >= 100 && status < 600 ? Math.floor(status / 100) - 1 : codeClasses.length - 1;
}

export function requestCell(status: number, origin: (typeof origins)[number], client: ClientKind | undefined): number {
  const originOffset = origin === 'postern' ? 0 : 1;
  return (codeClassOffset(status) * origins.length + originOffset) * clients.length + clientOffsets[client ?? 'none'];
}

/** The cell of what a rule would have decided that its mode kept from acting. */
export function reportedCell(outcome: Decision['outcome'], reason: ReasonCode): number {
  return outcomes.length * reasonCodes.length + decisionCell(outcome, reason);
}

export function decisionCell(outcome: Decision['outcome'], reason: ReasonCode): number {
  return outcomeOffsets[outcome] + reasonOffsets[reason];
}

/** The metrics that a request passes. */
export function createRequestTables(routes: Dimension) {
  return {
    requests: createMetricTable({
      name: 'postern_http_requests_total',
      help: 'Requests that were answered, by who answered.',
      type: 'counter',
      rows: routes,
      columns: [
        { label: 'code_class', values: codeClasses },
        { label: 'origin', values: origins },
        { label: 'client', values: clients },
      ],
      // Answers that never came are rare: their series would be a sixth of the budget.
      isPreCreated: (cell) => cell < (codeClasses.length - 1) * origins.length * clients.length,
    }),
    duration: createHistogramTable({
      name: 'postern_http_request_duration_seconds',
      help: 'Time from the request line to the end of the answer.',
      rows: routes,
      columns: [{ label: 'code_class', values: codeClasses }],
      bucketsSeconds: waitingBuckets,
      isPreCreated: false,
    }),
    inFlight: createMetricTable({
      name: 'postern_http_requests_in_flight',
      help: 'Requests that are being answered.',
      type: 'gauge',
      rows: routes,
      columns: [],
    }),
    overhead: createHistogramTable({
      name: 'postern_overhead_seconds',
      help: 'Time that Postern added, without waiting for client or upstream.',
      rows: undefined,
      columns: [{ label: 'phase', values: ['total'] }],
      bucketsSeconds: ownBuckets,
      isPreCreated: true,
    }),
    decisions: createMetricTable({
      name: 'postern_authz_decisions_total',
      help: 'Decisions about requests, by outcome and reason.',
      type: 'counter',
      rows: routes,
      columns: [
        { label: 'mode', values: ['enforce', 'report_only'] },
        { label: 'decision', values: outcomes },
        { label: 'reason', values: reasonCodes },
      ],
      isPreCreated: isDecisionPossible,
    }),
    decisionDuration: createHistogramTable({
      name: 'postern_authz_decision_duration_seconds',
      help: 'Time that a decision took.',
      rows: undefined,
      columns: [],
      bucketsSeconds: ownBuckets,
      isPreCreated: true,
    }),
    upstreamDuration: createHistogramTable({
      name: 'postern_upstream_request_duration_seconds',
      help: "Time until the first byte of the upstream's answer.",
      rows: routes,
      columns: [{ label: 'result', values: upstreamResults }],
      bucketsSeconds: waitingBuckets,
      isPreCreated: false,
    }),
    deviceWarnings: createMetricTable({
      name: 'postern_device_warnings_total',
      help: 'Requests that passed although a posture failed, because the person is still being warned.',
      type: 'counter',
      rows: routes,
      columns: [],
    }),
    streams: createMetricTable({
      name: 'postern_streams_active',
      help: 'Open WebSockets and event streams, and requests that have taken seconds.',
      type: 'gauge',
      rows: routes,
      columns: [{ label: 'kind', values: streamKinds }],
    }),
  };
}

/** What stays open. */
export const streamKinds = ['websocket', 'sse', 'transfer'] as const;

/** The cell of an upstream's result. */
export function upstreamCell(result: (typeof upstreamResults)[number]): number {
  return upstreamResults.indexOf(result);
}

// Each reason belongs to one outcome: the other pairs appear only if they ever happen.
function isDecisionPossible(cell: number): boolean {
  const reason = reasonCodes[cell % reasonCodes.length];
  const outcome = outcomes[Math.floor(cell / reasonCodes.length)];
  return reason !== undefined && (outcomeByReason[reason] ?? 'deny') === outcome;
}

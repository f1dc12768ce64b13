import { connectionWork } from '../http/connection-work.ts';
import { createHistogramTable } from './histogram-table.ts';
import { createMetricTable, type Dimension, type MetricTable, type ScrapedMetric } from './metric-table.ts';
import { pullResults } from './metrics.ts';
import { streamKinds, waitingBuckets } from './request-tables.ts';

/** What collects everything that a closed label set does not name. */
export const otherLabel = '_other';

/**
 * The place of a value in a closed list; `_other`, the first one, for any value that is not in it. A reload may add to
 * the list; nothing leaves it, so that counters go on.
 */
export function createClosedSet(label: string, first: readonly string[]) {
  const values = [otherLabel];
  const offsets = new Map<string, number>();
  const add = (added: readonly string[]): void => {
    for (const value of added) if (!offsets.has(value)) offsets.set(value, values.push(value) - 1);
  };
  add(first);
  return {
    dimension: { label, values },
    offsetOf: (value: string) => offsets.get(value) ?? 0,
    has: (value: string) => offsets.has(value),
    add,
  };
}

/** A counter over one or two closed sets of words; `add` takes the words. For what is not on the request's way. */
function createWordCounter<First extends string, Second extends string>(
  name: string,
  help: string,
  rows: Dimension | undefined,
  first: { readonly label: string; readonly values: readonly First[] },
  second?: { readonly label: string; readonly values: readonly Second[] },
): MetricTable & { readonly count: (row: number, value: First, other?: Second) => void } {
  const columns = second === undefined ? [first] : [first, second];
  const table = createMetricTable({ name, help, type: 'counter', rows, columns });
  const width = second?.values.length ?? 1;
  return {
    ...table,
    count(row, value, other) {
      const offset = other === undefined || second === undefined ? 0 : second.values.indexOf(other);
      table.add(row, first.values.indexOf(value) * width + offset, 1);
    },
  };
}

/** Bounds in seconds: one machine's processes hear of each other within 10 ms. */
const propagationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] as const;

/** The metrics of sign-in, sessions, devices, audit and the program itself. */
export function createProgramTables(
  providers: Dimension,
  posture: { readonly providers: Dimension; readonly checks: Dimension; readonly conditionRules: Dimension },
) {
  return {
    failedClosed: createWordCounter(
      'postern_authz_errors_total',
      'Requests that failed closed, by what failed.',
      undefined,
      {
        label: 'kind',
        values: ['state', 'audit', 'policy', 'posture', 'internal'],
      },
    ),
    limited: createWordCounter(
      'postern_rate_limited_total',
      'Connections and requests that a limit stopped, by the limit.',
      undefined,
      {
        label: 'limit',
        values: ['connections_per_address', 'requests_per_client', 'upstream_queue', 'body_rate', 'identity'],
      },
    ),
    brokenConnections: createWordCounter(
      'postern_connections_broken_total',
      'Connections that were closed because something broke inside Postern, by what was being done.',
      undefined,
      { label: 'work', values: connectionWork },
    ),
    conditionErrors: createMetricTable({
      name: 'postern_authz_condition_errors_total',
      help: 'Conditions of rules that broke instead of answering, by rule.',
      type: 'counter',
      rows: posture.conditionRules,
      columns: [],
    }),
    logins: createWordCounter('postern_logins_total', 'Sign-ins, by provider and how they went.', providers, {
      label: 'result',
      values: ['started', 'success', 'denied', 'cancelled', 'error', 'state_lost'],
    }),
    loginDuration: createHistogramTable({
      name: 'postern_login_duration_seconds',
      help: 'Time from sending a person to the provider to the session.',
      rows: providers,
      columns: [],
      bucketsSeconds: waitingBuckets,
      isPreCreated: true,
    }),
    stepUps: createWordCounter(
      'postern_step_ups_total',
      'Requests for more proof, by method and how they went.',
      undefined,
      { label: 'method', values: ['passkey', 'totp', 'recovery_code', 'idp', 'registered_browser'] },
      { label: 'result', values: ['prompted', 'success', 'failed', 'cancelled', 'timeout'] },
    ),
    sessionsEnded: createWordCounter('postern_sessions_ended_total', 'Sessions that ended, by cause.', undefined, {
      label: 'cause',
      values: ['logout', 'idle', 'absolute', 'admin', 'user', 'idp_logout', 'risk', 'policy'],
    }),
    providerCalls: createWordCounter(
      'postern_idp_requests_total',
      'Calls to identity providers.',
      providers,
      { label: 'endpoint', values: ['discovery', 'authorization', 'jwks', 'token', 'userinfo'] },
      { label: 'result', values: ['ok', 'error', 'timeout', 'refused'] },
    ),
    claimsRefreshes: createWordCounter(
      'postern_claims_refreshes_total',
      'Claims that were read again, or were to be, by provider and how it went.',
      providers,
      { label: 'result', values: ['success', 'away', 'misconfigured', 'ended', 'refused', 'impossible'] },
    ),
    postureChecks: createMetricTable({
      name: 'postern_posture_checks_total',
      help: 'Checks of device postures, by who supplied the fact.',
      type: 'counter',
      // Rows, since a reload may add checks.
      rows: posture.checks,
      columns: [posture.providers, { label: 'result', values: ['pass', 'fail', 'unknown', 'stale'] }],
    }),
    devicePulls: createWordCounter(
      'postern_device_provider_pulls_total',
      'How often the list of a provider of devices was read, and how that went.',
      posture.providers,
      { label: 'result', values: pullResults },
    ),
    streamCloses: createWordCounter(
      'postern_stream_closes_total',
      'Open streams that Postern closed, by the code that says why.',
      undefined,
      { label: 'kind', values: streamKinds },
      { label: 'code', values: ['3000', '3003', '1012', '1013', '1014'] },
    ),
    revocationPropagation: createHistogramTable({
      name: 'postern_revocation_propagation_seconds',
      help: 'From the write of what revokes until the last worker had applied it and stopped what was open.',
      rows: undefined,
      columns: [],
      bucketsSeconds: propagationBuckets,
      isPreCreated: true,
    }),
    connectionsRefused: createWordCounter(
      'postern_connections_refused_total',
      'Connections that were closed as they came, by whose limit was reached.',
      undefined,
      { label: 'limit', values: ['process'] },
    ),
    shadowChanges: createWordCounter(
      'postern_authz_shadow_changes_total',
      'Requests that the shadow configuration would have decided otherwise.',
      undefined,
      { label: 'change', values: ['newly_denied', 'newly_allowed', 'newly_step_up', 'not_comparable'] },
    ),
    riskFiles: createWordCounter(
      'postern_risk_files_read_total',
      'Files that risk goes by, each time that one was read; failed: the one before goes on.',
      undefined,
      { label: 'kind', values: ['mmdb', 'block_list'] },
      { label: 'result', values: ['ok', 'failed'] },
    ),
    auditEvents: createWordCounter(
      'postern_audit_events_total',
      'Audit events, by sink and what became of them.',
      undefined,
      {
        label: 'sink',
        values: ['file'],
      },
      { label: 'result', values: ['delivered', 'retried', 'dropped'] },
    ),
  };
}

/** A gauge whose values are set by name, and that shows only what was set. */
export function createNamedGauge(
  name: string,
  help: string,
  label: string | undefined,
): ScrapedMetric & { readonly set: (labelValue: string, value: number) => void } {
  const values = new Map<string, number>();
  return {
    name,
    help,
    type: 'gauge',
    set: (labelValue, value) => void values.set(labelValue, value),
    samples: () =>
      Array.from(values, ([key, value]) => ({ labels: label === undefined ? {} : { [label]: key }, value })),
  };
}

import { createHistogramTable } from './histogram-table.ts';
import { createMetricTable, type Dimension, type MetricTable, type ScrapedMetric } from './metric-table.ts';
import { ownBuckets, waitingBuckets } from './request-tables.ts';

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

/** The metrics of sign-in, sessions, devices, audit and the program itself. */
export function createProgramTables(
  providers: Dimension,
  posture: { readonly providers: Dimension; readonly checks: Dimension },
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
      { label: 'method', values: ['passkey', 'totp', 'recovery_code', 'idp'] },
      { label: 'result', values: ['prompted', 'success', 'failed', 'cancelled', 'timeout'] },
    ),
    sessionsEnded: createWordCounter('postern_sessions_ended_total', 'Sessions that ended, by cause.', undefined, {
      label: 'cause',
      values: ['logout', 'idle', 'absolute', 'admin', 'user', 'idp_logout', 'risk', 'policy'],
    }),
    revocation: createHistogramTable({
      name: 'postern_revocation_propagation_seconds',
      help: 'Time from the write of a revocation until the last worker had applied it.',
      rows: undefined,
      columns: [],
      bucketsSeconds: [...ownBuckets, 0.5, 1, 2.5],
      isPreCreated: true,
    }),
    providerCalls: createWordCounter(
      'postern_idp_requests_total',
      'Calls to identity providers.',
      providers,
      { label: 'endpoint', values: ['discovery', 'jwks', 'token', 'userinfo'] },
      { label: 'result', values: ['ok', 'error', 'timeout'] },
    ),
    postureChecks: createMetricTable({
      name: 'postern_posture_checks_total',
      help: 'Checks of device postures, by who supplied the fact.',
      type: 'counter',
      // Rows, since a reload may add checks.
      rows: posture.checks,
      columns: [posture.providers, { label: 'result', values: ['pass', 'fail', 'unknown', 'stale'] }],
    }),
    shadowChanges: createWordCounter(
      'postern_authz_shadow_changes_total',
      'Requests that the shadow configuration would have decided otherwise.',
      undefined,
      { label: 'change', values: ['newly_denied', 'newly_allowed', 'newly_step_up', 'not_comparable'] },
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

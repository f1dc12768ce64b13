import type { MetricValues } from './metric-values.ts';

type Merge = (values: readonly number[]) => number;

const sum: Merge = (values) => values.reduce((total, value) => total + value, 0);
const largest: Merge = (values) => Math.max(...values);
const smallest: Merge = (values) => Math.min(...values);
const first: Merge = ([value]) => value ?? 0;

/** What adds up for gauges; every counter and histogram does. The first list is that of the process that keeps house. */
const gauges: Readonly<Record<string, Merge>> = {
  postern_sessions_active: first,
  postern_config_last_reload_successful: first,
  postern_config_last_reload_timestamp_seconds: first,
  postern_config_last_reload_success_timestamp_seconds: first,
  postern_config_info: largest,
  postern_build_info: first,
  postern_tls_certificate_not_after_timestamp_seconds: first,
  postern_idp_up: smallest,
  postern_upstream_up: smallest,
  postern_idp_jwks_last_success_timestamp_seconds: largest,
  postern_device_provider_last_success_timestamp_seconds: largest,
  postern_claims_refresh_last_success_timestamp_seconds: largest,
  postern_audit_oldest_undelivered_age_seconds: largest,
  postern_state_unwritten_revocations: first,
  process_open_fds: largest,
  process_max_fds: smallest,
  process_start_time_seconds: first,
  nodejs_version_info: first,
};

/** An event loop that lags is not made better by others that do not. */
const largestPrefix = 'nodejs_eventloop_lag_';

function mergeOf(name: string, type: MetricValues[number]['type']): Merge {
  if (type !== 'gauge') return sum;
  return gauges[name] ?? (name.startsWith(largestPrefix) ? largest : sum);
}

/**
 * One set of values out of those of several processes: counters and histograms are summed, gauges by what they mean.
 * Metrics and series keep the order in which they first appear.
 */
export function mergeValues(lists: readonly MetricValues[]): MetricValues {
  const metrics = new Map<string, { readonly like: MetricValues[number]; readonly series: Map<string, Series> }>();
  for (const metric of lists.flat()) {
    const known = metrics.get(metric.name) ?? { like: metric, series: new Map<string, Series>() };
    metrics.set(metric.name, known);
    for (const sample of metric.values) {
      const key = keyOf(sample);
      const series = known.series.get(key);
      if (series === undefined) known.series.set(key, { sample, values: [sample.value] });
      else series.values.push(sample.value);
    }
  }
  return [...metrics.values()].map(({ like, series }) => {
    const merge = mergeOf(like.name, like.type);
    return { ...like, values: [...series.values()].map(({ sample, values }) => ({ ...sample, value: merge(values) })) };
  });
}

interface Series {
  readonly sample: MetricValues[number]['values'][number];
  readonly values: number[];
}

/** Labels of one metric come in one order, whichever process tells them. */
function keyOf({ metricName = '', labels }: Series['sample']): string {
  let key = metricName;
  for (const name in labels) key += `\n${name}\n${labels[name]}`;
  return key;
}

/** What of a process that is gone goes on to count: a counter that fell would look like a restart. */
export function withoutGauges(values: MetricValues): MetricValues {
  return values.filter(({ type }) => type !== 'gauge');
}

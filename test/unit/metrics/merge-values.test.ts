import { expect, test } from '@jest/globals';
import { exposeValues } from '../../../src/metrics/expose-metrics.ts';
import { mergeValues, withoutGauges } from '../../../src/metrics/merge-values.ts';
import type { MetricValues } from '../../../src/metrics/metric-values.ts';

const metric = (name: string, type: string, ...values: readonly [Record<string, string | number>, number][]) => ({
  name,
  help: 'A metric.',
  type,
  values: values.map(([labels, value]) => ({ labels, value })),
});

const primary: MetricValues = [
  metric('postern_logins_total', 'counter', [{ idp: 'corp' }, 0]),
  metric('postern_sessions_active', 'gauge', [{ idp: 'corp' }, 7]),
  metric('postern_streams_active', 'gauge', [{ route: 'wiki' }, 0]),
  metric('nodejs_eventloop_lag_p99_seconds', 'gauge', [{}, 0.01]),
];
const worker = (logins: number, lag: number): MetricValues => [
  metric('postern_logins_total', 'counter', [{ idp: 'corp' }, logins], [{ idp: 'other' }, 1]),
  metric('postern_sessions_active', 'gauge', [{ idp: 'corp' }, 7]),
  metric('postern_streams_active', 'gauge', [{ route: 'wiki' }, 2]),
  metric('nodejs_eventloop_lag_p99_seconds', 'gauge', [{}, lag]),
];

const valuesOf = (merged: MetricValues) =>
  Object.fromEntries(merged.map(({ name, values }) => [name, values.map(({ value }) => value)]));

test('counters add up, gauges by what they mean: open streams add up, sessions are the same everywhere, lag is the worst', () => {
  expect(valuesOf(mergeValues([primary, worker(3, 0.2), worker(4, 0.05)]))).toEqual({
    postern_logins_total: [7, 2],
    postern_sessions_active: [7],
    postern_streams_active: [4],
    nodejs_eventloop_lag_p99_seconds: [0.2],
  });
});

test('what a worker that is gone had counted goes on to count, what it had open does not', () => {
  const retired = withoutGauges(worker(3, 0.2));
  expect(valuesOf(mergeValues([primary, worker(1, 0.05), retired]))).toMatchObject({
    postern_logins_total: [4, 2],
    postern_streams_active: [2],
  });
});

test('is shown as the text that Prometheus reads', async () => {
  const { body, contentType } = await exposeValues(mergeValues([primary, worker(3, 0.2)]));
  expect(contentType).toContain('text/plain');
  expect(body).toContain('# TYPE postern_logins_total counter\npostern_logins_total{idp="corp"} 3\n');
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { reasonCodes } from '../../../src/decision/reason.ts';
import { createMetrics, type MetricsDependencies } from '../../../src/metrics/create-metrics.ts';
import { createHistogramTable } from '../../../src/metrics/histogram-table.ts';
import { runPromtool } from '../../support/record-promtool.ts';

const build = (changes: Partial<MetricsDependencies> = {}) =>
  createMetrics({
    routes: [{ name: 'wiki' }, { name: 'payroll' }],
    providers: ['corp'],
    postureChecks: ['disk_encrypted'],
    now: () => 1_800_000_000_000,
    build: { version: '0.1.0', nodeVersion: 'v24.21.0' },
    hasProcessMetrics: false,
    ...changes,
  });

/** The exposition as a map from series to value. */
async function read(metrics: ReturnType<typeof build>): Promise<ReadonlyMap<string, number>> {
  const { body } = await metrics.expose();
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

const answered = {
  route: 1,
  status: 200,
  origin: 'upstream',
  client: 'document',
  durationMs: 12,
  overheadMs: 0.3,
} as const;

describe('the metrics', () => {
  test('have each series of a request at 0 from the start, within the budget for a route', async () => {
    const series = await read(build());
    const of = (name: string) =>
      [...series.keys()].filter((key) => key.startsWith(`${name}{`) && key.includes('"payroll"'));
    expect(of('postern_http_requests_total')).toHaveLength(60);
    expect(of('postern_authz_decisions_total')).toHaveLength(reasonCodes.length);
    expect(new Set(series.values())).toContain(0);
    expect(
      series.get(
        'postern_authz_decisions_total{route="payroll",mode="enforce",decision="login",reason="login_required"}',
      ),
    ).toBe(0);
    expect(series.get('postern_sessions_ended_total{cause="risk"}')).toBe(0);
    expect(series.get('postern_step_ups_total{method="idp",result="success"}')).toBe(0);
  });

  test('count a request under its route, class, origin and kind of client', async () => {
    const metrics = build();
    metrics.requestStarted(1);
    expect((await read(metrics)).get('postern_http_requests_in_flight{route="payroll"}')).toBe(1);
    metrics.requestEnded(answered);
    metrics.requestEnded({ ...answered, route: -1, status: 404, origin: 'postern', client: 'frame' });
    metrics.requestEnded({ ...answered, status: 0, client: undefined });
    const series = await read(metrics);
    const name = 'postern_http_requests_total';
    expect(series.get(`${name}{route="payroll",code_class="2xx",origin="upstream",client="document"}`)).toBe(1);
    expect(series.get(`${name}{route="_unknown",code_class="4xx",origin="postern",client="document"}`)).toBe(1);
    expect(series.get(`${name}{route="payroll",code_class="none",origin="upstream",client="other"}`)).toBe(1);
    expect(series.get('postern_overhead_seconds_bucket{phase="total",le="0.0005"}')).toBe(3);
    expect(
      series.get('postern_http_request_duration_seconds_bucket{route="payroll",code_class="2xx",le="0.025"}'),
    ).toBe(1);
    expect(series.get('postern_http_request_duration_seconds_sum{route="payroll",code_class="2xx"}')).toBeCloseTo(
      0.012,
    );
  });

  test('count every outcome with every reason in a place of its own', async () => {
    const metrics = build();
    const outcomes = ['allow', 'sign_in', 'step_up', 'deny'] as const;
    let made = 0;
    for (const [o, outcome] of outcomes.entries()) {
      for (const [r, reason] of reasonCodes.entries()) {
        for (let times = 0; times <= o * 50 + r; times += 1, made += 1) metrics.decided(0, outcome, reason, 0.1);
      }
    }
    const series = await read(metrics);
    const key = (decision: string, reason: string) =>
      `postern_authz_decisions_total{route="wiki",mode="enforce",decision="${decision}",reason="${reason}"}`;
    for (const [o, label] of ['allow', 'login', 'step_up', 'deny'].entries()) {
      for (const [r, reason] of reasonCodes.entries()) expect(series.get(key(label, reason))).toBe(o * 50 + r + 1);
    }
    expect(series.get('postern_authz_decision_duration_seconds_count')).toBe(made);
  });

  test('let a request end on the route where it began when the routes change meanwhile', async () => {
    const before = build();
    before.requestStarted(1);
    const after = before.withRoutes([{ name: 'new' }, { name: 'wiki' }, { name: 'payroll' }]);
    after.requestStarted(0);
    after.requestEnded({ ...answered, route: 2 });
    before.requestEnded(answered);
    const series = await read(after);
    expect(series.get('postern_http_requests_in_flight{route="new"}')).toBe(1);
    expect(series.get('postern_http_requests_in_flight{route="wiki"}')).toBe(0);
    expect(
      series.get('postern_http_requests_total{route="payroll",code_class="2xx",origin="upstream",client="document"}'),
    ).toBe(2);
  });

  test('are not widened by a provider, a check or a route that nobody configured', async () => {
    const metrics = build();
    const before = (await read(metrics)).size;
    for (let index = 0; index < 50; index += 1) {
      metrics.signIn(`evil-${index}`, 'started');
      metrics.postureChecked('self', `invented-${index}`, 'pass');
      metrics.postureChecked(`nobody-${index}`, 'disk_encrypted', 'pass');
      metrics.requestStarted(900 + index);
      metrics.providerCalled(`evil-${index}`, 'jwks', 'ok');
    }
    const series = await read(metrics);
    expect(series.size).toBe(before);
    expect(series.get('postern_logins_total{idp="_other",result="started"}')).toBe(50);
    expect(series.get('postern_posture_checks_total{check="_other",provider="self",result="pass"}')).toBe(50);
  });

  test('ask for what is a state at the scrape, and go on without it when it is not to be had', async () => {
    const metrics = build();
    metrics.setSource({
      activeSessions: () => new Map([['corp', 3]]),
      oldestUnwrittenAuditAgeMs: () => 1500,
      openConnections: () => 5,
      unwrittenClosures: () => 2,
    });
    metrics.providerCalled('corp', 'jwks', 'ok');
    metrics.configLoaded(true, 1_700_000_000_000, '9f2c81d0a4be');
    metrics.configLoaded(false, 1_800_000_000_000, '9f2c81d0a4be');
    metrics.certificateSeen('wiki.corp.example', 1_900_000_000_000);
    let series = await read(metrics);
    expect(series.get('postern_sessions_active{idp="corp"}')).toBe(3);
    expect(series.get('postern_audit_oldest_undelivered_age_seconds{sink="file"}')).toBe(1.5);
    expect(series.get('postern_idp_jwks_last_success_timestamp_seconds{idp="corp"}')).toBe(1_800_000_000);
    expect(series.get('postern_config_last_reload_successful')).toBe(0);
    expect(series.get('postern_config_last_reload_success_timestamp_seconds')).toBe(1_700_000_000);
    expect(series.get('postern_tls_certificate_not_after_timestamp_seconds{host="wiki.corp.example"}')).toBe(
      1_900_000_000,
    );
    metrics.setSource({
      activeSessions: () => Promise.reject(new Error('away')),
      oldestUnwrittenAuditAgeMs: () => 0,
      openConnections: () => 0,
      unwrittenClosures: () => 0,
    });
    series = await read(metrics);
    expect(series.has('postern_sessions_active{idp="corp"}')).toBe(false);
    expect(series.has('postern_http_requests_in_flight{route="wiki"}')).toBe(true);
  });

  test('please promtool, with everything counted once and the process metrics on', async () => {
    const metrics = build({ hasProcessMetrics: true });
    metrics.requestStarted(0);
    metrics.requestEnded(answered);
    metrics.decided(0, 'deny', 'explicit_deny', 0.1);
    metrics.upstreamAnswered(0, 'tls_error', 4);
    metrics.failedClosed('policy');
    metrics.signIn('corp', 'success');
    metrics.signInDuration('corp', 3000);
    metrics.stepUp('idp', 'prompted');
    metrics.sessionEnded('logout');
    metrics.providerCalled('corp', 'jwks', 'ok');
    metrics.postureChecked('admin', 'disk_encrypted', 'pass');
    metrics.streamOpened(0, 'sse');
    metrics.auditEvent('file', 'delivered');
    metrics.certificateSeen('wiki.corp.example', 1);
    metrics.configLoaded(true, 1, '9f2c81d0a4be');
    const { body, contentType } = await metrics.expose();
    expect(contentType).toContain('text/plain');
    expect(body).toContain('nodejs_eventloop_lag_p99_seconds');
    expect(body).toContain('postern_build_info{version="0.1.0",node_version="v24.21.0"} 1');
    const lint = runPromtool(['check', 'metrics'], body);
    if (lint !== undefined) expect(lint).toEqual({ status: 0, output: '' });
  });

  test('put each duration into the first bucket that holds it', () => {
    const bounds = [0.005, 0.01, 0.1];
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 500, noNaN: true })), (durations) => {
        const options = {
          name: 'a',
          help: 'a',
          rows: undefined,
          columns: [],
          bucketsSeconds: bounds,
          isPreCreated: true,
        };
        const table = createHistogramTable(options);
        for (const duration of durations) table.observe(0, 0, duration);
        const samples = table.samples();
        if (!Array.isArray(samples)) throw new Error('a histogram answers at once');
        for (const [index, bound] of bounds.entries()) {
          expect(samples[index].value).toBe(durations.filter((duration) => duration <= bound * 1000).length);
        }
        expect(samples.at(-1).value).toBe(durations.length);
      }),
    );
  });
});

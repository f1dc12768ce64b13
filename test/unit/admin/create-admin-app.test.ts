import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Fault } from '../../../src/decision/fault.ts';
import { adminToken, openAdmin, sampleSession, sessionId } from '../../support/record-admin.ts';
import { makeAllow } from '../../support/record-events.ts';
import { createTrailBench } from '../../support/record-trail.ts';

const json = { 'content-type': 'application/json' };

describe('the admin API', () => {
  let admin: Awaited<ReturnType<typeof openAdmin>>;
  beforeEach(async () => {
    admin = await openAdmin();
  });
  afterEach(() => admin.close());

  test('lists sessions without their tokens, and records that somebody looked', async () => {
    const { status, text } = await admin.call('GET', '/api/v1/sessions');
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      total: 1,
      sessions: [{ id: sessionId, subject: 'ada', last_seen_at: '2027-01-15T08:00:50.000Z' }],
    });
    expect(text).not.toContain('secret-id-token');
    expect(admin.events).toMatchObject([
      { type: 'admin_call', result: 'success', detail: { action: 'sessions.list' } },
    ]);
  });

  test('finds the sessions of one person', async () => {
    expect(JSON.parse((await admin.call('GET', '/api/v1/sessions?user=ada@corp.example')).text).total).toBe(1);
    expect(JSON.parse((await admin.call('GET', '/api/v1/sessions?user=kim')).text).total).toBe(0);
    expect((await admin.call('GET', '/api/v1/sessions?limit=0')).status).toBe(400);
    expect((await admin.call('GET', '/api/v1/sessions?oops=1')).status).toBe(400);
  });

  test('shows one session, and 404 for one that is not there', async () => {
    expect(JSON.parse((await admin.call('GET', `/api/v1/sessions/${sessionId}`)).text).email).toBe('ada@corp.example');
    const other = await admin.call('GET', '/api/v1/sessions/ses_01JX3V8K0000000000000000AC');
    expect(other.status).toBe(404);
    expect(other.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(JSON.parse(other.text)).toMatchObject({ code: 'not_found', status: 404 });
    expect((await admin.call('GET', '/api/v1/sessions/..%2f..%2fetc')).status).toBe(400);
  });

  test('ends a session, says what it ended, and keeps the stated reason', async () => {
    const body = JSON.stringify({ reason: 'laptop lost, INC-812' });
    const { status, text } = await admin.call('DELETE', `/api/v1/sessions/${sessionId}`, { headers: json, body });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ id: sessionId, ended: true, cause: 'admin', email: 'ada@corp.example' });
    expect(admin.live.size).toBe(0);
    expect(admin.events).toMatchObject([
      {
        type: 'session_ended',
        sessionId,
        subject: { subject: 'ada' },
        detail: { stated_reason: 'laptop lost, INC-812' },
      },
    ]);
    expect((await admin.call('DELETE', `/api/v1/sessions/${sessionId}`)).status).toBe(404);
  });

  test('sets, shows and takes back facts of a device, with the source admin', async () => {
    const path = '/api/v1/devices/ada-laptop/facts';
    const set = await admin.call('PUT', path, { headers: json, body: '{"disk_encrypted":false,"os_version":"14.2"}' });
    expect(JSON.parse(set.text).facts.disk_encrypted).toMatchObject({ value: false, source: 'admin' });
    const wrapped = await admin.call('PUT', path, { headers: json, body: '{"facts":{"disk_encrypted":null}}' });
    expect(Object.keys(JSON.parse(wrapped.text).facts)).toEqual(['os_version']);
    expect(Object.keys(JSON.parse((await admin.call('GET', path)).text).facts)).toEqual(['os_version']);
    expect(admin.events[0]).toMatchObject({
      type: 'device_facts_set',
      detail: { device_id: 'ada-laptop', facts: ['disk_encrypted=false', 'os_version=14.2'] },
    });
  });

  test.each([
    ['no facts', '{}', 400],
    ['a nested fact', '{"disk":{"encrypted":true}}', 400],
    ['an inherited name', '{"__proto__":{"admin":true}}', 400],
    ['a name of another form', '{"Disk Encrypted":true}', 400],
    ['half a body', '{"disk_enc', 400],
    ['a list', '[true]', 400],
    ['a large body', JSON.stringify({ note: 'x'.repeat(20_000) }), 413],
    ['a deep body', '['.repeat(8_000) + ']'.repeat(8_000), 400],
  ])('refuses %s', async (_name, body, expected) => {
    const { status, text } = await admin.call('PUT', '/api/v1/devices/ada-laptop/facts', { headers: json, body });
    expect(status).toBe(expected);
    expect(JSON.parse(text).status).toBe(expected);
    expect(text).not.toContain('node_modules');
    expect(admin.facts).toEqual({});
  });

  test('refuses a body of another type in place of ignoring it', async () => {
    const headers = { 'content-type': 'text/plain' };
    const path = `/api/v1/sessions/${sessionId}`;
    expect((await admin.call('DELETE', path, { headers, body: '{"reason":"x"}' })).status).toBe(415);
    expect(admin.live.size).toBe(1);
  });

  test('says which methods a path has', async () => {
    const { status, headers } = await admin.call('POST', '/api/v1/sessions');
    expect(status).toBe(405);
    expect(headers['allow']).toBe('GET, HEAD');
  });

  test('gives the key that signs the audit trail, without its private half', async () => {
    const { text } = await admin.call('GET', '/api/v1/audit/key');
    expect(JSON.parse(text).keys).toEqual([
      { kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'kid', use: 'sig', alg: 'EdDSA' },
    ]);
  });

  test('a ninth who follows the decisions is told that eight do, and may follow once one has left', async () => {
    const headers = { host: `127.0.0.1:${admin.port}`, authorization: `Bearer ${adminToken}` };
    const follow = async () => {
      const options = { host: '127.0.0.1', port: admin.port, path: '/api/v1/decisions', headers, agent: false };
      const [response] = (await once(get(options), 'response')) as [IncomingMessage];
      return response;
    };
    const followers = await Promise.all(Array.from({ length: 8 }, follow));
    expect(followers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 8 }, () => 200));
    const { status, text } = await admin.call('GET', '/api/v1/decisions');
    expect([status, JSON.parse(text)]).toMatchObject([
      429,
      {
        code: 'too_many_followers',
        title: 'As many follow the decisions as may',
        detail: expect.stringContaining('8'),
      },
    ]);
    for (const response of followers) response.destroy();
    let next = await follow();
    while (next.statusCode === 429) {
      next.destroy();
      next = await follow();
    }
    expect(next.statusCode).toBe(200);
    next.destroy();
  });

  test('names each answer, keeps it out of caches, and lets no page frame it', async () => {
    const { headers } = await admin.call('GET', '/nothing');
    expect(headers['postern-decision-id']).toMatch(/^dec_/);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['x-powered-by']).toBeUndefined();
  });
});

describe('what stands behind the admin API', () => {
  test('a decision is found in the trail by its id', async () => {
    const bench = await createTrailBench();
    const trail = await bench.open();
    const admin = await openAdmin({ audit: trail });
    const event = makeAllow(bench.clock.nowMs);
    trail.record(event);
    const { status, text } = await admin.call('GET', `/api/v1/decisions/${event.decisionId}`);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ event: { decision_id: event.decisionId, route: 'payroll' } });
    expect((await admin.call('GET', '/api/v1/decisions/dec_01JX3V8K0000000000000000AB')).status).toBe(404);
    expect((await admin.call('GET', '/api/v1/decisions/latest')).status).toBe(400);
    const types = (await bench.lines()).flatMap((line) =>
      'event' in line ? [(line['event'] as { type: string }).type] : [],
    );
    expect(types).toEqual(['decision', 'admin_call', 'admin_call', 'admin_call']);
    await admin.close();
    await trail.close();
  });

  test('the beginning of a decision id will do; when several begin so they are named', async () => {
    const bench = await createTrailBench();
    const trail = await bench.open();
    const admin = await openAdmin({ audit: trail });
    const events = [makeAllow(bench.clock.nowMs), makeAllow(bench.clock.nowMs + 1)];
    for (const event of events) await trail.recordDurably(event);
    const [first = '', second = ''] = events.map(({ decisionId }) => decisionId);
    const one = await admin.call('GET', `/api/v1/decisions/${first.slice(0, 20).toLowerCase()}`);
    expect(JSON.parse(one.text)).toMatchObject({
      event: { decision_id: first },
      running: { config: expect.any(String) },
    });
    const several = await admin.call('GET', `/api/v1/decisions/${first.slice(0, 12)}`);
    expect(several.status).toBe(409);
    expect(JSON.parse(several.text)).toMatchObject({
      code: 'ambiguous',
      candidates: [{ decision_id: first, route: 'payroll' }, { decision_id: second }],
    });
    await admin.close();
    await trail.close();
  });

  test('a state that is away is a 503 that says so, and is not told as an empty list', async () => {
    const away = () => Promise.reject(new Fault('state_unavailable', 'The state does not answer.'));
    const admin = await openAdmin({
      sessions: {
        page: away,
        ofPerson: away,
        find: away,
        end: away,
        endAllOf: async () => 0,
        endProvedBy: async () => 0,
        lastSeenAtMs: () => undefined,
        revokedAtMs: async () => undefined,
        forgive: async () => false,
      },
    });
    for (const [method, path] of [
      ['GET', '/api/v1/sessions'],
      ['DELETE', `/api/v1/sessions/${sessionId}`],
    ] as const) {
      const { status, text } = await admin.call(method, path);
      expect(status).toBe(503);
      expect(JSON.parse(text).code).toBe('state_unavailable');
    }
    await admin.close();
  });

  test('nothing is done that cannot be recorded, where on_failure is deny', async () => {
    const ended: string[] = [];
    const admin = await openAdmin({
      audit: {
        acceptsEvents: () => false,
        recordDurably: () => Promise.reject(new Fault('audit_unavailable', 'full')),
        search: async () => ({ events: [], damaged: 0, isComplete: true }),
        publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'kid' },
      },
      sessions: {
        page: async () => ({ sessions: [], total: 0, next: undefined }),
        ofPerson: async () => [],
        find: async () => sampleSession,
        end: async (id) => ended.push(id) > 0,
        endAllOf: async () => 0,
        endProvedBy: async () => 0,
        lastSeenAtMs: () => undefined,
        revokedAtMs: async () => undefined,
        forgive: async () => false,
      },
    });
    const { status, text } = await admin.call('DELETE', `/api/v1/sessions/${sessionId}`);
    expect(status).toBe(503);
    expect(JSON.parse(text).code).toBe('audit_unavailable');
    expect(ended).toEqual([]);
    await admin.close();
  });

  test('an unexpected error is told to the log, not to the caller, who has the id by which it is found there', async () => {
    const heard: unknown[][] = [];
    const secret = new Error('password=hunter2');
    const admin = await openAdmin({
      metrics: { expose: () => Promise.reject(secret) },
      onProblem: (_message, ...told) => void heard.push(told),
    });
    const { status, text } = await admin.call('GET', '/metrics');
    expect(status).toBe(500);
    expect(text).not.toContain('hunter2');
    expect(heard).toEqual([[secret, JSON.parse(text).decision_id]]);
    await admin.close();
  });
});

describe('health', () => {
  test('is told without a token, each check by name', async () => {
    const admin = await openAdmin({
      readiness: { state: () => true, jwks: () => Promise.resolve(true) },
    });
    const headers = { authorization: undefined };
    expect(await admin.call('GET', '/livez', { headers })).toMatchObject({ status: 200, text: '{"status":"alive"}' });
    const ready = await admin.call('GET', '/readyz', { headers });
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.text)).toEqual({ status: 'ready', checks: { state: 'ok', jwks: 'ok' } });
    expect(await admin.call('GET', '/metrics', { headers })).toMatchObject({ status: 200, text: 'up 1\n' });
    expect(admin.events).toEqual([]);
    await admin.close();
  });

  test('is not ready when a part says no, fails or is silent; it is alive all the same', async () => {
    const admin = await openAdmin({
      readiness: {
        state: () => false,
        audit: () => Promise.reject(new Error('away')),
        jwks: () => Promise.withResolvers<boolean>().promise,
        config: () => true,
      },
    });
    const ready = await admin.call('GET', '/readyz');
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.text).checks).toEqual({ state: 'failed', audit: 'failed', jwks: 'failed', config: 'ok' });
    expect((await admin.call('GET', '/livez')).status).toBe(200);
    await admin.close();
  });
});

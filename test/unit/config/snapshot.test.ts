import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { compileConfiguration } from '../../../src/config/load-configuration.ts';
import type { Snapshot } from '../../../src/config/snapshot.ts';
import { baseConfiguration, basePorts, makePair, portsWith } from '../../support/config-files.ts';

async function snapshotOf(text: string, options: { readonly shape?: 'server' | 'middleware' } = {}): Promise<Snapshot> {
  const result = await compileConfiguration(text, await basePorts(), {
    file: 'postern.yaml',
    folder: '/etc/postern',
    ...options,
  });
  if (result.outcome === 'refused') throw new Error(JSON.stringify(result.problems));
  return result.snapshot;
}

describe('the snapshot', () => {
  test('holds what the file says, in units, with paths made absolute and secrets read', async () => {
    const snapshot = await snapshotOf(baseConfiguration);
    expect(snapshot).toMatchObject({
      hash: createHash('sha256').update(baseConfiguration).digest('hex'),
      file: 'postern.yaml',
      admin: { listen: { host: '127.0.0.1', port: 9443 }, token: 't'.repeat(40) },
      state: { store: 'sqlite', path: '/etc/postern/data/postern.db', key: 'k'.repeat(44) },
      session: { expirationMs: 43_200_000, inactivityMs: 1_800_000, recheckMs: 60_000 },
      audit: {
        path: '/etc/postern/audit',
        onFailure: 'allow',
        retainMs: 7_776_000_000,
        rotateBytes: 1_073_741_824,
        facts: 'once',
      },
      server: {
        authHost: 'auth.corp.example',
        listeners: [{ host: '127.0.0.1', port: 8443, publicPort: 443 }],
        redirectHttp: undefined,
        limits: {
          headerBytes: 16_384,
          bodyBytes: 104_857_600,
          requestTimeoutMs: 60_000,
          headerTimeoutMs: 10_000,
          bodyRateBytes: 256,
          connectionsPerAddress: 2_000,
          upstreamConnections: 1_024,
          upstreamQueue: 1_024,
          requestsPerClient: 256,
        },
      },
      risk: {
        medium: 'step_up',
        high: 'end_session',
        signals: { new_network: { weight: 15, halfLifeMs: 43_200_000 } },
      },
    });
    expect(snapshot.server.tls?.certificates[0]?.names).toEqual(['*.corp.example']);
    expect(snapshot.server.tls?.clientCa).toContain('BEGIN CERTIFICATE');
    expect(snapshot.server.trustedProxies.contains('127.0.0.1')).toBe(false);
  });

  test('holds compiled routes and rules, each with its place', async () => {
    const { routes, routeTable } = await snapshotOf(baseConfiguration);
    const payroll = routes[0];
    expect(payroll).toMatchObject({
      index: 0,
      title: 'payroll',
      at: { file: 'postern.yaml', line: 24, column: 5 },
      origin: 'https://payroll.corp.example',
      host: 'payroll.corp.example',
      match: { kind: 'prefix', path: '/' },
      setRequestHeaders: [['x-env', 'prod']],
      identity: { claims: [], headers: [], assertion: { lifetimeMs: 60_000, algorithm: 'ES256' }, limitBytes: 7168 },
      policy: {
        isPublic: false,
        postures: ['managed-laptop'],
        stepUpMethods: ['passkey', 'otp'],
        riskResponse: { mediumFrom: 40, highFrom: 70 },
      },
    });
    const grant = payroll?.policy.grants[0];
    expect(grant).toMatchObject({
      id: 'finance',
      at: { line: 30 },
      device: 'managed-laptop',
      auth: { methods: ['passkey'], maxAgeMs: 900_000 },
      risk: { below: 40 },
    });
    expect(grant?.networks?.names).toEqual(['office']);
    expect([grant?.networks?.contains('203.0.113.9'), grant?.paths?.[0]?.matches('/reports/1')]).toEqual([true, true]);
    expect(payroll?.policy.denials[0]).toMatchObject({
      id: 'no-contractors',
      at: { line: 41 },
      userMessage: { en: 'Use the vendor portal.' },
    });
    expect(routeTable.find('wiki.corp.example', '/a')).toBe(routes[1]);
  });

  test('a provider without factors has the default evidence; one with factors has only those', async () => {
    const withFactors = await snapshotOf(baseConfiguration);
    expect(withFactors.providers.get('corp')?.factors).toEqual({
      otp: { acr: [], amr: [['otp']] },
      passkey: { acr: ['phr'], amr: [] },
    });
    const without = await snapshotOf(baseConfiguration.replace(/ {4}factors:.*\n/, ''));
    expect(without.providers.get('corp')?.factors).toEqual({
      password: { acr: [], amr: [['pwd']] },
      otp: { acr: [], amr: [['otp']] },
      passkey: {
        acr: ['phr', 'phrh'],
        amr: [
          ['hwk', 'user'],
          ['swk', 'user'],
        ],
      },
    });
  });

  test('cannot be changed by anybody who works with it', async () => {
    const snapshot = await snapshotOf(baseConfiguration);
    const unfrozen: string[] = [];
    const visit = (value: unknown, path: string) => {
      if (
        typeof value !== 'object' ||
        value === null ||
        value instanceof Set ||
        value instanceof URL ||
        Buffer.isBuffer(value)
      )
        return;
      if (value instanceof Map) for (const [key, item] of value) visit(item, `${path}.${key}`);
      else {
        if (!Object.isFrozen(value)) unfrozen.push(path);
        for (const [key, item] of Object.entries(value)) visit(item, `${path}.${key}`);
      }
    };
    visit(snapshot, 'snapshot');
    expect(unfrozen).toEqual([]);
  });

  test('inside an Express app it needs no listeners, and next hands the request on', async () => {
    const text = baseConfiguration
      .replace(/ {2}listeners:.*\n/, '')
      .replace(/ {2}tls:.*\n/, '')
      .replace('https://10.0.0.6:8443', 'next');
    const snapshot = await snapshotOf(text, { shape: 'middleware' });
    expect([snapshot.server.tls, snapshot.server.listeners, snapshot.routes[1]?.target]).toEqual([
      undefined,
      [],
      { kind: 'next' },
    ]);
  });

  test('addresses of people and headers are kept in the form that they are compared in', async () => {
    const text = baseConfiguration
      .replace('[ada@corp.example]', '[Ada@BÜCHER.example.]')
      .replace('domains: [corp.example]', 'domains: [Corp.Example]');
    const grant = (await snapshotOf(text)).routes[0]?.policy.grants[0];
    expect([[...(grant?.emails ?? [])], [...(grant?.domains ?? [])]]).toEqual([
      ['ada@xn--bcher-kva.example'],
      ['corp.example'],
    ]);
  });

  test('several certificates, upstream CA and client certificate are read', async () => {
    const other = await makePair(['status.other.example']);
    const ports = await basePorts({ 'other.crt': other.certificate, 'other.key': other.key });
    const text = baseConfiguration
      .replace(
        'certificate: server.crt, key: server.key',
        'certificate: [server.crt, other.crt], key: [server.key, other.key]',
      )
      .replace(
        'prefix: /',
        'tls_custom_ca_file: other.crt\n    tls_client_cert_file: other.crt\n    tls_client_key_file: other.key\n    tls_upstream_server_name: Payroll.internal',
      );
    const result = await compileConfiguration(text, ports, { folder: '/etc/postern' });
    if (result.outcome === 'refused') throw new Error(JSON.stringify(result.problems));
    expect(result.snapshot.server.tls?.certificates.map(({ names }) => names)).toEqual([
      ['*.corp.example'],
      ['status.other.example'],
    ]);
    expect(result.snapshot.routes[0]?.target).toMatchObject({
      serverName: 'payroll.internal',
      ca: other.certificate,
      clientCertificate: { cert: other.certificate, key: other.key },
    });
  });

  test('an ended certificate is loaded and warned of', async () => {
    const ended = await makePair(['*.corp.example'], new Date(Date.UTC(2026, 4, 20)));
    const ports = await basePorts({ 'server.crt': ended.certificate, 'server.key': ended.key });
    const result = await compileConfiguration(baseConfiguration, ports, { folder: '/etc/postern' });
    expect(result.outcome === 'loaded' && result.warnings.map(({ message }) => message)).toEqual([
      'the certificate server.crt ended on 2026-05-20',
    ]);
  });
});

describe('config/example.yaml', () => {
  test('is valid and has one warning, which it explains', async () => {
    const text = await readFile(join(import.meta.dirname, '../../../config/example.yaml'), 'utf8');
    const pair = await makePair(['*.corp.example']);
    const files = {
      'certs/server.crt': pair.certificate,
      'certs/server.key': pair.key,
      'certs/device-ca.crt': pair.certificate,
      'certs/internal-ca.crt': pair.certificate,
      '/run/secrets/admin_token': 'a'.repeat(44),
      '/run/secrets/state_key': 's'.repeat(44),
    };
    const result = await compileConfiguration(text, portsWith(files, { OIDC_CLIENT_SECRET: 'secret' }), {
      folder: '/etc/postern',
    });
    expect(result.outcome === 'loaded' ? result.warnings.map(({ code }) => code) : result.problems).toEqual(['P104']);
  });
});

import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { resultOfFault } from '../../../src/upstream/upstream-fault.ts';
import { createUpstreamPools } from '../../../src/upstream/upstream-pools.ts';
import { type Authority, createAuthority, type IssuedCertificate } from '../../support/development-certificates.ts';
import { getRequest, type ProxyOptions } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

let authority: Authority;
let stranger: Authority;
let good: IssuedCertificate;

beforeAll(async () => {
  authority = await createAuthority();
  stranger = await createAuthority('Somebody else');
  good = await authority.issueServerCertificate(['payroll.internal']);
});

async function start(certificate: IssuedCertificate, target: ProxyOptions['target'], more = {}): Promise<void> {
  await wire.startTlsUpstream({ ...certificate, ...more }, (request, response) => {
    const socket = request.socket as TLSSocket;
    response.end(
      JSON.stringify({
        name: socket.servername,
        client: socket.getPeerCertificate().subject?.CN,
        protocol: socket.alpnProtocol,
      }),
    );
  });
  await wire.startProxy({ target });
}

async function ask(): Promise<string> {
  return wire.send(getRequest('/', [], 'evil.example'));
}

test('an upstream with a certificate of the configured authority and name is reached, whatever the Host', async () => {
  await start(good, { ca: authority.ca, serverName: 'payroll.internal' });
  const received = await ask();
  expect(received).toContain('"name":"payroll.internal"');
  expect(received).toContain('"protocol":"http/1.1"');
});

test('an upstream that is named by its address is checked against the address', async () => {
  await start(await authority.issueServerCertificate(['127.0.0.1']), { ca: authority.ca });
  expect(await ask()).toContain('"name":false');
  await wire.proxy.close();
  await wire.upstream.close();
  await start(good, { ca: authority.ca });
  expect(await ask()).toMatch(/^HTTP\/1\.1 502 /);
});

test('a client certificate is shown where one is configured', async () => {
  const client = await authority.issueClientCertificate('postern');
  const demanding = { ca: authority.ca, requestCert: true, rejectUnauthorized: true };
  await start(good, { ca: authority.ca, serverName: 'payroll.internal', clientCertificate: client }, demanding);
  expect(await ask()).toContain('"client":"postern"');
});

test('an upstream that demands a client certificate and gets none is a fault', async () => {
  const demanding = { ca: authority.ca, requestCert: true, rejectUnauthorized: true };
  await start(good, { ca: authority.ca, serverName: 'payroll.internal' }, demanding);
  expect(await ask()).toMatch(/^HTTP\/1\.1 502 /);
});

test.each([
  ['of an authority that nobody configured', () => good, {}],
  ['of another authority', () => stranger.issueServerCertificate(['payroll.internal']), { withCa: true }],
  ['with another name', () => authority.issueServerCertificate(['wiki.internal']), { withCa: true }],
  [
    'that has expired',
    () => authority.issueServerCertificate(['payroll.internal'], { notAfter: new Date(Date.now() - 1000) }),
    { withCa: true },
  ],
  [
    'that is not valid yet',
    () => authority.issueServerCertificate(['payroll.internal'], { notBefore: new Date(Date.now() + 3_600_000) }),
    { withCa: true },
  ],
  ['that is made for clients', () => authority.issueClientCertificate('payroll.internal'), { withCa: true }],
])('an upstream with a certificate %s is not sent a byte', async (_, issue, options: { withCa?: boolean }) => {
  await start(await issue(), { serverName: 'payroll.internal', ...(options.withCa ? { ca: authority.ca } : {}) });
  let calls = 0;
  wire.upstream.server.on('request', () => {
    calls += 1;
  });
  expect(await ask()).toMatch(/^HTTP\/1\.1 502 /);
  expect(calls).toBe(0);
  const [fault] = wire.proxy.faults;
  expect(fault?.code).toBe('upstream_unreachable');
  expect(fault && resultOfFault(fault)).toBe('tls_error');
});

test('connections are not shared between routes that trust differently, and unused pools are closed', async () => {
  await start(good, { ca: authority.ca, serverName: 'payroll.internal' });
  const pools = createUpstreamPools();
  const base = {
    kind: 'upstreams',
    urls: [wire.upstream.url],
    serverName: 'payroll.internal',
    ca: authority.ca,
    clientCertificate: undefined,
  } as const;
  const [server] = pools.serversOf(base);
  expect(pools.serversOf({ ...base })[0]).toBe(server);
  expect(pools.serversOf({ ...base, ca: stranger.ca })[0]).not.toBe(server);
  expect(pools.serversOf({ ...base, serverName: 'other.internal' })[0]).not.toBe(server);
  expect(pools.serversOf({ ...base, clientCertificate: good })[0]).not.toBe(server);
  await pools.retain([base]);
  expect(pools.serversOf(base)[0]).toBe(server);
  await pools.retain([]);
  expect(pools.serversOf(base)[0]).not.toBe(server);
  await pools.close();
});

import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Authority, createAuthority, type IssuedCertificate } from '../support/development-certificates.ts';
import { getRequest } from '../support/wire-proxy.ts';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterEach);

let authority: Authority;
let stranger: Authority;

beforeAll(async () => {
  authority = await createAuthority();
  stranger = await createAuthority('Stranger');
});

afterEach(() => {
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
});

const past = { notAfter: new Date(Date.now() - 1000) };
const cases: readonly [string, () => Promise<IssuedCertificate>][] = [
  ['of a stranger’s authority', () => stranger.issueServerCertificate(['app.internal'])],
  ['for another name', () => authority.issueServerCertificate(['other.internal'])],
  ['for the name in the Host header', () => authority.issueServerCertificate(['app.example'])],
  ['that has expired', () => authority.issueServerCertificate(['app.internal'], past)],
  ['made for clients', () => authority.issueClientCertificate('app.internal')],
];

const upgrade = ['Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13'];

describeBoth('an upstream with a certificate');

function describeBoth(title: string): void {
  for (const [name, issue] of cases) {
    for (const kind of ['request', 'upgrade'] as const) {
      test(`${title} ${name} gets no byte of a ${kind}, whatever the environment says`, async () => {
        process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
        let bytes = 0;
        await wire.startTlsUpstream(await issue(), (_request, response) => response.end());
        wire.upstream.server.on('secureConnection', (socket) =>
          socket.on('data', (chunk: Buffer) => (bytes += chunk.length)),
        );
        await wire.startProxy({
          target: { ca: authority.ca, serverName: 'app.internal' },
        });
        const text =
          kind === 'request'
            ? getRequest('/')
            : getRequest('/', upgrade).replace('Connection: close', 'Connection: Upgrade');
        expect(await wire.send(text)).toMatch(/^HTTP\/1\.1 502 /);
        expect(wire.proxy.faults.map((fault) => fault.code)).toEqual(['upstream_unreachable']);
        expect(bytes).toBe(0);
      });
    }
  }
}

test('a connection that was checked for one route is not lent to a route that trusts another authority', async () => {
  const certificate = await authority.issueServerCertificate(['app.internal']);
  await wire.startTlsUpstream(certificate, (_request, response) => response.end('ok'));
  await wire.startProxy({ target: { ca: authority.ca, serverName: 'app.internal' } });
  expect(await wire.send(getRequest('/'))).toMatch(/ 200 OK/);
  await wire.proxy.close();
  await wire.startProxy({ target: { ca: stranger.ca, serverName: 'app.internal' } });
  expect(await wire.send(getRequest('/'))).toMatch(/ 502 /);
});

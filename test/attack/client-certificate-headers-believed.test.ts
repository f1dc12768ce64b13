import { afterEach, expect, test } from '@jest/globals';
import {
  getRequest,
  pairsOf,
  type RunningProxy,
  type RunningServer,
  sendRaw,
  startProxy,
  startUpstream,
} from '../support/wire-proxy.ts';

let upstream: RunningServer;
let proxy: RunningProxy;

afterEach(async () => {
  await proxy.close();
  await upstream.close();
});

test('no header that speaks of a client certificate or a device passes', async () => {
  const names = [
    'Client-Cert',
    'Client-Cert-Chain',
    'Client_Cert',
    'X-Client-Cert',
    'X-SSL-Client-Cert',
    'X-SSL-Client-Verify',
    'X-SSL-CERT',
    'Ssl-Client-Cert',
    'SSL_CLIENT_S_DN',
    'X-Forwarded-Client-Cert',
    'X-Forwarded-Tls-Client-Cert',
    'X-ARR-ClientCert',
    'X-Device-Trust',
    'X-Verified-Access-Challenge-Response',
  ];
  let seen: [string, string][] = [];
  upstream = await startUpstream((request, response) => {
    seen = pairsOf(request.rawHeaders);
    response.end();
  });
  proxy = await startProxy({ upstreams: [upstream.url] });
  await sendRaw(
    proxy.port,
    getRequest(
      '/',
      names.map((name) => `${name}: forged`),
    ),
  );
  expect(seen.filter(([, value]) => value === 'forged')).toEqual([]);
});

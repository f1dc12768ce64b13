import { afterEach, expect, test } from '@jest/globals';
import { getRequest, pairsOf } from '../support/wire-proxy.ts';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterEach);

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
  await wire.open((request, response) => {
    seen = pairsOf(request.rawHeaders);
    response.end();
  });
  await wire.send(
    getRequest(
      '/',
      names.map((name) => `${name}: forged`),
    ),
  );
  expect(seen.filter(([, value]) => value === 'forged')).toEqual([]);
});

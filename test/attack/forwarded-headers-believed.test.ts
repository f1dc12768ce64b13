import { afterEach, expect, test } from '@jest/globals';
import { findClientAddress } from '../../src/http/client-address.ts';
import { parseCanonicalTarget } from '../../src/http/parse-canonical-target.ts';
import { getRequest, pairsOf } from '../support/wire-proxy.ts';
import { createWire } from '../support/wire-stage.ts';

const wire = createWire(afterEach);

const forged = [
  'X-Forwarded-For: 6.6.6.6',
  'X-Forwarded-Uri: /evil-marker',
  'X-Forwarded-Proto: evil-marker',
  'X-Forwarded-Host: evil-marker.example',
  'X-Forwarded-Port: 666',
  'X-Forwarded-Prefix: /evil-marker',
  'X-Forwarded-Server: evil-marker',
  'X-Forwarded: for=6.6.6.6',
  'X_Forwarded_Host: evil-marker.example',
  'X-Original-URL: /evil-marker',
  'X-Original-Host: evil-marker.example',
  'X-Rewrite-URL: /evil-marker',
  'X-Host: evil-marker.example',
  'Forwarded: for=6.6.6.6;host=evil-marker.example;proto=http',
  'X-Real-IP: 6.6.6.6',
  'X-Client-IP: 6.6.6.6',
  'True-Client-IP: 6.6.6.6',
  'CF-Connecting-IP: 6.6.6.6',
];

test('a forwarded header of the client’s changes neither the target nor the address, and does not reach the app', async () => {
  let seen: [string, string][] = [];
  await wire.open((request, response) => {
    seen = [['url', request.url ?? ''], ...pairsOf(request.rawHeaders)];
    response.end();
  });
  await wire.send(getRequest('/page', forged));
  expect(seen[0]).toEqual(['url', '/page']);
  expect(seen.filter(([, value]) => /evil-marker|6\.6\.6\.6|666/.test(value))).toEqual([]);

  const rawHeaders = ['Host', 'app.example', ...forged.flatMap((line) => line.split(': '))];
  expect(parseCanonicalTarget({ method: 'GET', url: '/page', rawHeaders })).toMatchObject({
    target: { host: 'app.example', port: undefined, path: '/page', query: '' },
  });
  const trustsOthers = { names: ['10.0.0.0/8'], contains: (address: string) => address.startsWith('10.') };
  expect(findClientAddress('203.0.113.7', rawHeaders, trustsOthers)).toEqual({
    outcome: 'known',
    address: '203.0.113.7',
  });
});

import { describe, expect, test } from '@jest/globals';
import type { Snapshot } from '../../src/config/snapshot.ts';
import { assertPlainHttpIsLocal, isLoopback } from '../../src/server/plain-http-guard.ts';

function serving(authHost: string, ...hosts: readonly string[]): Snapshot {
  return { server: { authHost }, routes: hosts.map((host) => ({ host })) } as unknown as Snapshot;
}

describe('plain HTTP', () => {
  const local = serving('auth.localhost', 'wiki.localhost', 'localhost');

  test('listens on loopback', () => {
    for (const address of ['127.0.0.1', '127.9.9.9', '::1'])
      expect(() => assertPlainHttpIsLocal(address, local)).not.toThrow();
  });

  test.each(['0.0.0.0', '::', '', '192.0.2.1', '10.0.0.1', '::ffff:192.0.2.1', '128.0.0.1', 'localhost.evil.example'])(
    'does not listen on %j',
    (address) => {
      expect(() => assertPlainHttpIsLocal(address, local)).toThrow(/loopback/);
    },
  );

  test.each(['wiki.corp.example', 'localhost.evil.example', 'evillocalhost', '127.0.0.1'])(
    'does not serve the host %s',
    (host) => {
      expect(() => assertPlainHttpIsLocal('127.0.0.1', serving('auth.localhost', host))).toThrow(/localhost/);
      expect(() => assertPlainHttpIsLocal('127.0.0.1', serving(host, 'wiki.localhost'))).toThrow(/localhost/);
    },
  );

  test('serves nobody who comes from elsewhere', () => {
    for (const peer of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect(isLoopback(peer)).toBe(true);
    for (const peer of [undefined, '', '192.0.2.1', '::ffff:192.0.2.1', '::2', 'fe80::1', '128.0.0.1'])
      expect(isLoopback(peer)).toBe(false);
  });
});

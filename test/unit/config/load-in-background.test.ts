import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { createSlices } from '../../../src/config/background/run-in-slices.ts';
import { type LoadResult, loadConfiguration } from '../../../src/config/load-configuration.ts';
import { loadConfigurationInBackground } from '../../../src/config/load-in-background.ts';
import { baseConfiguration, basePorts, makePair } from '../../support/config-files.ts';
import { largeConfiguration, largeConfigurationEnvironment } from '../../support/large-configuration.ts';

const file = '/etc/postern/postern.yaml';
const inThread = { directBytes: 0 } as const;

/** All of a result that is data, functions and networks asked in place of compared. */
function plain(result: LoadResult): unknown {
  return JSON.parse(
    JSON.stringify(result, (_, value) => (value instanceof Set || value instanceof Map ? [...value] : value)),
  );
}

describe('loading in the background', () => {
  test('gives the same snapshot as loading at once', async () => {
    const other = await makePair(['x.corp.example']);
    const text = baseConfiguration.replace(
      'prefix: /',
      'tls_custom_ca_file: other.crt\n    tls_client_cert_file: other.crt\n    tls_client_key_file: other.key',
    );
    const ports = await basePorts({ 'postern.yaml': text, 'other.crt': other.certificate, 'other.key': other.key });
    const here = await loadConfiguration(file, ports);
    const there = await loadConfigurationInBackground(file, ports, inThread);
    expect(here.outcome).toBe('loaded');
    expect(plain(there)).toEqual(plain(here));
    const snapshot = there.outcome === 'loaded' ? there.snapshot : undefined;
    expect(snapshot?.routes[0]?.policy.grants[0]?.networks?.contains('203.0.113.9')).toBe(true);
    expect(snapshot?.routeTable.find('wiki.corp.example', '/a')).toBe(snapshot?.routes[1]);
    expect(Object.isFrozen(snapshot?.routes[0]?.policy.grants[0])).toBe(true);
  });

  test('finds the same problems as loading at once', async () => {
    const text = baseConfiguration
      .replace('groups: [finance]', 'goups: [finance]')
      .replace('file:token', 'file:nothing');
    const ports = await basePorts({ 'postern.yaml': text });
    const there = await loadConfigurationInBackground(file, ports, inThread);
    expect(there.outcome).toBe('refused');
    expect(there).toEqual(await loadConfiguration(file, ports));
  });

  test.each([
    ['a file that is not there', undefined],
    ['a file that is not UTF-8', Buffer.from([0x61, 0xff])],
    ['an empty file', Buffer.from('# nothing')],
  ])('%s is refused as it is at once', async (_, bytes) => {
    const ports = await basePorts(bytes === undefined ? {} : { 'postern.yaml': bytes });
    const there = await loadConfigurationInBackground(file, ports, inThread);
    expect(there).toMatchObject({ outcome: 'refused', isUnreadable: true });
    expect(there).toEqual(await loadConfiguration(file, ports));
  });

  test('a small file needs no thread', async () => {
    const ports = await basePorts({ 'postern.yaml': baseConfiguration });
    expect((await loadConfigurationInBackground(file, ports)).outcome).toBe('loaded');
  });

  test('requests are answered while a large configuration is checked and compiled', async () => {
    const server = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const base = await basePorts({ 'postern.yaml': largeConfiguration(1_500) });
      let isLoading = true;
      const loading = loadConfigurationInBackground(
        file,
        { ...base, env: largeConfigurationEnvironment },
        { shape: 'middleware' },
      ).finally(() => {
        isLoading = false;
      });
      let answered = 0;
      while (isLoading) {
        const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
        expect(await response.text()).toBe('here');
        if (isLoading) answered += 1;
      }
      const result = await loading;
      expect(result.outcome === 'loaded' && result.snapshot.routes.length).toBe(1_500);
      expect(answered).toBeGreaterThan(5);
    } finally {
      server.close();
    }
  });

  test('slices end when their time is used up, and not before', async () => {
    let now = 0;
    let turns = 0;
    const others = setInterval(() => undefined, 1);
    function* work(): Generator<undefined, number> {
      for (let step = 0; step < 10; step += 1) {
        now += 2;
        setImmediate(() => {
          turns += 1;
        });
        yield;
      }
      return turns;
    }
    expect(await createSlices(() => now, 5)(work())).toBe(9);
    clearInterval(others);
  });

  test('pieces that are each shorter than a slice leave others their turn together', async () => {
    let now = 0;
    let turns = 0;
    const slices = createSlices(() => now, 5);
    function* piece(): Generator<undefined, void> {
      now += 2;
      yield;
    }
    for (let count = 0; count < 30; count += 1) {
      setImmediate(() => {
        turns += 1;
      });
      await slices(piece());
    }
    expect(turns).toBeGreaterThan(20);
  });
});

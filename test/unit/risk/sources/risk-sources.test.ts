import { describe, expect, test } from '@jest/globals';
import { createRiskSources } from '../../../../src/risk/sources/risk-sources.ts';
import { writeMmdb } from '../../../support/mmdb-writer.ts';
import { berlin, madeUpMap, sydney } from '../../../support/risk-map.ts';

function stage(files: Record<string, Buffer | undefined>) {
  const told: string[] = [];
  const versions = new Map<string, number>();
  const sources = createRiskSources({
    readFile: async (path) => {
      const bytes = files[path];
      if (bytes === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return bytes;
    },
    versionOf: async (path) => {
      if (files[path] === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return String(versions.get(path) ?? 0);
    },
    onRead: (kind, path, problem) => told.push(`${kind} ${path} ${problem ?? 'ok'}`),
    every: () => () => undefined,
  });
  const replace = (path: string, bytes: Buffer | undefined) => {
    files[path] = bytes;
    versions.set(path, (versions.get(path) ?? 0) + 1);
  };
  return { sources, told, replace };
}

const files = { mmdbFiles: ['city.mmdb'], blockListFiles: ['blocked.txt'] };

describe('the files that risk goes by', () => {
  test('keep a start from going on when one of them is truncated or missing', async () => {
    const { sources } = stage({ 'city.mmdb': madeUpMap.subarray(0, 300) });
    await expect(sources.use(files)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/city\.mmdb cannot be used.*truncated[\s\S]*blocked\.txt.*not there/),
    });
  });

  test('are read again when they change', async () => {
    const { sources, replace } = stage({ 'city.mmdb': madeUpMap, 'blocked.txt': Buffer.from(sydney) });
    await sources.use(files);
    expect([sources.placeOf(berlin)?.country, sources.listOf(sydney)]).toEqual(['DE', 'blocked.txt']);
    const before = sources.generation;
    await sources.look();
    expect(sources.generation).toBe(before);
    replace('city.mmdb', writeMmdb({ '203.0.113.0/24': { country: { iso_code: 'FR' } } }));
    replace('blocked.txt', Buffer.from('# nobody'));
    await sources.look();
    expect([sources.placeOf(berlin)?.country, sources.listOf(sydney)]).toEqual(['FR', undefined]);
    expect(sources.generation).toBeGreaterThan(before);
  });

  test('go on as they were when the new ones are damaged or gone, and it is told once', async () => {
    const { sources, told, replace } = stage({ 'city.mmdb': madeUpMap, 'blocked.txt': Buffer.from(sydney) });
    await sources.use(files);
    told.length = 0;
    replace('city.mmdb', madeUpMap.subarray(0, 200));
    replace('blocked.txt', undefined);
    await sources.look();
    await sources.look();
    expect([sources.placeOf(berlin)?.country, sources.listOf(sydney)]).toEqual(['DE', 'blocked.txt']);
    expect(told).toEqual([
      expect.stringContaining('mmdb city.mmdb The file city.mmdb cannot be used for risk'),
      expect.stringContaining('block_list blocked.txt The file blocked.txt cannot be used for risk: it is not there.'),
    ]);
    replace('city.mmdb', madeUpMap);
    await sources.look();
    expect(told.at(-1)).toBe('mmdb city.mmdb ok');
  });

  test('of a configuration that may run next are checked without counting yet', async () => {
    const { sources } = stage({ 'city.mmdb': madeUpMap, 'other.mmdb': Buffer.from('garbage') });
    await sources.use({ mmdbFiles: [], blockListFiles: [] });
    expect(await sources.check({ mmdbFiles: ['city.mmdb', 'other.mmdb'], blockListFiles: [] })).toEqual([
      expect.stringContaining('other.mmdb cannot be used for risk: it is no MaxMind database'),
    ]);
    expect(sources.placeOf(berlin)).toBeUndefined();
    await sources.use({ mmdbFiles: ['city.mmdb'], blockListFiles: [] });
    expect(sources.placeOf(berlin)?.country).toBe('DE');
  });

  test('complete each other: what the first says of a thing counts', async () => {
    const asn = writeMmdb({ '203.0.113.0/24': { autonomous_system_number: 64999, country: { iso_code: 'XX' } } });
    const country = writeMmdb({ '203.0.113.0/24': { country: { iso_code: 'DE' } } });
    const { sources } = stage({ a: country, b: asn });
    await sources.use({ mmdbFiles: ['a', 'b'], blockListFiles: [] });
    expect(sources.placeOf(berlin)).toMatchObject({ country: 'DE', asn: 64999 });
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openLocationFile } from '../../../../src/risk/sources/location-file.ts';
import { writeMmdb } from '../../../support/mmdb-writer.ts';
import { berlin, madeUpMap } from '../../../support/risk-map.ts';

describe('a location database', () => {
  test('says country, coordinates and operator of IPv4 and IPv6 addresses, and nothing of others', () => {
    const map = openLocationFile(madeUpMap);
    expect(map.find(berlin)).toEqual({
      asn: 64500,
      asName: 'Made-up operator 64500',
      country: 'DE',
      coordinates: { latitude: 52.5, longitude: 13.4, radiusKm: 20 },
    });
    expect(map.find('2001:db8:5::1')?.country).toBe('JP');
    expect(map.find('10.0.0.1')).toBeUndefined();
  });

  test('is refused when it is truncated anywhere, or was never one', () => {
    for (const length of [0, 1, 100, madeUpMap.length - 200, madeUpMap.length - 1]) {
      expect(() => openLocationFile(madeUpMap.subarray(0, length))).toThrow(/truncated|no MaxMind database/);
    }
    expect(() => openLocationFile(Buffer.from('<html>404</html>'))).toThrow('no MaxMind database');
    // The end of a file without its beginning.
    expect(() => openLocationFile(madeUpMap.subarray(madeUpMap.length - 180))).toThrow('truncated');
  });

  test('with damaged bytes is refused or answers something of the right shape; it never hangs or breaks', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(madeUpMap.length - 1), fc.nat(255)), { maxLength: 40 }), (damage) => {
        const bytes = Buffer.from(madeUpMap);
        for (const [at, byte] of damage) bytes[at] = byte;
        try {
          const place = openLocationFile(bytes).find(berlin);
          if (place?.coordinates !== undefined) expect(Math.abs(place.coordinates.latitude)).toBeLessThanOrEqual(90);
        } catch (thrown) {
          expect(thrown).toBeDefined();
        }
      }),
      { numRuns: 300 },
    );
  });

  test('of other values than it should have says nothing of those', () => {
    const map = openLocationFile(
      writeMmdb({
        '203.0.113.0/24': { country: { iso_code: 'Germany' }, location: { latitude: 'north', longitude: 1 } },
      }),
    );
    expect(map.find(berlin)).toEqual({ asn: undefined, asName: undefined, country: undefined, coordinates: undefined });
  });
});

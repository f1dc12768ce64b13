import { openLocationFile } from '../../src/risk/sources/location-file.ts';
import type { RiskSources } from '../../src/risk/sources/risk-sources.ts';
import { writeMmdb } from './mmdb-writer.ts';

const place = (country: string, latitude: number, longitude: number, asn: number) => ({
  country: { iso_code: country },
  location: { latitude, longitude, accuracy_radius: 20 },
  autonomous_system_number: asn,
  autonomous_system_organization: `Made-up operator ${asn}`,
});

/** Documentation networks on a made-up map (a fake data file). */
export const madeUpMap = writeMmdb({
  '203.0.113.0/25': place('DE', 52.5, 13.4, 64500),
  '203.0.113.128/25': place('DE', 48.1, 11.6, 64500),
  '198.51.100.0/24': place('AU', -33.9, 151.2, 64501),
  '192.0.2.0/24': place('DE', 53.5, 10, 64502),
  '2001:db8:5::/48': place('JP', 35.7, 139.7, 64503),
});

export const berlin = '203.0.113.7';
export const munich = '203.0.113.200';
export const hamburg = '192.0.2.9';
export const sydney = '198.51.100.20';

/** Sources that know the made-up map and a list. */
export function mapSources(listed: readonly string[] = []): RiskSources {
  const map = openLocationFile(madeUpMap);
  return {
    generation: 1,
    placeOf: (address) => map.find(address),
    listOf: (address) => (listed.includes(address) ? 'blocked.txt' : undefined),
  };
}

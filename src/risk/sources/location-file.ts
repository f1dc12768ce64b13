import { createRequire } from 'node:module';
import type { Reader, Response } from 'mmdb-lib';
import { z } from 'zod';
import type { Place } from '../place.ts';

const require = createRequire(import.meta.url);

/** One database in the MaxMind format. The only file that reads it; what it says is checked, since anybody may have built it. */
export interface LocationFile {
  /** What it says of an address; `undefined` when nothing. Throws on a database that is broken where it was asked. */
  find(address: string): Place | undefined;
}

/** The parts that are read, of City, Country, ASN and ISP databases alike. What has another shape is as if it were not there. */
const record = z.object({
  autonomous_system_number: z.number().int().positive().optional().catch(undefined),
  autonomous_system_organization: z.string().max(256).optional().catch(undefined),
  country: z
    .object({ iso_code: z.string().regex(/^[A-Z]{2}$/) })
    .optional()
    .catch(undefined),
  location: z
    .object({
      latitude: z.number().min(-90).max(90),
      longitude: z.number().min(-180).max(180),
      accuracy_radius: z.number().min(0).max(20_000).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** Where a map names no accuracy, in km: a city's. */
const usualRadiusKm = 50;
const separatorBytes = 16;

/** Opens a database. Throws an Error whose message says what is wrong with it. */
export function openLocationFile(bytes: Buffer): LocationFile {
  const reader = openReader(bytes);
  const { nodeCount, nodeByteSize, ipVersion } = reader.metadata;
  const isWhole = nodeCount > 0 && nodeCount * nodeByteSize + separatorBytes < bytes.length;
  if (!isWhole || (ipVersion !== 4 && ipVersion !== 6)) throw new Error('it is truncated or damaged');
  // An IPv6 address has no place in a tree of IPv4 ones.
  const fits = (address: string): boolean => ipVersion === 6 || !address.includes(':');
  const find = (address: string): Place | undefined => {
    if (!fits(address)) return undefined;
    const found = record.safeParse(reader.get(address));
    if (!found.success) return undefined;
    const { autonomous_system_number: asn, autonomous_system_organization: asName, country, location } = found.data;
    return {
      asn,
      asName,
      country: country?.iso_code,
      coordinates: location && {
        latitude: location.latitude,
        longitude: location.longitude,
        radiusKm: location.accuracy_radius ?? usualRadiusKm,
      },
    };
  };
  tryOut(find);
  return { find };
}

function openReader(bytes: Buffer): Reader<Response> {
  const mmdb: typeof import('mmdb-lib') = require('mmdb-lib');
  try {
    return new mmdb.Reader<Response>(bytes);
  } catch {
    throw new Error('it is no MaxMind database, or a truncated one: its metadata at the end is missing');
  }
}

/** Damage shows only where one looks. A thousand addresses all over the tree find a file that was cut and pasted together. */
function tryOut(find: (address: string) => unknown): void {
  try {
    for (let first = 0; first < 256; first += 1) {
      for (const rest of ['0.0.1', '64.0.1', '128.0.1', '192.0.1']) find(`${first}.${rest}`);
    }
  } catch {
    throw new Error('it is truncated or damaged');
  }
}

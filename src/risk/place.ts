import { z } from 'zod';

/** What a map says of an address; a part that is `undefined` is not on it. */
export interface Place {
  /** Of the network operator. */
  readonly asn: number | undefined;
  readonly asName: string | undefined;
  /** ISO 3166, two letters. */
  readonly country: string | undefined;
  readonly coordinates:
    | { readonly latitude: number; readonly longitude: number; readonly radiusKm: number }
    | undefined;
}

/** Where an address was seen, and when. */
export interface GeoPoint {
  readonly latitude: number;
  readonly longitude: number;
  /** How far the map may be off. */
  readonly radiusKm: number;
  readonly address: string;
  readonly atMs: number;
}

/** The same, as it is stored. */
export const geoPoint = z.object({
  latitude: z.number(),
  longitude: z.number(),
  radiusKm: z.number(),
  address: z.string(),
  atMs: z.number(),
});

/** The operator of a network as people know it. */
export function nameOfAsn({ asn, asName }: Place): string {
  return asName === undefined ? `AS${asn}` : `AS${asn} ${asName}`;
}

const earthRadiusKm = 6371;

/** The great-circle distance in km (haversine). */
export function distanceKm(
  one: Pick<GeoPoint, 'latitude' | 'longitude'>,
  other: Pick<GeoPoint, 'latitude' | 'longitude'>,
): number {
  const radians = Math.PI / 180;
  const latitudes = ((other.latitude - one.latitude) * radians) / 2;
  const longitudes = ((other.longitude - one.longitude) * radians) / 2;
  const chord =
    Math.sin(latitudes) ** 2 +
    Math.cos(one.latitude * radians) * Math.cos(other.latitude * radians) * Math.sin(longitudes) ** 2;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord)));
}

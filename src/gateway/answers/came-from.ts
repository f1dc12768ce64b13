import { parseCanonicalTarget } from '../../http/parse-canonical-target.ts';
import { originOn } from '../arrival.ts';
import type { Received } from '../stages.ts';

/** A longer address is not worth a record. */
const longestReferer = 2_000;

/**
 * The page of the same app on which a person pressed what they now must prove more for: a canonical path and query.
 * A browser may say anything, so another origin, another spelling of ours and what cannot be read count for nothing.
 */
export function cameFrom({ arrival, target }: Pick<Received, 'arrival' | 'target'>): string | undefined {
  const { referer } = arrival.request.headers;
  const origin = originOn(arrival.listener, target.host);
  if (referer === undefined || referer.length > longestReferer || !referer.startsWith(`${origin}/`)) return undefined;
  const url = referer.slice(origin.length);
  const parsed = parseCanonicalTarget({ method: 'GET', url, rawHeaders: ['Host', target.host] });
  if (parsed.outcome === 'refused' || parsed.target.path.startsWith('/.postern/')) return undefined;
  return parsed.target.path + parsed.target.query;
}

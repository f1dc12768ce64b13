import type { ClientHeaders } from './classify-client.ts';
import type { ClientKind } from './client-kind.ts';

/** What a request's answer is for: a page or whatever acts, sound and pictures that move, or any other part of a page. */
export type FetchKind = 'page' | 'media' | 'part';

const mediaDestinations: ReadonlySet<unknown> = new Set(['audio', 'video', 'track']);

/**
 * Tells it by what browsers and players say of themselves. Players of the system send no `Sec-Fetch-Dest`; they read in
 * ranges or name their playback.
 */
export function fetchKindOf(headers: ClientHeaders, method: string, client: ClientKind): FetchKind {
  if (method !== 'GET' && method !== 'HEAD') return 'page';
  if (client !== 'api' && client !== 'subresource' && client !== 'script') return 'page';
  const destination = headers['sec-fetch-dest'];
  if (destination !== undefined) return mediaDestinations.has(destination) ? 'media' : 'part';
  const isPlaying = headers['range'] !== undefined || headers['x-playback-session-id'] !== undefined;
  return isPlaying || headers['icy-metadata'] !== undefined ? 'media' : 'part';
}

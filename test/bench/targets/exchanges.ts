import type { Contender } from '../contender.ts';

/** Requests that the app behind understands, from the small to the large. */
export const exchanges = [
  { name: 'GET 300 B', path: '/app', method: 'GET' },
  { name: 'GET 10 KB', path: '/app/10k', method: 'GET' },
  { name: 'POST 10 KB', path: '/app', method: 'POST', bytes: 10 * 1024 },
  { name: 'GET 1 MB', path: '/app/1m', method: 'GET' },
] as const;

/** The same contender, asked for something else. */
export function atPath(contender: Contender, path: string): Contender {
  return { ...contender, url: new URL(path, contender.url).href };
}

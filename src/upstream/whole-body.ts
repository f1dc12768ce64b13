import type { IncomingMessage } from 'node:http';
import { hasComeWhole } from '../http/request-framing.ts';

/**
 * The body of a request where all of it is here and nobody has read it: it goes out in one write with its head, and needs no
 * stream, no timer and nobody who waits. `undefined`: it must be read as it comes.
 */
export function takeWholeBody(request: IncomingMessage): Buffer | undefined {
  if (!hasComeWhole(request)) return undefined;
  const body: Buffer | null = request.read();
  // It ends only where somebody reads on.
  request.resume();
  return body ?? undefined;
}

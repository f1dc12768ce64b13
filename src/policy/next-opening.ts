import type { NextOpening } from '../decision/decision.ts';
import type { Hours } from './rule-values.ts';

/** Two sets of hours meet within a few steps, or hardly ever. */
const mostSteps = 64;

/** When all of these hours (a grant's and those of its segment) hold together next; `undefined`: not soon, or there are none. */
export function nextOpening(all: readonly Hours[], nowMs: number): NextOpening | undefined {
  const zone = all[0]?.zone;
  if (zone === undefined) return undefined;
  let atMs = nowMs;
  for (let step = 0; step < mostSteps; step += 1) {
    const closed = all.find((one) => !one.contains(atMs));
    if (closed === undefined) return atMs > nowMs ? { atMs, zone } : undefined;
    const next = closed.nextOpeningMs(atMs);
    if (next === undefined || next <= atMs) return undefined;
    atMs = next;
  }
  return undefined;
}

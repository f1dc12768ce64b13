import type { RiskHistory } from './history.ts';
import { mergeDenials } from './signals/denials.ts';
import { mergeRate } from './signals/request-rate.ts';
import { mergeTrait } from './trait.ts';

/**
 * Takes what other processes wrote into this process's history, in place (SECURITY.md 28).
 * @param unwritten requests of the current minute that this process counted since it last wrote.
 */
export function absorbHistory(mine: RiskHistory, kept: RiskHistory, unwritten: number): void {
  Object.assign(mine.network, mergeTrait(mine.network, kept.network));
  Object.assign(mine.userAgent, mergeTrait(mine.userAgent, kept.userAgent));
  Object.assign(mine.rate, mergeRate(kept.rate, mine.rate, unwritten));
  mine.denials = mergeDenials(mine.denials, kept.denials);
  mine.provedAtMs = Math.max(mine.provedAtMs, kept.provedAtMs);
}

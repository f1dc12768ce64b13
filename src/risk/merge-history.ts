import { laterEpisode } from './episode.ts';
import { conditionNames, counterNames, type RiskHistory, traitNames } from './history.ts';
import { absorbSketch } from './path-sketch.ts';
import { mergeEvents } from './signals/counted-events.ts';
import { mergeRate } from './signals/request-rate.ts';
import { mergeTrait } from './trait.ts';

/**
 * Takes what other processes wrote into this process's history, in place (security-rules.md 28).
 * @param unwritten requests of the current minute that this process counted since it last wrote.
 */
export function absorbHistory(mine: RiskHistory, kept: RiskHistory, unwritten: number): void {
  for (const name of traitNames) Object.assign(mine.traits[name], mergeTrait(mine.traits[name], kept.traits[name]));
  for (const name of conditionNames) {
    mine.conditions[name] = laterEpisode(mine.conditions[name], kept.conditions[name]);
  }
  for (const name of counterNames) mine.events[name] = mergeEvents(mine.events[name], kept.events[name]);
  const { travel } = mine;
  const latest = laterEpisode(travel.episode, kept.travel.episode);
  // The place goes with the episode that it began.
  const isTheirs = latest !== travel.episode || (latest === undefined && isLater(kept.travel.from, travel.from));
  if (isTheirs) Object.assign(travel, { from: kept.travel.from, episode: latest });
  Object.assign(mine.rate, mergeRate(kept.rate, mine.rate, unwritten));
  absorbSketch(mine.breadth, kept.breadth);
  mine.provedAtMs = Math.max(mine.provedAtMs, kept.provedAtMs);
  mine.taughtAtMs = Math.max(mine.taughtAtMs, kept.taughtAtMs);
}

function isLater(one: { readonly atMs: number } | undefined, other: { readonly atMs: number } | undefined): boolean {
  return (one?.atMs ?? 0) > (other?.atMs ?? 0);
}

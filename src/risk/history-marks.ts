import type { Episode } from './episode.ts';
import { conditionNames, type RiskHistory, traitNames } from './history.ts';

/**
 * What of a history answers hang on, as it was at the last look, without what every request moves: times of the last
 * look, counts of the minute. Written over in place: it lies on every request's way.
 */
export type HistoryMarks = unknown[];

/** Takes the marks of a history as it is now; answers whether any of them differs from those of the last look. */
export function updateMarks(marks: HistoryMarks, history: RiskHistory): boolean {
  const { traits, conditions, travel, rate, breadth } = history;
  let isChanged = put(marks, 0, history.provedAtMs);
  isChanged = put(marks, 1, history.taughtAtMs) || isChanged;
  isChanged = put(marks, 2, travel.from?.address) || isChanged;
  isChanged = putEpisode(marks, 3, travel.episode) || isChanged;
  isChanged = putEpisode(marks, 7, rate.episode) || isChanged;
  isChanged = putEpisode(marks, 11, breadth.episode) || isChanged;
  let at = 15;
  for (const name of traitNames) {
    isChanged = put(marks, at, traits[name].known) || isChanged;
    isChanged = putEpisode(marks, at + 1, traits[name].episode) || isChanged;
    at += 5;
  }
  for (const name of conditionNames) {
    isChanged = putEpisode(marks, at, conditions[name]) || isChanged;
    at += 4;
  }
  return isChanged;
}

/** An episode that goes on is noted as seen each second; that alone changes nothing. */
function putEpisode(marks: HistoryMarks, at: number, episode: Episode | undefined): boolean {
  const isWhat = put(marks, at, episode?.what);
  const isSince = put(marks, at + 1, episode?.sinceMs);
  const isEnded = put(marks, at + 2, episode?.endedAtMs);
  const isPeak = put(marks, at + 3, episode?.peak);
  return isWhat || isSince || isEnded || isPeak;
}

function put(marks: HistoryMarks, at: number, value: unknown): boolean {
  if (marks[at] === value) return false;
  marks[at] = value;
  return true;
}

import { distance } from 'fastest-levenshtein';

/** The candidate that was probably meant: nearest in letters, within a limit that also shrinks with the length of the word. */
export function closest(word: string, candidates: Iterable<string>, limit: number): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(limit, Math.max(1, Math.ceil(word.length / 2))) + 1;
  if (word.length > 100) return undefined;
  for (const candidate of candidates) {
    const found = distance(fold(word), fold(candidate));
    if (found < bestDistance) [best, bestDistance] = [candidate, found];
  }
  return best;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll('-', '_');
}

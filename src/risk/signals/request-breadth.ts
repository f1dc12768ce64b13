import { observeCondition } from '../episode.ts';
import { clearBits, countPaths, notePath, type PathSketch, slotAt } from '../path-sketch.ts';
import type { Habit } from '../person-baseline.ts';
import type { Signal } from '../signal.ts';

/** Different paths in a quarter of an hour that are never too many. */
const alwaysFine = 400;
/** So many times the habit is far over it. */
const farOver = 4;

function limitOf(habit: Habit): number {
  return Math.max(alwaysFine, farOver * habit.value);
}

/** The slot that ended with so many paths, when this request is the first of another one. */
export function turnSlot(sketch: PathSketch, nowMs: number): Habit | undefined {
  const slot = slotAt(nowMs);
  if (sketch.slot === slot) return undefined;
  const ended = { slot: sketch.slot, value: countPaths(sketch) };
  clearBits(sketch, slot);
  return ended.slot === 0 ? undefined : ended;
}

/** Takes in the path of one request, in the slot that was turned to. */
export function observeBreadth(
  sketch: PathSketch,
  path: string,
  habit: Habit,
  lastProofAtMs: number,
  nowMs: number,
): void {
  const { episode } = sketch;
  const isQuiet = episode === undefined || episode.endedAtMs !== undefined;
  if (!notePath(sketch, path) && isQuiet) return;
  const count = countPaths(sketch);
  const isWide = count > limitOf(habit);
  if (!isWide && isQuiet) return;
  const next = observeCondition(episode, isWide ? 'paths' : undefined, lastProofAtMs, nowMs);
  sketch.episode = next && { ...next, peak: Math.max(count, next.peak ?? 0) };
}

/**
 * Far more different paths than this person looks at: somebody is copying the app.
 *
 * Formula: n = different paths in a quarter of an hour (counted within a few percent), limit = max(400, 4 × habit). Above
 * the limit: `weight × min(1, highest n ÷ limit − 1)`; once a quarter of an hour is under the limit, halving with each
 * `half_life`. The habit is that of the person, a moving average over sessions that stepped up.
 */
export const requestBreadth: Signal = {
  name: 'request_breadth',
  family: 'volume',
  answeredBy: 'step_up',
  read: ({ history, baseline }) => {
    const { episode } = history.breadth;
    if (episode === undefined) return undefined;
    const limit = limitOf(baseline.paths);
    const peak = episode.peak ?? 0;
    return {
      strength: Math.max(0, Math.min(1, peak / limit - 1)),
      sinceMs: episode.sinceMs,
      endedAtMs: episode.endedAtMs,
      detail: () =>
        `${peak} different paths in a quarter of an hour; habit ${Math.round(baseline.paths.value)}, limit ${Math.round(limit)}`,
    };
  },
};

import type { CountedDenial, RiskHistory } from '../history.ts';
import type { Signal } from '../signal.ts';

const windowMs = 10 * 60_000;
/** So many denials in the window are many. */
const many = 5;
/** So many give the whole weight. */
const most = 10;
const rememberedDenials = 32;

/** Takes in an enforced denial of a document: one a route and minute, so that an app cannot get its visitors locked out (SECURITY.md 19). */
export function observeDenial(history: RiskHistory, route: string, nowMs: number): boolean {
  const minute = Math.floor(nowMs / 60_000);
  const isCounted = history.denials.some((one) => one.route === route && Math.floor(one.atMs / 60_000) === minute);
  if (isCounted) return false;
  history.denials = [...history.denials, { route, atMs: nowMs }].slice(-rememberedDenials);
  return true;
}

/** What both processes counted, each route and minute once. */
export function mergeDenials(one: readonly CountedDenial[], other: readonly CountedDenial[]): readonly CountedDenial[] {
  const merged = new Map<string, CountedDenial>();
  for (const denial of [...one, ...other]) {
    const key = `${Math.floor(denial.atMs / 60_000)} ${denial.route}`;
    if (!merged.has(key)) merged.set(key, denial);
  }
  return [...merged.values()].sort((a, b) => a.atMs - b.atMs).slice(-rememberedDenials);
}

/**
 * The session is turned away again and again: somebody is trying doors.
 *
 * Formula: n = denials in ten minutes, one a route and minute. From n = 5 on: `weight × min(1, n ÷ 10)` while the ten
 * minutes hold five of them, then halving with each `half_life`. Denials from before a proof no longer count.
 */
export const denials: Signal = {
  name: 'denials',
  read: (history, nowMs) => {
    const counted = history.denials.length < many ? history.denials : unanswered(history);
    // The last stretch of ten minutes that held many.
    for (let last = counted.length - 1; last >= many - 1; last -= 1) {
      const newest = counted[last];
      const fifth = counted[last - many + 1];
      if (newest === undefined || fifth === undefined || newest.atMs - fifth.atMs > windowMs) continue;
      const inWindow = counted.filter(({ atMs }) => atMs <= newest.atMs && newest.atMs - atMs <= windowMs).length;
      const holdsUntilMs = fifth.atMs + windowMs;
      return {
        strength: Math.min(1, inWindow / most),
        sinceMs: newest.atMs,
        endedAtMs: nowMs <= holdsUntilMs ? undefined : holdsUntilMs,
        detail: () => `${inWindow} denials in ten minutes; ${many} are many, ${most} give the whole weight`,
      };
    }
    return undefined;
  },
};

function unanswered({ denials: all, provedAtMs }: RiskHistory): readonly CountedDenial[] {
  return all.filter(({ atMs }) => atMs >= provedAtMs);
}

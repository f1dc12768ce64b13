import type { CountedEvent } from '../history.ts';
import type { SignalReading } from '../signal.ts';

const rememberedEvents = 32;

/** When so many events are too many. */
export interface EventBounds {
  readonly windowMs: number;
  /** So many in the window are many. */
  readonly many: number;
  /** So many give the whole weight. */
  readonly most: number;
  /** For the analyst: `denials in ten minutes`. */
  readonly called: string;
}

/** The events with this one: one of each kind a minute. The same list when it was counted already. */
export function countEvent(events: readonly CountedEvent[], route: string, nowMs: number): readonly CountedEvent[] {
  const minute = Math.floor(nowMs / 60_000);
  const isCounted = events.some((one) => one.route === route && Math.floor(one.atMs / 60_000) === minute);
  return isCounted ? events : [...events, { route, atMs: nowMs }].slice(-rememberedEvents);
}

/** What both processes counted, each kind and minute once, the earliest of them. */
export function mergeEvents(one: readonly CountedEvent[], other: readonly CountedEvent[]): readonly CountedEvent[] {
  const merged = new Map<string, CountedEvent>();
  for (const event of [...one, ...other]) {
    const key = `${Math.floor(event.atMs / 60_000)} ${event.route}`;
    const known = merged.get(key);
    if (known === undefined || event.atMs < known.atMs) merged.set(key, event);
  }
  return [...merged.values()].sort((a, b) => a.atMs - b.atMs || (a.route < b.route ? -1 : 1)).slice(-rememberedEvents);
}

/** The last stretch that held many events since the last proof. */
export function readEvents(
  all: readonly CountedEvent[],
  provedAtMs: number,
  { windowMs, many, most, called }: EventBounds,
  nowMs: number,
): SignalReading | undefined {
  if (all.length < many) return undefined;
  // A proof from the future answers nothing.
  const counted = provedAtMs > nowMs ? all : all.filter(({ atMs }) => atMs >= provedAtMs);
  for (let last = counted.length - 1; last >= many - 1; last -= 1) {
    const newest = counted[last];
    const first = counted[last - many + 1];
    if (newest === undefined || first === undefined || newest.atMs - first.atMs > windowMs) continue;
    const inWindow = counted.filter(({ atMs }) => atMs <= newest.atMs && newest.atMs - atMs <= windowMs).length;
    const holdsUntilMs = first.atMs + windowMs;
    return {
      strength: Math.min(1, inWindow / most),
      sinceMs: newest.atMs,
      endedAtMs: nowMs <= holdsUntilMs ? undefined : holdsUntilMs,
      detail: () => `${inWindow} ${called}; ${many} are many, ${most} give the whole weight`,
    };
  }
  return undefined;
}

import { laterEpisode } from '../episode.ts';
import type { RequestRate } from '../history.ts';
import type { Signal } from '../signal.ts';

const minuteMs = 60_000;
/** Requests a minute that are never too many: a person opening several pages with all their parts. */
const alwaysFine = 600;
/** So many times the habit is far over it. */
const farOver = 10;
/** A habit is learned in the ten minutes after a proof alone. */
const learningMs = 10 * minuteMs;
const learningShare = 0.2;

/** Requests a minute over the last sixty seconds: this minute's, and of the one before the part that still counts. */
function rateAt(rate: RequestRate, nowMs: number): number {
  const minute = Math.floor(nowMs / minuteMs);
  const remaining = 1 - (nowMs - minute * minuteMs) / minuteMs;
  if (minute === rate.minute) return rate.count + rate.previousCount * remaining;
  return minute === rate.minute + 1 ? rate.count * remaining : 0;
}

/** @param usual requests a minute that the person is used to, in whatever session. */
function limitOf(rate: RequestRate, usual: number): number {
  return Math.max(alwaysFine, farOver * Math.max(rate.habit, usual));
}

/** Ends the minute that `rate` stands in. Its count teaches the habit only shortly after a proof and when it was not itself too many. */
function turnMinute(rate: RequestRate, minute: number, lastProofAtMs: number): void {
  const isTaught = rate.minute * minuteMs - lastProofAtMs <= learningMs && rate.episode === undefined && rate.count > 0;
  if (isTaught) rate.habit += (rate.count - rate.habit) * learningShare;
  rate.previousCount = minute === rate.minute + 1 ? rate.count : 0;
  rate.count = 0;
  rate.minute = minute;
}

/** Takes in one request. @param usual requests a minute that the person is used to. */
export function observeRate(rate: RequestRate, lastProofAtMs: number, nowMs: number, usual = 0): void {
  const minute = Math.floor(nowMs / minuteMs);
  if (minute > rate.minute) turnMinute(rate, minute, lastProofAtMs);
  rate.count += 1;
  const current = rateAt(rate, nowMs);
  const { episode } = rate;
  if (episode !== undefined && lastProofAtMs > episode.sinceMs) {
    // A person vouched for this pace: it is the habit now.
    rate.habit = Math.max(rate.habit, episode.peak, current);
    rate.episode = undefined;
  } else if (current <= limitOf(rate, usual)) {
    if (episode !== undefined && episode.endedAtMs === undefined) {
      rate.episode = { ...episode, endedAtMs: nowMs, seenAtMs: nowMs };
    }
  } else if (episode === undefined || episode.endedAtMs !== undefined) {
    rate.episode = { what: 'rate', sinceMs: nowMs, endedAtMs: undefined, seenAtMs: nowMs, peak: current };
  } else if (current > episode.peak || nowMs - episode.seenAtMs >= 1000) {
    rate.episode = { ...episode, seenAtMs: nowMs, peak: Math.max(episode.peak, current) };
  }
}

/**
 * One rate out of the stored one and this process's, which counted `unwritten` requests since it last wrote.
 * Counts of one minute add up across processes.
 */
export function mergeRate(kept: RequestRate, mine: RequestRate, unwritten: number): RequestRate {
  const habit = Math.max(kept.habit, mine.habit);
  const episode = laterEpisode(mine.episode, kept.episode);
  if (kept.minute > mine.minute) {
    const previousCount = kept.minute === mine.minute + 1 ? kept.previousCount + unwritten : kept.previousCount;
    return { minute: kept.minute, count: kept.count, previousCount, habit, episode };
  }
  if (kept.minute === mine.minute) {
    const previousCount = Math.max(kept.previousCount, mine.previousCount);
    return { minute: mine.minute, count: kept.count + unwritten, previousCount, habit, episode };
  }
  const previousCount = kept.minute === mine.minute - 1 ? Math.max(kept.count, mine.previousCount) : mine.previousCount;
  return { minute: mine.minute, count: mine.count, previousCount, habit, episode };
}

/**
 * Far more requests than this session is used to: a script has taken over.
 *
 * Formula: r = requests in the last sixty seconds, limit = max(600, 10 × habit), the session's or the person's, whichever is higher. Above the limit:
 * `weight × min(1, highest r ÷ limit − 1)`, from 0 at the limit to the whole weight at twice it; once r is back under
 * the limit, halving with each `half_life`. The habit is a moving average (from 0; each minute weighs 0.2) of the minutes that
 * begin within ten minutes of a proof; a proof during the rush makes the rush the habit.
 */
export const requestRate: Signal = {
  name: 'request_rate',
  family: 'volume',
  answeredBy: 'step_up',
  read: ({ history: { rate }, baseline }, nowMs) => {
    const { episode } = rate;
    if (episode === undefined) return undefined;
    const limit = limitOf(rate, baseline.requests.value);
    // Without requests the rate falls by itself: nobody would be there to end the episode.
    const fellSilentAtMs = nowMs - episode.seenAtMs > minuteMs ? episode.seenAtMs + minuteMs : undefined;
    return {
      strength: Math.max(0, Math.min(1, episode.peak / limit - 1)),
      sinceMs: episode.sinceMs,
      endedAtMs: episode.endedAtMs ?? fellSilentAtMs,
      detail: () =>
        `${Math.round(episode.peak)} requests a minute; habit ${Math.round(Math.max(rate.habit, baseline.requests.value))}, limit ${Math.round(limit)}`,
    };
  },
};

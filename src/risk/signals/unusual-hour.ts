import { readingOf, type Signal } from '../signal.ts';
import { countedHour } from '../usual-hours.ts';

/** From this on an hour counts as unusual (usual-hours.ts). */
const unusualFrom = 0.5;

/** The hour in words, when it is unusual: `Tue 03:00 UTC`. */
export function unusualHourOf(unusual: number, nowMs: number): string | undefined {
  if (unusual < unusualFrom) return undefined;
  const days = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'] as const;
  const hour = countedHour(nowMs);
  return `${days[Math.floor(hour / 24) % 7] ?? ''} ${String(hour % 24).padStart(2, '0')}:00 UTC`;
}

/**
 * The person is here at an hour of the week at which they never are, by a histogram of 24 × 7 hours that fades by half
 * in four weeks and says nothing before about two weeks are known.
 *
 * Formula: `weight` while requests come at such an hour, then halving with each `half_life`.
 */
export const unusualHour: Signal = {
  name: 'unusual_hour',
  family: 'hour',
  answeredBy: 'step_up',
  read: ({ history }) =>
    readingOf(history.conditions.unusualHour, (what) => `${what}: not an hour at which this person is usually here`),
};

import type { Language } from './choose-language.ts';

const units = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
  { unit: 'second', ms: 1_000 },
] as const;

/** A duration in words, exact to the second: `5 minutes`, `1 hour 30 minutes`. Nominative in German. */
export function formatDuration(durationMs: number, language: Language): string {
  let restMs = Math.max(1_000, Math.floor(durationMs / 1_000) * 1_000);
  const parts: string[] = [];
  for (const { unit, ms } of units) {
    const amount = Math.floor(restMs / ms);
    restMs -= amount * ms;
    if (amount > 0)
      parts.push(new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(amount));
  }
  return parts.join(' ');
}

import { accept, type Parsed, refuse } from './parsed.ts';

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitMs;

const shape = /^(\d{1,9})([smhd])$/;
const nearMiss = /^\s*(\d{1,9})\s*([a-z]*)\s*$/i;
const units = 'units: s, m, h, d';

/** Reads `15m` as milliseconds. Whole numbers of one unit, so that a duration has one spelling. */
export function parseDuration(text: string, minMs: number, maxMs: number): Parsed<number> {
  const match = shape.exec(text);
  if (match === null) {
    const close = closestSpelling(text);
    return refuse('P012', 'is not a duration', `write ${close ?? 'for example 24h'} (${units})`);
  }
  const ms = Number(match[1]) * unitMs[match[2] as Unit];
  if (ms < minMs) return refuse('P012', 'is too short', `the least is ${formatDuration(minMs)}`);
  if (ms > maxMs) return refuse('P012', 'is too long', `the most is ${formatDuration(maxMs)}`);
  return accept(ms);
}

function closestSpelling(text: string): string | undefined {
  const match = nearMiss.exec(text);
  if (match === null) return sumOf(text);
  const unit = (match[2] ?? '').toLowerCase();
  if (unit === '') return `${match[1]}s, ${match[1]}m, ${match[1]}h or ${match[1]}d`;
  if (unit === 'ms' || unit.startsWith('mo')) return undefined;
  const letter = unit.charAt(0);
  if (letter === 'w') return `${Number(match[1]) * 7}d`;
  return letter in unitMs ? `${match[1]}${letter}` : undefined;
}

/** `1h30m`, `1.5h` and `24h0m0s`, as other programs take them, in one unit. */
function sumOf(text: string): string | undefined {
  if (!/^(?:\d{1,6}(?:\.\d{1,3})?[smhd])+$/.test(text)) return undefined;
  const ms = [...text.matchAll(/([\d.]+)([smhd])/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * unitMs[unit as Unit],
    0,
  );
  return ms > 0 && ms % unitMs.s === 0 ? formatDuration(ms) : undefined;
}

/** Writes milliseconds in the largest unit that divides them. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (ms % unitMs[unit] === 0) return `${ms / unitMs[unit]}${unit}`;
  }
  return `${Math.round(ms / unitMs.s)}s`;
}

/** A regular expression for the whole numbers from `low` to `high` in decimal, without leading zeros. Neither end is negative. */
export function numberPattern(low: number, high: number): string {
  const parts: string[] = [];
  for (let start = low; start <= high; ) {
    const end = Math.min(high, lastAlike(start, high));
    parts.push(digitsBetween(String(start), String(end)));
    start = end + 1;
  }
  return parts.length === 1 ? (parts[0] ?? '') : `(?:${parts.join('|')})`;
}

/** The largest number up to which only one digit and all digits behind it vary freely. */
function lastAlike(start: number, high: number): number {
  let best = start;
  for (let tens = 1; ; tens *= 10) {
    // Digits below must be able to go from 0 to 9.
    if (start % tens !== 0) return best;
    const digit = Math.floor(start / tens) % 10;
    const isLeading = Math.floor(start / tens) < 10;
    const end = start + (9 - digit) * tens + (tens - 1);
    const whole = Math.min(9, digit + Math.floor((high - start + 1) / tens) - 1);
    if (whole >= digit) best = Math.max(best, start + (whole - digit) * tens + (tens - 1));
    if (end > high || isLeading) return best;
  }
}

function digitsBetween(start: string, end: string): string {
  let pattern = '';
  let free = 0;
  for (const [index, from] of [...start].entries()) {
    const to = end[index] ?? from;
    if (from === '0' && to === '9') free += 1;
    else pattern += from === to ? from : `[${from}-${to}]`;
  }
  if (free === 0) return pattern;
  return `${pattern}[0-9]${free === 1 ? '' : `{${free}}`}`;
}

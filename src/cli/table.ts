import { escapeConfusing } from '../audit/escape-confusing.ts';

/**
 * Rows in columns, two spaces between them; the first row is the head. What others chose (names, addresses) may hold
 * control characters and marks that turn the reading direction: they are shown as escapes.
 */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(cleanText));
  const widths: number[] = [];
  for (const row of clean)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  return clean
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** `key: value`, a line each, as the server sent them. */
export function renderFields(fields: object): string {
  return Object.entries(fields)
    .map(([key, value]) => {
      const shown = typeof value === 'string' ? value : JSON.stringify(value);
      return `${`${key}:`.padEnd(20)}${cleanText(shown)}\n`;
    })
    .join('');
}

/** A text that others chose, safe to print on a terminal. */
export function cleanText(text: string): string {
  // JSON escapes line breaks and control characters; the rest is what makes text read differently than it is.
  return escapeConfusing(JSON.stringify(text).slice(1, -1)).replaceAll('\\"', '"').replaceAll('\\\\', '\\');
}

/** `1 person`, `2 people`. */
export function countOf(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

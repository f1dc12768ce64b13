import type { Layout, Level } from './lay-out-lines.ts';

/** Moves each line to its column, leaves one blank line where there were several, and ends the text with one newline. */
export function moveLines(text: string, layout: Layout): string {
  const lines = text.split('\n');
  const moved: string[] = [];
  const open: Level[] = [];
  let shift = 0;
  // Blank lines at the end of a text may belong to it.
  let endOfText = 0;
  for (const [index, line] of lines.entries()) {
    const inner = layout.inner.get(index);
    const trimmed = line.trim();
    if (inner?.kind === 'text') {
      moved.push(moveText(line, inner.shift, inner.least));
      endOfText = moved.length;
      continue;
    }
    if (trimmed === '') {
      if (moved.length > 0 && moved.at(-1) !== '') moved.push('');
      continue;
    }
    const now = line.length - line.trimStart().length;
    if (inner !== undefined) {
      moved.push(`${' '.repeat(Math.max(inner.least, now + inner.shift))}${trimmed}`);
      continue;
    }
    const column = layout.columns.get(index);
    if (column !== undefined) shift = column - now;
    const isComment = column === undefined && trimmed.startsWith('#');
    const to = column ?? (isComment ? commentColumn(now, index, layout, open, lines) : Math.max(0, now + shift));
    moved.push(`${' '.repeat(to)}${trimmed}`);
    for (const level of layout.levels.get(index) ?? []) {
      // A list may stand in the column of its key: then both levels are open.
      while (isClosedBy(open.at(-1), level)) open.pop();
      open.push(level);
    }
  }
  while (moved.length > endOfText && moved.at(-1) === '') moved.pop();
  return `${moved.join('\n')}\n`;
}

/** A line of a text that goes over several: its own blanks stay. */
function moveText(line: string, shift: number, least: number): string {
  if (line.trim() === '') return line.length + shift > 0 ? line.slice(0, Math.max(0, line.length + shift)) : '';
  const now = line.length - line.trimStart().length;
  return `${' '.repeat(Math.max(least, now + shift))}${line.trimStart()}`;
}

/** A comment goes with the line below it where they stand in one column, else with the level above that it stands in. */
function commentColumn(
  now: number,
  index: number,
  { columns, levels }: Layout,
  open: readonly Level[],
  lines: readonly string[],
): number {
  let next = index + 1;
  while (next < lines.length && !columns.has(next)) next += 1;
  const below = levels.get(next)?.[0];
  if (below !== undefined && below.from === now) return below.to;
  const above = open.find((level) => level.from === now) ?? open.findLast((level) => level.from < now);
  if (above !== undefined && above.from === now) return above.to;
  return below?.to ?? above?.to ?? 0;
}

function isClosedBy(open: Level | undefined, level: Level): boolean {
  if (open === undefined) return false;
  return open.from > level.from || (open.from === level.from && open.to >= level.to);
}

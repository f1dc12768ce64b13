import type { SourcePosition } from '../../decision/decision.ts';
import type { CodeFrame } from '../problem.ts';

/** A part of the text, in UTF-16 units from its start. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A configuration's text, with what is needed to point into it without showing a secret. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  position(offset: number): SourcePosition;
  frame(span: Span): CodeFrame;
  /** From now on every frame shows stars in place of this part. */
  mask(span: Span): void;
}

const stars = '********';
const widest = 160;

/** Indexes the lines of a text. */
export function createSourceText(file: string, text: string): SourceText {
  const lineStarts = findLineStarts(text);
  const masks: Span[] = [];

  const lineIndexAt = (offset: number): number => {
    let low = 0;
    let high = lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };

  const lineAt = (index: number): Span => {
    const start = lineStarts[index] ?? 0;
    const next = lineStarts[index + 1];
    const end = next === undefined ? text.length : next - 1;
    return { start, end: text.charAt(end - 1) === '\r' && end > start ? end - 1 : end };
  };

  return {
    file,
    text,
    position: (offset) => {
      const index = lineIndexAt(offset);
      return { file, line: index + 1, column: offset - (lineStarts[index] ?? 0) + 1 };
    },
    frame: (span) => {
      const line = lineAt(lineIndexAt(span.start));
      const shown = maskLine(text, line, masks, span);
      return cut(shown);
    },
    mask: (span) => {
      masks.push(span);
    },
  };
}

function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function maskLine(text: string, line: Span, masks: readonly Span[], span: Span): CodeFrame {
  let shown = '';
  let start: number | undefined;
  let end: number | undefined;
  let at = line.start;
  const hidden = masks
    .filter((mask) => mask.start < line.end && mask.end > line.start)
    .sort((one, other) => one.start - other.start);
  const take = (until: number) => {
    if (start === undefined && span.start <= until) start = shown.length + Math.max(0, span.start - at);
    if (end === undefined && span.end <= until) end = shown.length + Math.max(0, span.end - at);
    shown += text.slice(at, until);
    at = until;
  };
  for (const mask of hidden) {
    if (mask.end <= at) continue;
    if (mask.start > at) take(mask.start);
    const before = shown.length;
    shown += stars;
    at = Math.min(mask.end, line.end);
    if (start === undefined && span.start < at) start = before;
    if (end === undefined && span.end <= at) end = shown.length;
  }
  take(line.end);
  const from = start ?? shown.length;
  const controlFree = shown.replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
  return { text: controlFree, start: from, length: Math.max(1, (end ?? shown.length) - from) };
}

/** A frame is for reading: of a very long line only what surrounds the place is shown. */
function cut(frame: CodeFrame): CodeFrame {
  if (frame.text.length <= widest) return frame;
  const from = Math.max(0, Math.min(frame.start - 40, frame.text.length - widest));
  return {
    text: frame.text.slice(from, from + widest),
    start: frame.start - from,
    length: Math.max(1, Math.min(frame.length, widest - (frame.start - from))),
  };
}

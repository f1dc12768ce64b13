import type { SourcePosition } from '../../decision/decision.ts';
import type { CodeFrame } from '../problem.ts';
import { dotUnseen } from './strange-character.ts';

/** A part of the text, in UTF-16 units from its start. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A configuration's text, with what is needed to point into it without showing a secret. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  readonly lineStarts: Int32Array<ArrayBuffer>;
  position(offset: number): SourcePosition;
  frame(span: Span): CodeFrame;
  /** From now on every frame shows stars in place of this part. */
  mask(span: Span): void;
}

const stars = '********';
const widest = 160;

/** Indexes the lines of a text. */
export function createSourceText(file: string, text: string): SourceText {
  const lines = createLineIndex(file, findLineStarts(text));
  const { starts: lineStarts, lineAt: lineIndexAt } = lines;
  const masks: Span[] = [];
  let areMasksSorted = true;

  const lineAt = (index: number): Span => {
    const start = lineStarts[index] ?? 0;
    const next = lineStarts[index + 1];
    const end = next === undefined ? text.length : next - 1;
    return { start, end: text.charAt(end - 1) === '\r' && end > start ? end - 1 : end };
  };

  return {
    file,
    text,
    lineStarts,
    position: lines.position,
    frame: (span) => {
      const line = lineAt(lineIndexAt(span.start));
      if (!areMasksSorted) masks.sort((one, other) => one.start - other.start);
      areMasksSorted = true;
      return cut(maskLine(text, line, masksWithin(masks, line), span));
    },
    mask: (span) => {
      if (span.start < (masks.at(-1)?.start ?? 0)) areMasksSorted = false;
      masks.push(span);
    },
  };
}

/** Turns offsets into lines and columns. */
export interface LineIndex {
  readonly starts: Int32Array<ArrayBuffer>;
  lineAt(offset: number): number;
  position(offset: number): SourcePosition;
}

/** @param starts where each line begins, the first at 0. */
export function createLineIndex(file: string, starts: Int32Array<ArrayBuffer>): LineIndex {
  const lineAt = (offset: number): number => lineIndexAt(starts, offset);
  return {
    starts,
    lineAt,
    position: (offset) => {
      const index = lineAt(offset);
      return { file, line: index + 1, column: offset - (starts[index] ?? 0) + 1 };
    },
  };
}

/** Which line an offset is in, from 0. */
export function lineIndexAt(starts: Int32Array, offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where each line begins. */
export function findLineStarts(text: string): Int32Array<ArrayBuffer> {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return Int32Array.from(starts);
}

/** Of masks in order, those that touch a line. Masks may hold others, so one that begins far before may reach into it. */
function masksWithin(masks: readonly Span[], line: Span): readonly Span[] {
  let low = 0;
  let high = masks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((masks[middle]?.start ?? 0) < line.end) low = middle + 1;
    else high = middle;
  }
  return masks.slice(0, low).filter((mask) => mask.end > line.start);
}

function maskLine(text: string, line: Span, masks: readonly Span[], span: Span): CodeFrame {
  let shown = '';
  let start: number | undefined;
  let end: number | undefined;
  let at = line.start;
  const take = (until: number) => {
    if (start === undefined && span.start <= until) start = shown.length + Math.max(0, span.start - at);
    if (end === undefined && span.end <= until) end = shown.length + Math.max(0, span.end - at);
    shown += text.slice(at, until);
    at = until;
  };
  for (const mask of masks) {
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
  return { text: dotUnseen(controlFree), start: from, length: Math.max(1, (end ?? shown.length) - from) };
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

import type { Span } from './source-text.ts';

/** A part of a text as it was read, in UTF-16 units. */
export interface PartOfScalar {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Where a part of a scalar's text stands in the file, however the scalar is written: plain, quoted, as a block, folded
 * over lines. The whole scalar where that cannot be told, such as behind an alias or a reference.
 */
export function spanInScalar(source: string, span: Span, { value, start, end }: PartOfScalar): Span {
  const written = source.slice(span.start, span.end);
  const offsets = alignScalar(written, value);
  const from = offsets?.[Math.min(start, value.length)];
  if (offsets === undefined || from === undefined)
    return { start: span.start, end: Math.max(span.end, span.start + 1) };
  const until = offsets[Math.min(Math.max(end, start), value.length)] ?? from;
  return { start: span.start + from, end: span.start + Math.max(until, from + 1) };
}

/** For each unit of the value, and for its end, the offset of what stands for it. `undefined`: they do not belong together. */
function alignScalar(written: string, value: string): readonly number[] | undefined {
  const kind = written[0];
  if (kind === '|' || kind === '>') {
    const header = written.indexOf('\n');
    return header === -1 ? undefined : align(written, value, header + 1, written.length, 'block');
  }
  if (kind === '"' || kind === "'") return align(written, value, 1, Math.max(1, written.length - 1), kind);
  return align(written, value, 0, written.length, 'plain');
}

type Style = 'plain' | 'block' | '"' | "'";

function align(written: string, value: string, from: number, to: number, style: Style): readonly number[] | undefined {
  const offsets: number[] = [];
  let at = style === 'block' ? skipBlanks(written, from, to) : from;
  for (let index = 0; index < value.length; index += 1) {
    const unit = value[index] ?? '';
    offsets.push(at);
    if (isBlank(unit)) {
      at = afterBlank(written, at, to, unit, value[index + 1]);
      continue;
    }
    const length = lengthAt(written, at, unit, style);
    if (length === undefined) return undefined;
    at += length;
  }
  offsets.push(Math.min(at, to));
  return offsets;
}

/** A line break in the file stands for a blank or a line break of the value, together with what surrounds it. */
function afterBlank(written: string, at: number, to: number, unit: string, next: string | undefined): number {
  const end = skipBlanks(written, at, to);
  const isFold = written.slice(at, end).includes('\n');
  if (isFold) return next !== undefined && isBlank(next) ? at : end;
  return written[at] === unit ? at + 1 : at;
}

function skipBlanks(written: string, from: number, to: number): number {
  let at = from;
  while (at < to && isBlank(written[at] ?? '')) at += 1;
  return at;
}

function isBlank(unit: string): boolean {
  return unit === ' ' || unit === '\n' || unit === '\t' || unit === '\r';
}

/** How many units of the file stand for this one; `undefined` where another one stands there. */
function lengthAt(written: string, at: number, unit: string, style: Style): number | undefined {
  if (style === "'" && unit === "'") return written.startsWith("''", at) ? 2 : undefined;
  if (style === '"' && written[at] === '\\') return escapeLength(written, at);
  return written[at] === unit ? 1 : undefined;
}

const escapeDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function escapeLength(written: string, at: number): number {
  return 2 + (escapeDigits[written[at + 1] ?? ''] ?? 0);
}

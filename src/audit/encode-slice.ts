import { type LineBody, type LineKind, mostBytesOfLine, writeLine } from './audit-line.ts';
import { encodeEvent } from './encode-event.ts';
import type { Entry } from './entry.ts';
import { escapeConfusing } from './escape-confusing.ts';
import type { StandingFacts } from './standing-facts.ts';
import { textOf, type WaitingEvent } from './waiting-events.ts';

/** The newest line of a chain. */
export interface Position {
  readonly sequence: number;
  readonly hash: string;
  readonly recordedAtMs: number;
}

/** The file that lines are for. */
export interface TargetFile {
  /** Where the first of them will begin. */
  readonly at: number;
  /** The facts that it holds; those that these lines add are noted. */
  readonly facts: StandingFacts;
}

/** Lines that follow a position. */
export interface EncodedSlice {
  readonly buffers: readonly Buffer[];
  /** Where the file will end with them. */
  readonly end: number;
  readonly to: Position;
}

/** Encodes some entries as the lines that follow a position. */
export function encodeSlice(
  entries: readonly Entry[],
  from: Position,
  now: () => number,
  file: TargetFile,
): EncodedSlice {
  const buffers: Buffer[] = [];
  // Most lines point to what others hold; one that turns out longer begins a buffer of its own.
  let expected = entries.reduce((sum, entry) => sum + expectedBytes(entry), 0);
  let target = Buffer.allocUnsafe(expected);
  let used = 0;
  // The search for an event relies on times that never go back, whatever the clock does.
  const recordedAtMs = Math.max(from.recordedAtMs, now());
  let { sequence, hash } = from;
  let { at } = file;
  for (const entry of entries) {
    const { kind, body } = bodyOf(entry, file.facts, at);
    expected -= expectedBytes(entry);
    const mostBytes = mostBytesOfLine(body);
    if (used + mostBytes > target.length) {
      if (used > 0) buffers.push(target.subarray(0, used));
      target = Buffer.allocUnsafe(mostBytes + expected);
      used = 0;
    }
    sequence += 1;
    const line = writeLine(target, used, { previousHash: hash, sequence, recordedAtMs }, kind, body);
    hash = line.hash;
    at += line.end - used;
    used = line.end;
  }
  if (used > 0) buffers.push(target.subarray(0, used));
  return { buffers, end: at, to: { sequence, hash, recordedAtMs } };
}

/** The longest way that a line can point back. */
const pointerBytes = ',"facts_back":'.length + `${Number.MAX_SAFE_INTEGER}`.length;

function expectedBytes(entry: Entry): number {
  return entry.kind === 'waiting' ? mostBytesOfLine(entry.event) + pointerBytes : 0;
}

/** @param at where its line begins */
function bodyOf(entry: Entry, facts: StandingFacts, at: number): { readonly kind: LineKind; readonly body: LineBody } {
  switch (entry.kind) {
    case 'waiting':
      return { kind: 'event', body: bodyOfWaiting(entry.event, facts, at) };
    case 'event':
      return { kind: 'event', body: encodeEvent(entry.event) };
    case 'succession':
    case 'retention':
    case 'introduction':
      return { kind: entry.kind, body: escapeConfusing(JSON.stringify(entry.body)) };
    default:
      return entry satisfies never;
  }
}

/** Points to facts only where the same file holds them, in front. */
function bodyOfWaiting(event: WaitingEvent, facts: StandingFacts, at: number): LineBody {
  if (event.pointsTo === undefined) return event;
  const { id } = event.pointsTo;
  const place = facts.find(id);
  if (place === undefined) {
    facts.note(id, at);
    return textOf(event);
  }
  const { slab, start, end } = event;
  return { slab, start, end, more: `,"facts_back":${at - place}` };
}

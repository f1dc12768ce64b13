import { type LineBody, type LineKind, mostBytesOfLine, writeLine } from './audit-line.ts';
import { encodeEvent } from './encode-event.ts';
import type { Entry } from './entry.ts';
import { escapeConfusing } from './escape-confusing.ts';
import type { FactsWindow } from './facts-window.ts';
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
  /** The facts that it holds, by their names alone; those that these lines add are noted. */
  readonly facts: FactsWindow<true>;
}

/** Encodes some entries as the lines that follow a position. */
export function encodeSlice(
  entries: readonly Entry[],
  from: Position,
  now: () => number,
  file: TargetFile,
): { readonly bytes: Buffer; readonly to: Position } {
  let mostBytes = 0;
  const bodies = entries.map((entry) => {
    const body = bodyOf(entry, file, file.at + mostBytes);
    mostBytes += mostBytesOfLine(body.body);
    return body;
  });
  const bytes = Buffer.allocUnsafe(mostBytes);
  // The search for an event relies on times that never go back, whatever the clock does.
  const recordedAtMs = Math.max(from.recordedAtMs, now());
  let { sequence, hash } = from;
  let end = 0;
  for (const { kind, body } of bodies) {
    sequence += 1;
    const line = writeLine(bytes, end, { previousHash: hash, sequence, recordedAtMs }, kind, body);
    hash = line.hash;
    end = line.end;
  }
  return { bytes: bytes.subarray(0, end), to: { sequence, hash, recordedAtMs } };
}

/** @param atMost where its line begins at the farthest */
function bodyOf(entry: Entry, file: TargetFile, atMost: number): { readonly kind: LineKind; readonly body: LineBody } {
  switch (entry.kind) {
    case 'waiting':
      return { kind: 'event', body: bodyOfWaiting(entry.event, file, atMost) };
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

/** Points to facts only where the same file holds them, near enough and in front. */
function bodyOfWaiting(event: WaitingEvent, { at, facts }: TargetFile, atMost: number): LineBody {
  if (event.pointsTo === undefined) return event;
  const { id } = event.pointsTo;
  if (facts.find(id, atMost) === true) return event;
  // Where exactly it will begin is not known yet. Not in front of this: so the distance is never more than it seems.
  facts.note(id, at, true);
  return textOf(event);
}

import { type LineBody, type LineKind, mostBytesOfLine, writeLine } from './audit-line.ts';
import { encodeEvent } from './encode-event.ts';
import type { Entry } from './entry.ts';
import { escapeConfusing } from './escape-confusing.ts';

/** The newest line of a chain. */
export interface Position {
  readonly sequence: number;
  readonly hash: string;
  readonly recordedAtMs: number;
}

/** Encodes some entries as the lines that follow a position. */
export function encodeSlice(
  entries: readonly Entry[],
  from: Position,
  now: () => number,
): { readonly bytes: Buffer; readonly to: Position } {
  const bodies = entries.map(bodyOf);
  const bytes = Buffer.allocUnsafe(bodies.reduce((sum, { body }) => sum + mostBytesOfLine(body), 0));
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

function bodyOf(entry: Entry): { readonly kind: LineKind; readonly body: LineBody } {
  switch (entry.kind) {
    case 'waiting':
      return { kind: 'event', body: entry.event };
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

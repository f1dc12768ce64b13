import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { longestLineBytes } from './audit-file.ts';
import { type AuditLine, parseLine } from './audit-line.ts';

/** What a file holds, line by line: whole lines, or the first thing that is wrong. */
export type ReadLine =
  /** `at`: the byte of the file where it begins. */
  | { readonly kind: 'line'; readonly number: number; readonly at: number; readonly line: AuditLine }
  | { readonly kind: 'bad'; readonly number: number; readonly problem: 'malformed' | 'hash_mismatch' }
  /** Bytes behind the last line feed. */
  | { readonly kind: 'torn'; readonly number: number; readonly bytes: number; readonly sha256: string };

/** Reads a file of any size in bounded memory; ends after the first line that is not sound in itself. */
export async function* readLines(path: string): AsyncGenerator<ReadLine> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 1;
  let restAt = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      const parsed = parseLine(bytes.subarray(start, end));
      if (parsed.outcome === 'problem') {
        yield { kind: 'bad', number, problem: parsed.problem };
        return;
      }
      yield { kind: 'line', number, at: restAt + start, line: parsed.line };
      number += 1;
      start = end + 1;
    }
    rest = bytes.subarray(start);
    restAt += start;
    if (rest.length > longestLineBytes) {
      yield { kind: 'bad', number, problem: 'malformed' };
      return;
    }
  }
  if (rest.length > 0) yield { kind: 'torn', number, bytes: rest.length, sha256: hash('sha256', rest) };
}

import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { createFactsJoin, formatEntry, parseTrailLine } from './decision-line.ts';

const pollMs = 200;
const chunkBytes = 256 * 1024;
/** More would only scroll by; the rest is counted. */
const linesPerPoll = 20;

/** Shows the audit trail as it grows: the same file that a SIEM would follow. Returns how to stop. */
export function followTrail(folder: string, print: (line: string) => void): () => void {
  const positions = new Map<string, number>();
  const tails = new Map<string, string>();
  const withFacts = createFactsJoin();
  const buffer = Buffer.allocUnsafe(chunkBytes);

  const readNew = (name: string): readonly string[] => {
    const from = positions.get(name) ?? 0;
    const file = openSync(join(folder, name), 'r');
    try {
      const length = readSync(file, buffer, 0, chunkBytes, from);
      positions.set(name, from + length);
      const lines = `${tails.get(name) ?? ''}${buffer.toString('latin1', 0, length)}`.split('\n');
      tails.set(name, lines.pop() ?? '');
      return lines;
    } finally {
      closeSync(file);
    }
  };

  const show = () => {
    const names = readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .sort();
    const lines = names.flatMap(readNew).flatMap((text) => {
      const entry = parseTrailLine(text);
      return (entry === undefined ? undefined : formatEntry(withFacts(entry))) ?? [];
    });
    for (const line of lines.slice(0, linesPerPoll)) print(line);
    if (lines.length > linesPerPoll) print(`… and ${lines.length - linesPerPoll} more`);
  };

  const poll = () => {
    try {
      show();
    } catch {
      // The folder appears with the first entry, and goes when the demo ends.
    }
  };
  poll();
  const timer = setInterval(poll, pollMs);
  return () => clearInterval(timer);
}

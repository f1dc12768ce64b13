import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditTrailDependencies, createAuditTrail } from '../../src/audit/audit-trail.ts';
import { createMemoryState } from './record-state.ts';

export const hourMs = 3_600_000;

/** A folder, a state and a clock that trails can be opened on one after the other. */
export async function createTrailBench(start = Date.now()) {
  const directory = await mkdtemp(join(tmpdir(), 'postern-audit-'));
  const state = createMemoryState();
  const clock = { nowMs: start };
  const problems: string[] = [];
  const counts = { delivered: 0, retried: 0, dropped: 0 };
  const linesOf = async (name: string): Promise<readonly Record<string, unknown>[]> => {
    const text = await readFile(join(directory, name), 'utf8');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };
  return {
    directory,
    state,
    clock,
    problems,
    counts,
    open: (changes: Partial<AuditTrailDependencies> = {}, settings: Partial<AuditTrailDependencies['settings']> = {}) =>
      createAuditTrail({
        settings: {
          path: directory,
          onFailure: 'allow',
          retainMs: 24 * hourMs,
          rotateBytes: 1 << 30,
          facts: 'once',
          ...settings,
        },
        stateStore: state,
        now: () => clock.nowMs,
        randomBytes,
        metrics: {
          auditEvent(_sink, result) {
            counts[result] += 1;
          },
        },
        config: () => '9f2c81d0a4be',
        onProblem: (message) => void problems.push(message),
        ...changes,
      }),
    files: async () => (await readdir(directory)).filter((name) => name.endsWith('.jsonl')).sort(),
    linesOf,
    async lines(): Promise<readonly Record<string, unknown>[]> {
      const names = (await readdir(directory)).sort();
      return (await Promise.all(names.map(linesOf))).flat();
    },
  };
}

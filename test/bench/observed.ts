import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** What `contenders/postern-with-streams.ts` says of itself, after its garbage is collected. */
export interface Observed {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  /** Of its event loop since it was asked last. */
  readonly longestPauseMs: number;
}

/** Asks it. */
export async function observe(child: ChildProcess): Promise<Observed> {
  if (child.stdout === null) throw new Error('Postern has no output.');
  const lines = createInterface({ input: child.stdout });
  child.kill('SIGUSR2');
  const [line] = await once(lines, 'line');
  lines.close();
  child.stdout.resume();
  return JSON.parse(String(line));
}

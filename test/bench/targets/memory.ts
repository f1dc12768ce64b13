import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { drive } from '../load.ts';
import { workerMegabytes } from '../resident-memory.ts';
import { openStage } from '../stage.ts';
import { writeTurns } from '../write-turns.ts';
import { type Figure, median, type Row, type RunOptions } from './row.ts';

const settleMs = 3_000;
const loadSeconds = 20;

/** What the program takes of a machine before anybody asks, and what it holds afterwards. */
export const memory: Row = {
  name: 'memory',
  measure: async (options) => [...(await measure(options, 1)), ...(await measure(options, 2))],
};

async function measure({ rounds, inUse, say }: RunOptions, workers: number): Promise<readonly Figure[]> {
  const many = Math.min(10_000, inUse);
  const stage = await openStage({ isTls: true, sessions: many, workers });
  const who = workers === 1 ? 'one process' : `the larger of ${workers} workers`;
  try {
    const startsMs: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const postern = await stage.startProgram();
      startsMs.push(postern.firstAnswerMs);
      say(`round ${round}  ${who}: ${postern.firstAnswerMs.toFixed(0)} ms from its start to its first answer`);
      await postern.stop();
    }
    const postern = await stage.startProgram();
    const [pid = 0] = postern.pids;
    await pause(settleMs);
    const idle = workerMegabytes(pid);
    const script = writeTurns(join(stage.folder, 'turns.lua'), { secrets: stage.secrets });
    await drive(postern, { seconds: loadSeconds, script });
    await pause(settleMs);
    const loaded = workerMegabytes(pid);
    const from = `resident; ${loadSeconds} s of ${many.toLocaleString('en')} sessions in turns`;
    return [
      {
        what: `idle memory, ${who}`,
        figure: idle,
        unit: ' MB',
        bound: { atMost: 90 },
        from: 'resident, 3 s after its start',
      },
      { what: `memory after TLS load, ${who}`, figure: loaded, unit: ' MB', bound: { atMost: 150 }, from },
      {
        what: `from start to first answer, ${workers === 1 ? who : `${workers} workers`}`,
        figure: median(startsMs) / 1_000,
        unit: ' s',
        bound: { atMost: 0.5 },
        from: `by the clock: ${startsMs.map((ms) => ms.toFixed(0)).join(', ')} ms`,
      },
    ];
  } finally {
    await stage.close();
  }
}

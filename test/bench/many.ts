/** What the whole check costs when as many sessions as you like take turns: `npm run bench -- many`. */
import { loadavg } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { inTurns, ratioOf } from './in-turns.ts';
import { findWrk } from './load.ts';
import { openStage } from './stage.ts';
import { writeTurns } from './write-turns.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    /** How many sessions take turns. */
    counts: { type: 'string', default: '1,1000,10000' },
  },
});

if (!findWrk()) throw new Error('The bench needs wrk. On Debian: apt-get install wrk.');
const counts = values.counts.split(',').map(Number);
const stage = await openStage({ sessions: Math.max(...counts) });
try {
  const [bare, postern] = [await stage.startBare(), await stage.startPostern()];
  process.stdout.write('| sessions that take turns | Postern / bare, µs | ratio |\n| --- | --- | --- |\n');
  for (const count of counts) {
    const script = writeTurns(join(stage.folder, `turns-${count}.lua`), { secrets: stage.secrets.slice(0, count) });
    const costs = await inTurns(
      [
        { name: 'bare', contender: bare, script },
        { name: 'Postern', contender: postern, script, lap: count },
      ],
      {
        rounds: Number(values.rounds),
        seconds: Number(values.seconds),
        say: (progress) => void process.stderr.write(`${progress}\n`),
      },
    );
    const { figure, from } = ratioOf(costs, 'Postern', 'bare');
    process.stdout.write(`| ${count.toLocaleString('en')} | ${from} | ${figure.toFixed(2)} |\n`);
  }
  process.stdout.write(`\nLoad of the machine: ${loadavg()[0]?.toFixed(1)}.\n`);
} finally {
  await stage.close();
}

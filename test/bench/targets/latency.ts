import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../contender.ts';
import { openStage } from '../stage.ts';
import { type Figure, median, type Row } from './row.ts';

const client = fileURLToPath(new URL('../clients/paced-client.ts', import.meta.url));
const rate = 2_000;

/** How long the slowest one in a hundred waits at a steady rate, by the clock. */
export const latency: Row = {
  name: 'latency',
  async measure({ rounds, seconds, inUse, say }) {
    const many = Math.min(10_000, inUse);
    const stage = await openStage({ isTls: true, sessions: many });
    try {
      const [bare, postern] = [await stage.startBare(), await stage.startPostern()];
      const figures: Figure[] = [];
      for (const count of [1, many]) {
        const people = join(stage.folder, `people-${count}`);
        writeFileSync(people, stage.secrets.slice(0, count).join('\n'));
        const ask = (contender: Contender) => p99(contender, stage.certificates.ca, people, seconds);
        for (const contender of [bare, postern]) await ask(contender);
        const found: (readonly [number, number])[] = [];
        for (let round = 1; round <= rounds; round += 1) {
          const [floor, whole] = [await ask(bare), await ask(postern)];
          found.push([floor, whole]);
          say(`round ${round}  p99, ${count} in turns: bare ${floor.toFixed(1)} ms, Postern ${whole.toFixed(1)} ms`);
        }
        const [floors, wholes] = [0, 1].map((at) => median(found.map((pair) => pair[at] ?? Number.NaN)));
        figures.push({
          what: `p99 at ${rate.toLocaleString('en')} requests/s over TLS against the bare forwarder, ${count === 1 ? 'one session' : `${count.toLocaleString('en')} sessions`}`,
          figure: median(found.map(([floor, whole]) => whole / floor)),
          from: `${wholes?.toFixed(1)} / ${floors?.toFixed(1)} ms`,
          bound: { atMost: 1.3 },
        });
      }
      return figures;
    } finally {
      await stage.close();
    }
  },
};

async function p99({ name, url }: Contender, ca: string, people: string, seconds: number): Promise<number> {
  const child = spawn(process.execPath, [client, new URL(url).port, ca, people, String(rate), String(seconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { latencies, failures } = JSON.parse(await text(child.stdout)) as {
    readonly latencies: readonly number[];
    readonly failures: number;
  };
  if (failures > 0) throw new Error(`${name} answered ${failures} requests with a no, or not at all.`);
  const sorted = [...latencies].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}

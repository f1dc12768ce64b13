import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { composeBuilt } from '../compose-built.ts';

/** The built product as one process that serves and keeps house, and says how long its event loop was held. */
const [file = ''] = process.argv.slice(2);
const beganMs = performance.now();
const say = (answer: object) => void process.stdout.write(`${JSON.stringify(answer)}\n`);

const program = await composeBuilt(file);
const { adminPort } = await program.start();
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
say({ adminPort, startMs: performance.now() - beganMs });

/** CPU time of the event loop's thread between two turns of a timer: what a busy machine cannot lengthen. */
let longestHoldMs = 0;
let before = process.threadCpuUsage();
setInterval(() => {
  const used = process.threadCpuUsage(before);
  before = process.threadCpuUsage();
  longestHoldMs = Math.max(longestHoldMs, (used.user + used.system) / 1_000);
}, 1);

const ms = (nanoseconds: number) => nanoseconds / 1e6;
for await (const order of createInterface({ input: process.stdin })) {
  if (order === 'reset') {
    delay.reset();
    longestHoldMs = 0;
  }
  const { rss, heapUsed } = process.memoryUsage();
  say({
    p50: ms(delay.percentile(50)),
    p99: ms(delay.percentile(99)),
    max: ms(delay.max),
    longestHoldMs,
    rss,
    heapUsed,
  });
}
await program.close();
process.exit(0);

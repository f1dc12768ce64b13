import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { composeBuilt } from '../compose-built.ts';

/** The built product over TLS. On SIGUSR2 it prints the longest pause of its event loop since the last time, and what memory
 * it has once its garbage is collected. */
const [file = ''] = process.argv.slice(2);
const program = await composeBuilt(file, { isDevelopment: true });
await program.start();
process.on('SIGTERM', () => void program.close().then(() => process.exit(0)));
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
process.on('SIGUSR2', () => {
  const longestPauseMs = delay.max / 1e6;
  for (let time = 0; time < 4; time += 1) collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ rss, heapUsed, external, longestPauseMs })}\n`);
  // Its own pause is not what is looked for.
  setTimeout(() => delay.reset(), 20);
});
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);

import { availableParallelism } from 'node:os';

/** How many processes `server.workers` asks for; `auto` is one for each core that this process may use. */
export function workerCount(workers: 'auto' | number | undefined, cores: () => number = availableParallelism): number {
  return workers === undefined || workers === 'auto' ? Math.max(1, cores()) : workers;
}

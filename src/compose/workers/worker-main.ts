import process from 'node:process';
import { pino } from 'pino';
import { composePostern } from '../../compose.ts';
import { countBuffersAsHeap } from '../count-buffers-as-heap.ts';
import { channelToPrimary } from './fork-worker.ts';
import type { PrimaryTopics, WorkerTopics } from './topics.ts';
import { runWorkerProgram } from './worker-program.ts';

countBuffersAsHeap();

// Synchronous: the last lines before an exit must not be lost.
const log = pino({ name: 'postern' }, pino.destination({ fd: 1, sync: true }));

const worker = runWorkerProgram({
  channel: channelToPrimary<PrimaryTopics, WorkerTopics>(),
  compose: composePostern,
  log,
  exit: (code) => process.exit(code),
});

// A terminal and a service manager signal every process of a group: only the primary says when all of them stop or reload.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGUSR2', () => undefined);
process.on('SIGTERM', () => worker.drain());

import cluster from 'node:cluster';
import { once } from 'node:events';
import process from 'node:process';
import { type Channel, createChannel, type Topics } from './channel.ts';
import type { StartedProcess } from './worker-pool.ts';

/** A worker process, with the channel to it. */
export interface WorkerProcess<Theirs extends Topics, Ours extends Topics> extends StartedProcess {
  readonly channel: Channel<Theirs, Ours>;
}

/**
 * Starts a worker with `node:cluster`: this process binds each address once and hands accepted connections round, so a
 * second program is told that the port is taken, and what waits at a port outlives a worker. It ends by itself when this
 * process does.
 * @param script absolute path of what the worker runs
 * @param accepting `here`: this process accepts and hands round, which spreads connections evenly, so that no worker is full
 * while others have room (test/bench/README.md). `there`: the workers accept themselves, so that what nobody has accepted stays
 * with whoever else has the socket when all of them end. Of the first call; it stays.
 */
export function forkWorker<Theirs extends Topics, Ours extends Topics>(
  script: string,
  accepting: 'here' | 'there',
): WorkerProcess<Theirs, Ours> {
  cluster.schedulingPolicy = accepting === 'here' ? cluster.SCHED_RR : cluster.SCHED_NONE;
  cluster.setupPrimary({ exec: script, args: [], serialization: 'advanced' });
  const worker = cluster.fork();
  const child = worker.process;
  const exited = once(child, 'exit').then(([code, signal]) =>
    typeof signal === 'string' ? signal : `exit code ${String(code)}`,
  );
  // A pipe that breaks is told by the end of the process.
  worker.on('error', () => undefined);
  return {
    pid: child.pid ?? 0,
    exited,
    kill: () => void child.kill('SIGKILL'),
    channel: createChannel({
      send: (message) => void (child.connected && child.send(message as never, () => undefined)),
      onMessage: (listener) => void child.on('message', listener),
      onClose: (listener) => void child.once('exit', listener),
    }),
  };
}

/** The channel of a worker to the process that started it. */
export function channelToPrimary<Theirs extends Topics, Ours extends Topics>(): Channel<Theirs, Ours> {
  return createChannel({
    send: (message) => void (process.connected && process.send?.(message, undefined, undefined, () => undefined)),
    onMessage: (listener) => void process.on('message', listener),
    onClose: (listener) => void process.once('disconnect', listener),
  });
}

import { describe, expect, test } from '@jest/globals';
import { createWorkerPool, type StartedProcess } from '../../../../src/compose/workers/worker-pool.ts';

interface FakeProcess extends StartedProcess {
  end(how: string): void;
}

/** A pool of two; a process that is asked to end does so, unless the test keeps it. */
async function stage() {
  const steps: string[] = [];
  const processes: FakeProcess[] = [];
  const failing = new Set<number>();
  let keeps = false;
  const pool = createWorkerPool<FakeProcess>({
    count: 2,
    start(id) {
      const exit = Promise.withResolvers<string>();
      const pid = 101 + processes.length;
      steps.push(`start ${pid} as ${id}`);
      const process = {
        pid,
        exited: exit.promise,
        kill: () => exit.resolve('SIGKILL'),
        end: exit.resolve,
      };
      processes.push(process);
      void exit.promise.then(() => steps.push(`end ${pid}`));
      return process;
    },
    bringUp: async ({ pid }) => {
      if (failing.has(pid)) throw new Error('the port is gone');
    },
    onServing: (_id, { pid }) => void steps.push(`serve ${pid}`),
    onEnded: (id, how) => void steps.push(`${id} is started again: ${how}`),
    onGivenUp: () => undefined,
    now: () => 0,
    monotonicMs: () => 0,
    wait: () => Promise.resolve(),
  });
  await pool.open();
  steps.length = 0;
  const ask = (process: FakeProcess) => {
    steps.push(`ask ${process.pid}`);
    if (!keeps) process.end('exit code 0');
  };
  return {
    pool,
    steps,
    processes,
    failing,
    ask,
    keep() {
      keeps = true;
    },
    async settle() {
      for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
    },
  };
}

describe('replacing the workers of a pool', () => {
  test('begins with the new one, and goes on once the old one is gone', async () => {
    const { pool, steps, ask } = await stage();
    expect(await pool.replace(ask, 1_000)).toEqual({ outcome: 'replaced', workers: 2 });
    expect(steps).toEqual([
      ...['start 103 as 1', 'serve 103', 'ask 101', 'end 101'],
      ...['start 104 as 2', 'serve 104', 'ask 102', 'end 102'],
    ]);
    expect(pool.status().map(({ pid, state, restarts }) => [pid, state, restarts])).toEqual([
      [103, 'serving', 0],
      [104, 'serving', 0],
    ]);
  });

  test('leaves all that serves when the new one cannot be started', async () => {
    const { pool, steps, ask, failing } = await stage();
    failing.add(104);
    expect(await pool.replace(ask, 1_000)).toEqual({ outcome: 'stopped', workers: 1, why: expect.any(String) });
    expect(pool.status().map(({ pid }) => pid)).toEqual([103, 102]);
    expect(pool.areAllServing()).toBe(true);
    expect(steps).not.toContain('ask 102');
  });

  test('looks after the new one at once: it is started again while the old one still ends', async () => {
    const { pool, processes, ask, keep, settle, steps } = await stage();
    keep();
    const replaced = pool.replace(ask, 60_000);
    await settle();
    expect(pool.processes().map(({ id, process }) => [id, process.pid])).toEqual([
      [1, 103],
      [1, 101],
      [2, 102],
    ]);
    processes[2]?.end('SIGKILL');
    await settle();
    expect(steps).toContain('1 is started again: SIGKILL');
    expect(pool.status()[0]).toMatchObject({ pid: 104, restarts: 1 });
    processes[0]?.end('exit code 0');
    await settle();
    processes[1]?.end('exit code 0');
    expect(await replaced).toMatchObject({ outcome: 'replaced' });
  });

  test('is one at a time, and ends with the program: all processes are asked', async () => {
    const { pool, processes, ask, keep, settle, steps } = await stage();
    keep();
    const replaced = pool.replace(ask, 60_000);
    await settle();
    expect(await pool.replace(ask, 60_000)).toEqual({ outcome: 'busy' });
    const drained = pool.drain(ask, 60_000);
    expect(steps.filter((step) => step.startsWith('ask'))).toEqual(['ask 101', 'ask 103', 'ask 101', 'ask 102']);
    for (const { end } of processes) end('exit code 0');
    await Promise.all([drained, replaced]);
    expect(pool.processes()).toEqual([]);
    expect(await pool.replace(ask, 1_000)).toEqual({ outcome: 'busy' });
  });
});

import { describe, expect, test } from '@jest/globals';
import { createBackOff } from '../../../../src/compose/workers/back-off.ts';
import {
  createWorkerPool,
  type StartedProcess,
  type WorkerPoolParts,
  workerCount,
} from '../../../../src/compose/workers/worker-pool.ts';

interface FakeProcess extends StartedProcess {
  end(how: string): void;
}

/** A pool of processes that end when the test says so, with a clock and waits in its hand. */
function stage(changes: Partial<WorkerPoolParts<FakeProcess>> = {}) {
  const processes: FakeProcess[] = [];
  const waits: { ms: number; over: () => void }[] = [];
  const told: string[] = [];
  let clockMs = 0;
  const pool = createWorkerPool<FakeProcess>({
    count: 2,
    start() {
      const exit = Promise.withResolvers<string>();
      const process = {
        pid: 100 + processes.length,
        exited: exit.promise,
        kill: () => exit.resolve('SIGKILL'),
        end: exit.resolve,
      };
      processes.push(process);
      return process;
    },
    bringUp: async () => undefined,
    onServing: () => undefined,
    onEnded: (id, how, retryMs) => void told.push(`${id} ${how} ${retryMs}`),
    onGivenUp: (why) => void told.push(`given up: ${why}`),
    now: () => clockMs,
    monotonicMs: () => clockMs,
    wait: (ms) => new Promise((over) => waits.push({ ms, over })),
    ...changes,
  });
  return {
    pool,
    processes,
    told,
    waits,
    pass(ms: number) {
      clockMs += ms;
    },
    async settle() {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    },
  };
}

describe('a pool of workers', () => {
  test('serves once all do, and starts one that ended again after a wait that doubles', async () => {
    const { pool, processes, told, waits, settle } = stage();
    await pool.open();
    expect(pool.areAllServing()).toBe(true);
    for (const index of [0, 2, 3]) {
      processes[index]?.end('SIGKILL');
      await settle();
      expect(pool.areAllServing()).toBe(false);
      waits.at(-1)?.over();
      await settle();
      expect(pool.areAllServing()).toBe(true);
    }
    expect(told).toEqual(['1 SIGKILL 100', '1 SIGKILL 200', '1 SIGKILL 400']);
    expect(pool.status()[0]).toMatchObject({ id: 1, pid: 104, state: 'serving', restarts: 3, lastEnd: 'SIGKILL' });
    expect(pool.status()[1]).toMatchObject({ id: 2, pid: 101, restarts: 0, lastEnd: undefined });
  });

  test('a start that fails at the beginning is told, and none is left', async () => {
    const failing = stage({
      bringUp: async (process) => {
        if (process.pid === 101) throw new Error('unused');
      },
    });
    await expect(failing.pool.open()).rejects.toThrow();
    expect(await Promise.all(failing.processes.map(({ exited }) => exited))).toEqual(['SIGKILL', 'SIGKILL']);
    expect(failing.told).toEqual([]);
  });

  test('gives up after five failed starts when none serves any more, and not while one does', async () => {
    let isBroken = false;
    const { pool, processes, told, waits, settle } = stage({
      bringUp: async () => {
        if (isBroken) throw new Error('unused');
      },
    });
    await pool.open();
    isBroken = true;
    processes[0]?.end('exit code 1');
    await settle();
    for (let failure = 0; failure < 8; failure += 1) {
      waits.at(-1)?.over();
      await settle();
    }
    expect(told.some((line) => line.startsWith('given up'))).toBe(false);
    processes[1]?.end('exit code 1');
    await settle();
    waits.at(-1)?.over();
    await settle();
    expect(told.at(-1)).toMatch(/^given up: /);
  });

  test('starts none again while it drains, and kills what is left after its time', async () => {
    const { pool, processes, told } = stage();
    await pool.open();
    const asked: number[] = [];
    const drained = pool.drain((process) => {
      asked.push(process.pid);
      if (process.pid === 100) processes[0]?.end('exit code 0');
    }, 20);
    expect(pool.status().map(({ state }) => state)).toEqual(['draining', 'draining']);
    await drained;
    expect(asked).toEqual([100, 101]);
    expect(await processes[1]?.exited).toBe('SIGKILL');
    expect(told).toEqual([]);
  });
});

test('a back-off begins anew after a life of ten seconds, whatever the clock on the wall says', () => {
  let clockMs = 0;
  const backOff = createBackOff(() => clockMs);
  const waits = [1, 1, 1, 10_000, 1].map((lifeMs) => {
    backOff.began();
    clockMs += lifeMs;
    return backOff.nextMs();
  });
  expect(waits).toEqual([100, 200, 400, 100, 200]);
  for (let count = 0; count < 20; count += 1) backOff.nextMs();
  backOff.began();
  expect(backOff.nextMs()).toBe(30_000);
});

test('auto is one worker for each core', () => {
  expect([workerCount('auto', () => 6), workerCount(undefined, () => 3), workerCount(2, () => 8)]).toEqual([6, 3, 2]);
});

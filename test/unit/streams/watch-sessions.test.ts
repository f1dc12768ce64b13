import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../../../src/decision/fault.ts';
import { watchSessions } from '../../../src/streams/watch-sessions.ts';

function watched(options: { ids?: string[]; find?: (id: string) => Promise<unknown>; freshen?: () => undefined } = {}) {
  const ids = options.ids ?? ['s1', 's2'];
  const closed: string[] = [];
  const faults: Fault[] = [];
  const tasks = new Map<number, () => void>();
  let freshened = 0;
  const stop = watchSessions({
    streams: {
      count: () => ids.length,
      sessionIds: () => ids,
      closeOfSession: (id) => closed.push(id),
    },
    sessions: {
      freshen:
        options.freshen ??
        (() => {
          freshened += 1;
          return undefined;
        }),
      find: options.find ?? (async (id) => (id === 's1' ? {} : undefined)),
    },
    onFault: (fault) => faults.push(fault),
    every: (everyMs, task) => {
      tasks.set(everyMs, task);
      return () => tasks.delete(everyMs);
    },
  });
  return { closed, faults, tasks, stop, freshened: () => freshened };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the watch over sessions of open streams', () => {
  test('closes the streams of sessions that are gone, and of no others', async () => {
    const { tasks, closed } = watched();
    tasks.get(1_000)?.();
    await settled();
    expect(closed).toEqual(['s2']);
  });

  test('asks nothing while no stream is open', () => {
    const { tasks, freshened } = watched({ ids: [] });
    tasks.get(10)?.();
    expect(freshened()).toBe(0);
  });

  test('hears of changes every ten milliseconds while streams are open', () => {
    const { tasks, freshened } = watched();
    tasks.get(10)?.();
    tasks.get(10)?.();
    expect(freshened()).toBe(2);
  });

  test('does not ask a store again that has not answered yet', async () => {
    let asked = 0;
    const { tasks } = watched({
      find: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
    });
    tasks.get(1_000)?.();
    tasks.get(1_000)?.();
    await settled();
    expect(asked).toBe(1);
  });

  test.each([
    ['rejects', { find: () => Promise.reject(new Error('away')) }, 1_000],
    [
      'throws',
      {
        freshen: () => {
          throw new Error('away');
        },
      },
      10,
    ],
  ] as const)('tells of a store that %s and goes on', async (_how, options, everyMs) => {
    const { tasks, faults, closed } = watched(options);
    tasks.get(everyMs)?.();
    await settled();
    tasks.get(everyMs)?.();
    await settled();
    expect([faults.length, closed]).toEqual([2, []]);
  });

  test('stops both', () => {
    const { tasks, stop } = watched();
    stop();
    expect(tasks.size).toBe(0);
  });
});

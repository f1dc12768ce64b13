import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { drain } from '../../../src/server/drain.ts';
import { createRunningRequests } from '../../../src/server/running-requests.ts';

function responseOn(socket = new PassThrough()): ServerResponse & { socket: PassThrough } {
  return Object.assign(new EventEmitter(), { req: { socket }, socket }) as never;
}

function stage() {
  const steps: string[] = [];
  const running = createRunningRequests();
  const timers: { callback: () => void; delayMs: number; isCancelled: boolean }[] = [];
  const allClosed = Promise.withResolvers<void>();
  const drained = () =>
    drain({
      listeners: [
        {
          stopAccepting: () => {
            steps.push('stop accepting');
            return allClosed.promise;
          },
          closeIdle: () => {
            steps.push('close idle');
          },
          cut: () => {
            steps.push('cut');
            allClosed.resolve();
          },
        },
      ],
      running,
      streams: {
        drain: async (graceMs) => {
          steps.push(`streams within ${graceMs}`);
        },
      },
      times: { idleGraceMs: 1, requestGraceMs: 100, streamGraceMs: 7, lingerMs: 2 },
      startTimer: (callback, delayMs) => {
        const timer = { callback, delayMs, isCancelled: false };
        if (delayMs === 100) timers.push(timer);
        else queueMicrotask(callback);
        return () => {
          timer.isCancelled = true;
        };
      },
    });
  return { steps, running, timers, drained };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a drain', () => {
  test('stops accepting, closes what is idle, then streams, then cuts what is left', async () => {
    const { steps, drained } = stage();
    await drained();
    expect(steps).toEqual(['stop accepting', 'close idle', 'streams within 7', 'cut']);
  });

  test('lets requests end before it touches a stream', async () => {
    const { steps, running, timers, drained } = stage();
    const [one, other] = [responseOn(), responseOn()];
    running.begin(one);
    running.begin(other);
    const done = drained();
    one.emit('close');
    await settled();
    expect(steps).toEqual(['stop accepting', 'close idle']);
    other.emit('close');
    await done;
    expect(steps).toEqual(['stop accepting', 'close idle', 'streams within 7', 'cut']);
    expect(timers).toMatchObject([{ delayMs: 100, isCancelled: true }]);
  });

  test('waits for requests only as long as their grace', async () => {
    const { steps, running, timers, drained } = stage();
    running.begin(responseOn());
    const done = drained();
    await settled();
    timers[0]?.callback();
    await done;
    expect(steps.at(-1)).toBe('cut');
  });

  test('does not wait for a request that has become a stream, also when it becomes one meanwhile', async () => {
    const { running, drained } = stage();
    const [before, meanwhile] = [responseOn(), responseOn()];
    running.begin(before);
    running.begin(meanwhile);
    running.becameStream(before.socket);
    const done = drained();
    running.becameStream(meanwhile.socket);
    await done;
    expect(running.count()).toBe(0);
  });
});

import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { createConnectionGuard } from '../../../src/http/connection-guard.ts';

function stage() {
  const told: [string, unknown][] = [];
  const guard = createConnectionGuard((work, thrown) => told.push([work, thrown]));
  return { told, guard, socket: new PassThrough(), neighbour: new PassThrough() };
}

describe('what breaks while it is done for a connection', () => {
  test('ends that connection when it throws, and is told', () => {
    const { told, guard, socket, neighbour } = stage();
    guard.run(neighbour, 'request', () => 'fine');
    guard.run(socket, 'request', () => {
      throw 'a string, not an error';
    });
    expect([socket.destroyed, neighbour.destroyed]).toEqual([true, false]);
    expect(told).toEqual([['request', 'a string, not an error']]);
  });

  test('ends that connection when its promise rejects', async () => {
    const { told, guard, socket } = stage();
    const fault = new Error('late');
    guard.run(socket, 'upgrade', () => Promise.reject(fault));
    await Promise.resolve();
    expect(socket.destroyed).toBe(true);
    expect(told).toEqual([['upgrade', fault]]);
  });

  test('ends that connection when it is a callback, which gets its values', () => {
    const { told, guard, socket } = stage();
    const heard: unknown[] = [];
    const callback = guard.over(socket, 'tunnel', (first: number, second: string) => {
      heard.push(first, second);
      throw new Error('in a listener');
    });
    expect(() => callback(1, 'two')).not.toThrow();
    expect(heard).toEqual([1, 'two']);
    expect([socket.destroyed, told.length]).toEqual([true, 1]);
  });

  test('goes no further when telling of it breaks as well', () => {
    const guard = createConnectionGuard(() => {
      throw new Error('no room for a log line');
    });
    const socket = new PassThrough();
    expect(() =>
      guard.run(socket, 'stream', () => {
        throw new Error('first');
      }),
    ).not.toThrow();
    expect(socket.destroyed).toBe(true);
  });
});

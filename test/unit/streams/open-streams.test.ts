import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { createStreamRegistry } from '../../../src/streams/open-streams.ts';
import type { OpenStream } from '../../../src/streams/stream-registry.ts';

/** A socket whose peer closes its side as soon as ours ends, unless it is stubborn. */
function openStream(sessionId: string | undefined, isStubborn = false): OpenStream {
  const socket = new Duplex({
    allowHalfOpen: true,
    read() {},
    write(_chunk, _encoding, callback) {
      callback();
    },
  });
  if (!isStubborn) socket.on('finish', () => socket.destroy());
  return { kind: 'websocket', routeIndex: 3, sessionId, socket };
}

/** Timers that fire when they are told to. */
function createTimers() {
  const pending = new Set<() => void>();
  return {
    pending,
    startTimer(callback: () => void) {
      pending.add(callback);
      return () => pending.delete(callback);
    },
    fire() {
      for (const callback of pending) callback();
    },
  };
}

describe('open streams', () => {
  test('are counted until their sockets close', async () => {
    const counted: string[] = [];
    const registry = createStreamRegistry({
      metrics: {
        streamOpened: (route, kind) => counted.push(`+${route} ${kind}`),
        streamClosed: (route, kind) => counted.push(`-${route} ${kind}`),
      },
    });
    const stream = openStream('a');
    registry.add(stream);
    expect(registry.count()).toBe(1);
    stream.socket.destroy();
    await once(stream.socket, 'close');
    expect(registry.count()).toBe(0);
    expect(counted).toEqual(['+3 websocket', '-3 websocket']);
  });

  test('of a session are cut when it ends, and nobody else’s', () => {
    const registry = createStreamRegistry();
    const streams = [openStream('a', true), openStream('a'), openStream('b'), openStream(undefined)];
    for (const stream of streams) registry.add(stream);
    expect(registry.closeOfSession('a', 'ended')).toBe(2);
    expect(registry.closeOfSession('c', 'ended')).toBe(0);
    expect(streams.map((stream) => stream.socket.destroyed)).toEqual([true, true, false, false]);
  });

  test('that ended before their connection are forgotten, so that a stranger on it is not cut', () => {
    const registry = createStreamRegistry();
    const stream = openStream('a');
    const remove = registry.add(stream);
    remove();
    remove();
    expect(registry.closeOfSession('a', 'ended')).toBe(0);
    expect(stream.socket.destroyed).toBe(false);
    expect(stream.socket.listenerCount('close')).toBe(0);
  });

  test('that are gone already are not kept', () => {
    const registry = createStreamRegistry();
    const stream = openStream('a');
    stream.socket.destroy();
    registry.add(stream);
    expect(registry.count()).toBe(0);
  });
});

describe('draining', () => {
  test('is over when the last stream has closed, and cancels the deadline', async () => {
    const timers = createTimers();
    const registry = createStreamRegistry(timers);
    registry.add(openStream('a'));
    registry.add(openStream('b'));
    await registry.drain(1000);
    expect(registry.count()).toBe(0);
    expect(timers.pending.size).toBe(0);
  });

  test('resets what is left when the grace is over', async () => {
    const timers = createTimers();
    const registry = createStreamRegistry(timers);
    const stubborn = openStream('a', true);
    registry.add(stubborn);
    const drained = registry.drain(1000);
    expect(stubborn.socket.destroyed).toBe(false);
    timers.fire();
    await drained;
    expect(stubborn.socket.destroyed).toBe(true);
  });

  test('with nothing open is over at once', async () => {
    await createStreamRegistry().drain(1000);
  });

  test('also ends a stream that opens meanwhile', async () => {
    const registry = createStreamRegistry();
    const drained = registry.drain(1000);
    const late = openStream('a');
    registry.add(late);
    await once(late.socket, 'close');
    await drained;
  });
});

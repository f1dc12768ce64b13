import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { DecisionId } from '../../../src/decision/decision-id.ts';
import { createStreamRegistry } from '../../../src/streams/open-streams.ts';
import type {
  CarriedRequest,
  OpenStream,
  StreamClosing,
  StreamRegistry,
} from '../../../src/streams/stream-registry.ts';

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

const revoked: StreamClosing = { reason: 'session_revoked', decisionId: 'dec_1' as DecisionId, because: 'session' };
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

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

  test('of a session are cut when it ends, and nobody else’s', async () => {
    const registry = createStreamRegistry();
    const streams = [openStream('a', true), openStream('a'), openStream('b'), openStream(undefined)];
    for (const stream of streams) registry.add(stream);
    let asked = 0;
    const why = async () => {
      asked += 1;
      return revoked;
    };
    registry.closeOfSession('a', why);
    registry.closeOfSession('a', why);
    registry.closeOfSession('c', why);
    await turn();
    expect(asked).toBe(1);
    expect(streams.map((stream) => stream.socket.destroyed)).toEqual([true, true, false, false]);
  });

  test('that ended before their connection are forgotten, so that a stranger on it is not cut', async () => {
    const registry = createStreamRegistry();
    const stream = openStream('a');
    const remove = registry.add(stream);
    remove();
    remove();
    registry.closeOfSession('a', async () => revoked);
    await turn();
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

describe('closing', () => {
  const told = (stream: OpenStream) => {
    const calls: string[] = [];
    const full: OpenStream = {
      ...stream,
      hold: () => calls.push('hold'),
      close: ({ reason }) => void calls.push(reason),
    };
    return { full, calls };
  };

  test('stops what clients send before it returns, and tells them in the next turn', async () => {
    const registry = createStreamRegistry();
    const { full, calls } = told(openStream('a'));
    registry.add(full);
    registry.closeOfSession('a', async () => revoked);
    expect(calls).toEqual(['hold']);
    expect([...registry.all(), ...registry.ofSession('a')]).toEqual([]);
    expect(registry.count()).toBe(1);
    await turn();
    expect(calls).toEqual(['hold', 'session_revoked']);
    full.socket.destroy();
    await once(full.socket, 'close');
    expect(registry.count()).toBe(0);
  });

  test('happens once, also when asked for twice', async () => {
    const registry = createStreamRegistry();
    const { full, calls } = told(openStream('a'));
    registry.add(full);
    registry.close(full, revoked);
    registry.close(full, revoked);
    await turn();
    expect(calls).toEqual(['hold', 'session_revoked']);
  });

  test('leaves out what ended by itself meanwhile', async () => {
    const registry = createStreamRegistry();
    const { full, calls } = told(openStream('a'));
    const remove = registry.add(full);
    registry.close(full, revoked);
    remove();
    await turn();
    expect([calls, registry.count()]).toEqual([['hold'], 0]);
  });

  test('cuts what nobody can be told about when even the reason cannot be read', async () => {
    const registry = createStreamRegistry();
    const { full } = told(openStream('a'));
    registry.add(full);
    registry.closeOfSession('a', () => Promise.reject(new Error('state away')));
    await turn();
    expect(full.socket.destroyed).toBe(true);
  });
});

describe('requests that are being carried', () => {
  const carry = (registry: StreamRegistry, sessionId: string, sinceMs: number) => {
    const stream = { ...openStream(sessionId), kind: 'transfer' as const };
    const request: CarriedRequest = {
      sessionId,
      socket: stream.socket,
      sinceMs,
      becomeStream: () => void registry.add(stream),
    };
    registry.carry(request);
    return { request, stream };
  };

  test('are no streams, but something to watch over', () => {
    const registry = createStreamRegistry();
    const { request } = carry(registry, 'a', 0);
    expect([registry.count(), registry.isWatching()]).toEqual([0, true]);
    registry.release(request);
    expect(registry.isWatching()).toBe(false);
  });

  test('are streams once they have taken long', () => {
    const registry = createStreamRegistry();
    const [long] = [carry(registry, 'a', 1_000), carry(registry, 'b', 7_000)];
    registry.promoteOlderThan(5_000);
    expect([...registry.all()]).toEqual([long.stream]);
  });

  test('are broken off with their session, as streams', async () => {
    const registry = createStreamRegistry();
    const [leaves, stays] = [carry(registry, 'a', 1_000), carry(registry, 'b', 1_000)];
    registry.closeOfSession('a', async () => revoked);
    await turn();
    expect([leaves.stream.socket.destroyed, stays.stream.socket.destroyed]).toEqual([true, false]);
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

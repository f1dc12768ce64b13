import { Duplex } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { Snapshot } from '../../../src/config/snapshot.ts';
import { createStreamRegistry } from '../../../src/streams/open-streams.ts';
import { recheckStreams } from '../../../src/streams/recheck-streams.ts';

const next = {} as Snapshot;
const socket = () => new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });

describe('open streams under a new configuration', () => {
  test('are closed where it says no, where nothing can be said, and nowhere else', async () => {
    const streams = createStreamRegistry();
    const faults: unknown[] = [];
    const add = (isStillAllowed?: (snapshot: Snapshot) => Promise<boolean>) => {
      const one = { kind: 'websocket', routeIndex: 0, sessionId: undefined, socket: socket() } as const;
      streams.add(isStillAllowed === undefined ? one : { ...one, isStillAllowed });
      return one.socket;
    };
    const [stays, goes, breaks, unasked] = [
      add(async () => true),
      add(async (given) => given !== next),
      add(() => Promise.reject(new Error('state away'))),
      add(),
    ];
    const closed = await recheckStreams(next, {
      streams,
      onFault: (thrown) => faults.push(thrown),
      isOutdated: () => false,
    });
    expect(closed).toBe(2);
    expect([stays, goes, breaks, unasked].map(({ destroyed }) => destroyed)).toEqual([false, true, true, false]);
    expect(faults).toHaveLength(1);
  });

  test('do not hold up requests: ten thousand are judged with turns in between', async () => {
    const streams = createStreamRegistry();
    for (let count = 0; count < 10_000; count += 1) {
      streams.add({
        kind: 'sse',
        routeIndex: 0,
        sessionId: undefined,
        socket: socket(),
        isStillAllowed: async () => true,
      });
    }
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    await recheckStreams(next, { streams, onFault: () => undefined, isOutdated: () => false });
    isOver = true;
    expect(turns).toBeGreaterThan(100);
  });

  test('are left to the newer one when another configuration has come meanwhile', async () => {
    const streams = createStreamRegistry();
    const one = socket();
    streams.add({ kind: 'sse', routeIndex: 0, sessionId: undefined, socket: one, isStillAllowed: async () => false });
    await recheckStreams(next, { streams, onFault: () => undefined, isOutdated: () => true });
    expect(one.destroyed).toBe(false);
  });
});

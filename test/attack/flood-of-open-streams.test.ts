import { once } from 'node:events';
import { Duplex, PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import type { Snapshot } from '../../src/config/snapshot.ts';
import type { DecisionId } from '../../src/decision/decision-id.ts';
import { createStreamRegistry } from '../../src/streams/open-streams.ts';
import type { OpenStream, StreamVerdict } from '../../src/streams/stream-registry.ts';
import { watchStreams } from '../../src/streams/watch-streams.ts';

// One person with one session can open and drop connections as fast as the machine takes them, and make facts about
// the session change all the while. Neither may leave anything behind or multiply the work.
function stage() {
  let asked = 0;
  const streams = createStreamRegistry();
  const watch = watchStreams({
    streams,
    snapshot: () => ({}) as Snapshot,
    freshen: () => undefined,
    now: () => 0,
    monotonicMs: () => performance.now(),
    nextDecisionId: () => 'dec_1' as DecisionId,
    every: () => () => undefined,
  });
  const open = (): OpenStream => {
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    const stream: OpenStream = {
      kind: 'websocket',
      routeIndex: 0,
      sessionId: 'session',
      deviceId: 'laptop',
      socket,
      decideAgain: async (): Promise<StreamVerdict> => {
        asked += 1;
        return { outcome: 'stays', lookAgainAtMs: 2e12 };
      },
    };
    streams.add(stream);
    return stream;
  };
  return { streams, watch, open, asked: () => asked };
}

test('connections that are opened and dropped leave nothing behind', async () => {
  const { streams, watch, open } = stage();
  for (let count = 0; count < 20_000; count += 1) {
    const { socket } = open();
    watch.lookAt(streams.ofSession('session'));
    socket.destroy();
    await once(socket, 'close');
  }
  await watch.settled();
  const left = [...streams.all(), ...streams.ofSession('session'), ...streams.ofDevice('laptop')];
  expect([streams.count(), streams.isWatching(), left]).toEqual([0, false, []]);
});

test('a thousand changes in a row decide each stream once, not a thousand times', async () => {
  const { watch, open, asked } = stage();
  for (let count = 0; count < 100; count += 1) open();
  const change = { type: 'record', kind: 'session', key: 'session', owner: undefined, wasBuried: false } as const;
  for (let count = 0; count < 1_000; count += 1) watch.heard(change);
  await watch.settled();
  expect(asked()).toBe(100);
});

test('an upload that never ends is one carried request, and none once it is released', () => {
  const { streams } = stage();
  const requests = Array.from({ length: 10_000 }, () => ({
    sessionId: 's',
    socket: new PassThrough(),
    sinceMs: 0,
    becomeStream: () => undefined,
  }));
  for (const request of requests) streams.carry(request);
  for (const request of requests) streams.release(request);
  expect(streams.isWatching()).toBe(false);
});

import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { Snapshot } from '../../../src/config/snapshot.ts';
import type { DecisionId } from '../../../src/decision/decision-id.ts';
import { Fault } from '../../../src/decision/fault.ts';
import { createStreamRegistry } from '../../../src/streams/open-streams.ts';
import type { OpenStream, StreamClosing, StreamVerdict } from '../../../src/streams/stream-registry.ts';
import { watchStreams } from '../../../src/streams/watch-streams.ts';

const closing: StreamClosing = { reason: 'explicit_deny', decisionId: 'dec_1' as DecisionId, because: 'decision' };
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

function stage(options: { freshen?: () => Promise<void> | undefined } = {}) {
  const clock = { nowMs: 1_000_000, monotonicMs: 0 };
  const tasks = new Map<number, () => void>();
  const faults: Fault[] = [];
  const closed: [string, string][] = [];
  const asked: string[] = [];
  const snapshot = { current: { hash: 'one' } as Snapshot };
  let freshened = 0;
  const streams = createStreamRegistry();
  const watch = watchStreams({
    streams,
    snapshot: () => snapshot.current,
    freshen:
      options.freshen ??
      (() => {
        freshened += 1;
        return undefined;
      }),
    now: () => clock.nowMs,
    monotonicMs: () => clock.monotonicMs,
    nextDecisionId: () => 'dec_2' as DecisionId,
    onFault: (fault) => faults.push(fault),
    every: (everyMs, task) => {
      tasks.set(everyMs, task);
      return () => tasks.delete(everyMs);
    },
  });
  const open = (
    name: string,
    answer: (snapshot: Snapshot) => StreamVerdict | Promise<StreamVerdict>,
    more: Partial<OpenStream> = {},
  ): OpenStream => {
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    const stream: OpenStream = {
      kind: 'websocket',
      routeIndex: 0,
      sessionId: `session of ${name}`,
      socket,
      decideAgain: async (given) => {
        asked.push(name);
        return answer(given);
      },
      close: ({ reason }) => {
        closed.push([name, reason]);
        socket.destroy();
      },
      ...more,
    };
    streams.add(stream);
    return stream;
  };
  const tick = async (afterMs = 1_000) => {
    clock.nowMs += afterMs;
    clock.monotonicMs += afterMs;
    tasks.get(1_000)?.();
    await watch.settled();
    await turn();
  };
  return { clock, tasks, faults, closed, asked, streams, watch, open, tick, snapshot, freshened: () => freshened };
}

const stays = (lookAgainAtMs: number) => (): StreamVerdict => ({ outcome: 'stays', lookAgainAtMs });

describe('the watch over open streams', () => {
  test('decides a stream again when its time has come, and not before', async () => {
    const { clock, asked, open, tick } = stage();
    open('a', stays(clock.nowMs + 60_000));
    await tick();
    for (let second = 2; second < 60; second += 1) await tick();
    expect(asked).toEqual(['a']);
    await tick();
    expect(asked).toEqual(['a', 'a']);
  });

  test('closes what is no longer allowed, with its reason, and nothing else', async () => {
    const { clock, closed, open, tick, streams } = stage();
    open('stays', stays(clock.nowMs + 60_000));
    open('goes', () => ({ outcome: 'ends', closing }));
    await tick();
    expect(closed).toEqual([['goes', 'explicit_deny']]);
    expect([...streams.all()]).toHaveLength(1);
  });

  test('hears of changes of its session and its device, and of nobody else’s', async () => {
    const { asked, watch, open } = stage();
    const never = stays(Number.POSITIVE_INFINITY);
    open('a', never, { deviceId: 'laptop' });
    open('b', never);
    const record = { type: 'record', owner: undefined, wasBuried: false } as const;
    for (const [kind, key] of [
      ['session', 'session of b'],
      ['device', 'laptop'],
      ['device', 'another'],
      ['credential', 'session of a'],
    ] as const) {
      watch.heard({ ...record, kind, key });
      await watch.settled();
    }
    expect(asked).toEqual(['b', 'a']);
    watch.heard({ type: 'everything' });
    await watch.settled();
    expect(asked).toEqual(['b', 'a', 'a', 'b']);
  });

  test('looks at all of them once when scores were set from outside, however many', async () => {
    const { asked, watch, open, tick } = stage();
    open('a', stays(Number.POSITIVE_INFINITY));
    open('b', stays(Number.POSITIVE_INFINITY));
    await tick();
    const change = { type: 'record', kind: 'risk_score', key: 'x', owner: undefined, wasBuried: false } as const;
    for (let count = 0; count < 100; count += 1) watch.heard(change);
    await tick();
    await tick();
    expect(asked).toEqual(['a', 'b', 'a', 'b']);
  });

  test('decides once more when the configuration changes while it decides', async () => {
    const { watch, open, streams, snapshot, closed } = stage();
    open('a', async (given) => {
      const verdict: StreamVerdict = given.hash === 'one' ? stays(2e12)() : { outcome: 'ends', closing };
      if (given.hash === 'one') {
        snapshot.current = { hash: 'two' } as Snapshot;
        watch.lookAt(streams.all());
      }
      return verdict;
    });
    watch.lookAt(streams.all());
    await watch.settled();
    await turn();
    expect(closed).toEqual([['a', 'explicit_deny']]);
  });

  test('is settled for whoever asked before the next change, though changes go on and on', async () => {
    const { open, watch, streams } = stage();
    const going: (() => void)[] = [];
    const slow = () => new Promise<StreamVerdict>((resolve) => going.push(() => resolve(stays(2_000_000)())));
    open('a', slow);
    open('b', slow);
    watch.heard({ type: 'everything' });
    await turn();
    let isSettled = false;
    const settled = watch.settled().then(() => {
      isSettled = true;
    });
    // Each change makes both due again: what was asked for is behind two decisions, not behind all of them.
    going.shift()?.();
    watch.lookAt(streams.all());
    await turn();
    expect(isSettled).toBe(false);
    going.shift()?.();
    await settled;
    await turn();
    // The decision that the later change asked for goes on.
    expect(going).toHaveLength(1);
  });

  test('asks again every second while the state does not answer, and closes after ten', async () => {
    const { asked, closed, open, tick } = stage();
    let isAway = true;
    open('unlucky', () => ({ outcome: 'undecided' }));
    open('lucky', () => (isAway ? { outcome: 'undecided' } : stays(2e12)()));
    for (let second = 0; second < 9; second += 1) await tick();
    isAway = false;
    expect([closed, asked.length]).toEqual([[], 18]);
    await tick();
    await tick();
    expect(closed).toEqual([['unlucky', 'state_unavailable']]);
  });

  test('decides again when the clock was set back', async () => {
    const { asked, clock, open, tick } = stage();
    open('a', stays(clock.nowMs + 60_000));
    await tick();
    await tick(-3_600_000);
    expect(asked).toEqual(['a', 'a']);
  });

  test('makes streams of requests that have taken five seconds', async () => {
    const { streams, open, tick } = stage();
    streams.carry({
      sessionId: 'a',
      socket: new PassThrough(),
      sinceMs: 500,
      becomeStream: () => void open('download', stays(2e12), { kind: 'transfer' }),
    });
    await tick(5_000);
    expect(streams.count()).toBe(0);
    await tick(1_000);
    expect(streams.count()).toBe(1);
  });

  test('hears every ten milliseconds while anything is open, a plain request too, and asks nothing otherwise', () => {
    const { streams, tasks, freshened } = stage();
    tasks.get(10)?.();
    expect(freshened()).toBe(0);
    const request = { sessionId: 'a', socket: new PassThrough(), sinceMs: 0, becomeStream: () => undefined };
    streams.carry(request);
    tasks.get(10)?.();
    tasks.get(10)?.();
    expect(freshened()).toBe(2);
  });

  test.each([
    ['rejects', () => Promise.reject(new Fault('state_unavailable', 'away'))],
    [
      'throws',
      () => {
        throw new Fault('state_unavailable', 'away');
      },
    ],
  ])('a store that %s is told of once, and every stream is looked at', async (_how, freshen) => {
    const { tasks, faults, asked, watch, open } = stage({ freshen });
    open('a', () => ({ outcome: 'undecided' }));
    for (let count = 0; count < 3; count += 1) {
      tasks.get(10)?.();
      await turn();
    }
    await watch.settled();
    expect([faults.length, asked]).toEqual([1, ['a']]);
  });

  test('does not ask a store again that has not answered yet', () => {
    let count = 0;
    const { tasks, open } = stage({
      freshen: () => {
        count += 1;
        return new Promise(() => undefined);
      },
    });
    open('a', stays(2e12));
    tasks.get(10)?.();
    tasks.get(10)?.();
    expect(count).toBe(1);
  });

  test('gives requests their turns while it decides ten thousand', async () => {
    const { watch, streams, open, clock } = stage();
    const spending = async (): Promise<StreamVerdict> => {
      clock.monotonicMs += 0.05;
      return { outcome: 'stays', lookAgainAtMs: 2e12 };
    };
    for (let count = 0; count < 10_000; count += 1) open('a', spending);
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    watch.lookAt(streams.all());
    await watch.settled();
    isOver = true;
    expect(turns).toBeGreaterThan(90);
  });

  test('stops', () => {
    const { tasks, watch } = stage();
    watch.stop();
    expect(tasks.size).toBe(0);
  });
});

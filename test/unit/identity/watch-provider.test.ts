import { describe, expect, test } from '@jest/globals';
import { type ProviderStanding, watchProvider } from '../../../src/identity/watch-provider.ts';

/** A watch whose clock and whose looks the test moves. `fraction` 1: no pause is cut. */
function openWatch(fraction = 1) {
  let nowMs = 1_000_000;
  let isAnswering = true;
  let running = 0;
  let mostRunning = 0;
  const turns: string[] = [];
  const pauses: number[] = [];
  let planned: { readonly atMs: number; readonly work: () => void } | undefined;
  let hang: Promise<void> | undefined;
  const watch = watchProvider({
    now: () => nowMs,
    fraction: () => fraction,
    async look() {
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      await hang;
      running -= 1;
      if (!isAnswering) throw new Error('Nobody answers.');
    },
    later(ms, work) {
      pauses.push(ms);
      const plan = { atMs: nowMs + ms, work };
      planned = plan;
      return () => {
        if (planned === plan) planned = undefined;
      };
    },
    onTurn: ({ state }) => turns.push(state),
  });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    watch,
    turns,
    pauses,
    settle,
    mostRunning: () => mostRunning,
    isPlanned: () => planned !== undefined,
    set isAnswering(value: boolean) {
      isAnswering = value;
    },
    set hang(value: Promise<void> | undefined) {
      hang = value;
    },
    /** Until the next planned look, which is done when it resolves. */
    async next(): Promise<ProviderStanding['state']> {
      const plan = planned;
      planned = undefined;
      nowMs = plan?.atMs ?? nowMs;
      plan?.work();
      await settle();
      return watch.standing().state;
    },
  };
}

describe('a provider that is watched', () => {
  test('is unknown until the first look has ended, and is looked at again each half a minute', async () => {
    const stage = openWatch();
    expect(stage.watch.standing()).toEqual({ state: 'unknown' });
    await stage.settle();
    expect(stage.watch.standing()).toEqual({ state: 'answers', sinceMs: 1_000_000 });
    await stage.next();
    expect(stage.pauses).toEqual([30_000, 30_000]);
    expect(stage.turns).toEqual(['answers']);
  });

  test('is not away for one look that failed, and is for two in a row', async () => {
    const stage = openWatch();
    await stage.settle();
    stage.isAnswering = false;
    expect(await stage.next()).toBe('answers');
    expect(await stage.next()).toBe('away');
    expect(stage.turns).toEqual(['answers', 'away']);
  });

  test('that comes and goes at each look stays as it was', async () => {
    const stage = openWatch();
    await stage.settle();
    for (let round = 0; round < 5; round += 1) {
      stage.isAnswering = false;
      expect(await stage.next()).toBe('answers');
      stage.isAnswering = true;
      expect(await stage.next()).toBe('answers');
    }
    expect(stage.turns).toEqual(['answers']);
  });

  test('that never answered is away after the first look', async () => {
    const stage = openWatch();
    stage.isAnswering = false;
    await stage.settle();
    expect(stage.watch.standing().state).toBe('away');
  });

  test('that is away is looked at ever more slowly, up to each quarter of a minute, and is back with its first answer', async () => {
    const stage = openWatch();
    stage.isAnswering = false;
    await stage.settle();
    for (let round = 0; round < 5; round += 1) await stage.next();
    expect(stage.pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    expect(stage.watch.standing()).toEqual({ state: 'away', sinceMs: 1_000_000, nextLookAtMs: 1_045_000 });
    stage.isAnswering = true;
    expect(await stage.next()).toBe('answers');
    expect(stage.turns).toEqual(['away', 'answers']);
  });

  test('is looked at once at a time, however slowly it answers', async () => {
    const stage = openWatch();
    await stage.settle();
    let answer: () => void = () => undefined;
    stage.hang = new Promise((resolve) => {
      answer = resolve;
    });
    await stage.next();
    expect(stage.isPlanned()).toBe(false);
    answer();
    await stage.settle();
    expect(stage.isPlanned()).toBe(true);
    expect(stage.mostRunning()).toBe(1);
  });

  test('is looked at out of step: pauses are cut by up to a half', async () => {
    const stage = openWatch(0);
    await stage.settle();
    expect(stage.pauses).toEqual([15_000]);
  });

  test('is left alone once the watch is closed, and an answer that comes later changes nothing', async () => {
    const stage = openWatch();
    stage.watch.close();
    await stage.settle();
    expect(stage.isPlanned()).toBe(false);
    expect(stage.turns).toEqual([]);
    expect(stage.watch.standing()).toEqual({ state: 'unknown' });
  });
});

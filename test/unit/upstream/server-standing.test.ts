import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createServerStanding } from '../../../src/upstream/server-standing.ts';

function stage() {
  const clock = { nowMs: 0 };
  return { clock, standing: createServerStanding(() => clock.nowMs) };
}

describe('a server that takes no connection', () => {
  test('is passed over for a second, for two, and so on, and no longer than half a minute', () => {
    const { clock, standing } = stage();
    expect(standing.isAway()).toBe(false);
    for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      standing.refused();
      clock.nowMs += pauseMs - 1;
      expect(standing.isAway()).toBe(true);
      clock.nowMs += 1;
      expect(standing.isAway()).toBe(false);
    }
  });

  test('is passed over for no longer where many requests met it at once', () => {
    const { clock, standing } = stage();
    for (let requests = 0; requests < 50; requests += 1) standing.refused();
    clock.nowMs += 1_000;
    expect(standing.isAway()).toBe(false);
    standing.refused();
    clock.nowMs += 1_999;
    expect(standing.isAway()).toBe(true);
  });

  test('is itself again once it has answered, and begins with a second the next time', () => {
    const { clock, standing } = stage();
    for (let times = 0; times < 5; times += 1) standing.refused();
    standing.answered();
    expect(standing.isAway()).toBe(false);
    standing.refused();
    clock.nowMs += 1_000;
    expect(standing.isAway()).toBe(false);
  });
});

describe('a server that is checked', () => {
  test('is passed over after two failures in a row, until a check succeeds', () => {
    const { clock, standing } = stage();
    standing.checked(false);
    expect(standing.isAway()).toBe(false);
    standing.checked(true);
    standing.checked(false);
    expect(standing.isAway()).toBe(false);
    standing.checked(false);
    clock.nowMs += 3_600_000;
    standing.answered();
    expect(standing.isAway()).toBe(true);
    standing.checked(true);
    expect(standing.isAway()).toBe(false);
  });

  test('is never away for longer than half a minute after what was last heard of it, unless checks say so', () => {
    const event = fc.constantFrom('refused', 'answered', 'well', 'unwell', 'time');
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { clock, standing } = stage();
        let failures = 0;
        for (const one of events) {
          if (one === 'refused') standing.refused();
          if (one === 'answered') standing.answered();
          if (one === 'well' || one === 'unwell') standing.checked(one === 'well');
          if (one === 'well') failures = 0;
          if (one === 'unwell') failures += 1;
          if (one === 'time') clock.nowMs += 700;
        }
        clock.nowMs += 30_000;
        expect(standing.isAway()).toBe(failures >= 2);
      }),
    );
  });
});

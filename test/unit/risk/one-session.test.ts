import { describe, expect, test } from '@jest/globals';
import {
  cafe,
  chrome,
  hour,
  minute,
  office,
  settingsWith,
  stageSession,
  subjectOf,
} from '../../support/judgement-risk.ts';

test('one session through every signal: each point has its signal, its beginning and its numbers', () => {
  const { ask, wait, stepUp, worker, clock } = stageSession();
  expect(ask()).toEqual({ source: 'session', asOfMs: clock.nowMs, score: 0, points: [] });

  wait(minute);
  const movedAtMs = clock.nowMs;
  expect(ask({ address: cafe })).toEqual({
    source: 'session',
    asOfMs: movedAtMs,
    score: 40,
    points: [
      {
        signal: 'new_network',
        points: 40,
        sinceMs: movedAtMs,
        detail: 'used from network 198.51.100.0/24; known for this session: 203.0.113.0/24: weight 40 × 1.00',
      },
    ],
  });

  wait(minute);
  expect(ask({ address: cafe, userAgent: 'curl/8.5.0' })).toMatchObject({
    score: 70,
    points: [
      { signal: 'new_network', points: 40, sinceMs: movedAtMs },
      { signal: 'user_agent_changed', points: 30, sinceMs: clock.nowMs },
    ],
  });

  for (let count = 0; count < 5; count += 1) {
    wait(minute);
    worker.risk.countDenial(subjectOf('ses_1'), 'payroll', clock.nowMs);
  }
  expect(ask({ address: cafe, userAgent: 'curl/8.5.0' })).toMatchObject({
    score: 95,
    points: [{}, {}, { signal: 'denials', points: 25, detail: expect.stringContaining('5 denials in ten minutes') }],
  });

  wait(minute);
  for (let count = 0; count < 900; count += 1) ask({ address: cafe, userAgent: 'curl/8.5.0' });
  const full = ask({ address: cafe, userAgent: 'curl/8.5.0' });
  expect(full.score).toBe(100);
  expect(full.points[3]).toMatchObject({ signal: 'request_rate', detail: expect.stringContaining('limit 600') });

  wait(minute);
  stepUp();
  expect(ask({ address: cafe, userAgent: 'curl/8.5.0' })).toMatchObject({ score: 0, points: [] });
  expect(ask({ address: office, userAgent: chrome })).toMatchObject({ score: 0 });
});

describe('a new network', () => {
  test('is the whole weight for as long as it lasts, however long', () => {
    const { ask, wait } = stageSession();
    ask();
    ask({ address: cafe });
    wait(48 * hour);
    expect(ask({ address: cafe }).score).toBe(40);
  });

  test('lasts while nobody asks: silence ends nothing', () => {
    const { ask, wait, peek } = stageSession();
    ask();
    ask({ address: cafe });
    wait(48 * hour);
    expect(peek().score).toBe(40);
  });

  test('fades by half each half-life once the session is back', () => {
    const { ask, wait } = stageSession();
    ask();
    ask({ address: cafe });
    expect(ask().score).toBe(40);
    wait(12 * hour);
    expect(ask()).toMatchObject({ score: 20, points: [{ detail: expect.stringContaining('faded to 50 %') }] });
    wait(12 * hour);
    expect(ask().score).toBe(10);
  });

  test('begins anew each time somebody is there again', () => {
    const { ask, wait } = stageSession();
    ask();
    ask({ address: cafe });
    ask();
    wait(12 * hour);
    expect(ask({ address: cafe }).score).toBe(40);
  });

  test('is the /24 of IPv4 and the /48 of IPv6', () => {
    const { ask } = stageSession();
    ask();
    expect(ask({ address: '203.0.113.250' }).score).toBe(0);
    expect(ask({ address: '::ffff:203.0.113.1' }).score).toBe(0);
    expect(ask({ address: '203.0.114.7' }).score).toBe(40);
    const other = stageSession();
    other.ask({ address: '2001:db8:1:2::1' });
    expect(other.ask({ address: '2001:db8:1:ffff::9' }).score).toBe(0);
    expect(other.ask({ address: '2001:db8:2::1' }).score).toBe(40);
  });

  test('becomes known by a proof from there, and stays known', () => {
    const { ask, wait, stepUp } = stageSession();
    ask();
    wait(minute);
    ask({ address: cafe });
    wait(minute);
    stepUp();
    expect(ask({ address: cafe }).score).toBe(0);
    expect(ask().score).toBe(0);
    expect(ask({ address: cafe }).score).toBe(0);
  });

  test('is not made known by the proof of another credential of the same session', () => {
    const { ask, wait, proof, clock } = stageSession();
    const stolen = proof.atMs;
    ask();
    wait(minute);
    expect(ask({ address: cafe, lastProofAtMs: stolen }).score).toBe(40);
    wait(minute);
    const renewed = clock.nowMs;
    wait(1);
    expect(ask({ lastProofAtMs: renewed }).score).toBe(0);
    wait(1);
    expect(ask({ address: cafe, lastProofAtMs: stolen }).score).toBe(40);
    expect(ask({ address: cafe, lastProofAtMs: renewed }).score).toBe(40);
  });

  test('is answered in a preview by the proof that the preview has', () => {
    const { ask, wait, peek, clock } = stageSession();
    ask();
    wait(minute);
    ask({ address: cafe });
    expect(peek().score).toBe(40);
    expect(peek(clock.nowMs + 1).score).toBe(0);
  });
});

describe('a changed user agent', () => {
  test('is not a browser’s update', () => {
    const { ask } = stageSession();
    ask();
    expect(ask({ userAgent: chrome.replace('140.0.0.0', '141.0.7390.54') }).score).toBe(0);
  });

  test('is another program, or none', () => {
    const { ask } = stageSession();
    ask();
    expect(ask({ userAgent: undefined }).score).toBe(30);
    expect(ask().score).toBe(30);
    expect(ask({ userAgent: 'curl/8' }).score).toBe(30);
  });

  test('is read from a bounded part of it', () => {
    const { ask } = stageSession();
    ask({ userAgent: 'x'.repeat(100_000) });
    expect(ask({ userAgent: 'y'.repeat(100_000) }).points[0]?.detail.length).toBeLessThan(1000);
  });
});

describe('denials', () => {
  test('count once a route and minute', () => {
    const { ask, worker, clock } = stageSession();
    ask();
    for (let count = 0; count < 100; count += 1) worker.risk.countDenial(subjectOf('ses_1'), 'payroll', clock.nowMs);
    expect(ask().score).toBe(0);
  });

  test('are many from five in ten minutes, and the whole weight from ten', () => {
    const { ask, worker, clock } = stageSession();
    ask();
    for (const route of ['a', 'b', 'c', 'd']) worker.risk.countDenial(subjectOf('ses_1'), route, clock.nowMs);
    expect(ask().score).toBe(0);
    worker.risk.countDenial(subjectOf('ses_1'), 'e', clock.nowMs);
    expect(ask().score).toBe(25);
    for (const route of ['f', 'g', 'h', 'i', 'j', 'k', 'l'])
      worker.risk.countDenial(subjectOf('ses_1'), route, clock.nowMs);
    expect(ask().score).toBe(50);
  });

  test('hold for ten minutes, then fade', () => {
    const { ask, worker, clock, wait } = stageSession();
    ask();
    for (const route of ['a', 'b', 'c', 'd', 'e']) worker.risk.countDenial(subjectOf('ses_1'), route, clock.nowMs);
    wait(10 * minute);
    expect(ask().score).toBe(25);
    wait(hour);
    expect(ask().score).toBe(13);
  });

  test('from before a proof are answered', () => {
    const { ask, worker, clock, wait, stepUp } = stageSession();
    ask();
    for (const route of ['a', 'b', 'c', 'd', 'e']) worker.risk.countDenial(subjectOf('ses_1'), route, clock.nowMs);
    wait(1000);
    stepUp();
    expect(ask().score).toBe(0);
    for (const route of ['a', 'b', 'c', 'd']) worker.risk.countDenial(subjectOf('ses_1'), route, clock.nowMs);
    expect(ask().score).toBe(0);
  });
});

describe('the request rate', () => {
  test('up to six hundred a minute is nothing', () => {
    const { ask } = stageSession();
    for (let count = 0; count < 600; count += 1) expect(ask().score).toBe(0);
  });

  test('grows from nothing at the limit to the whole weight at twice it', () => {
    const { ask } = stageSession();
    for (let count = 0; count < 900; count += 1) ask();
    expect(ask().score).toBe(30);
    for (let count = 0; count < 1000; count += 1) ask();
    expect(ask().score).toBe(60);
  });

  test('is counted over the border of a minute', () => {
    const { ask, wait, clock } = stageSession();
    wait(minute - (clock.nowMs % minute) - 1);
    for (let count = 0; count < 500; count += 1) ask({ lastProofAtMs: 0 });
    wait(1);
    for (let count = 0; count < 400; count += 1) ask({ lastProofAtMs: 0 });
    expect(ask({ lastProofAtMs: 0 }).score).toBeGreaterThan(0);
  });

  test('fades when it is over, also when nobody asks any more', () => {
    const { ask, wait, peek } = stageSession();
    for (let count = 0; count < 1300; count += 1) ask();
    wait(minute);
    expect(peek().score).toBe(60);
    wait(hour);
    expect(peek().score).toBe(30);
    expect(ask().score).toBeGreaterThan(0);
  });

  test('is measured by a habit that is learned shortly after a proof', () => {
    const { ask, wait } = stageSession();
    for (let passed = 0; passed < 5; passed += 1) {
      for (let count = 0; count < 500; count += 1) ask();
      wait(minute);
    }
    for (let count = 0; count < 2500; count += 1) expect(ask().score).toBe(0);
  });

  test('teaches no habit long after the proof: nobody walks it up slowly', () => {
    const { ask, wait } = stageSession();
    ask();
    wait(11 * minute);
    for (let passed = 0; passed < 20; passed += 1) {
      for (let count = 0; count < 500; count += 1) ask();
      wait(minute);
    }
    for (let count = 0; count < 1200; count += 1) ask();
    expect(ask().score).toBeGreaterThan(50);
  });

  test('that a person vouches for becomes the habit', () => {
    const { ask, wait, stepUp } = stageSession();
    for (let count = 0; count < 1300; count += 1) ask();
    wait(1000);
    stepUp();
    for (let count = 0; count < 3000; count += 1) expect(ask().score).toBe(0);
  });
});

test('of signals that are worth the same and tell of one event, the first counts, and the other says in which it is counted', () => {
  const weights = settingsWith({ user_agent_changed: { weight: 30 }, client_hints_changed: { weight: 30 } });
  const { ask, wait } = stageSession({ settings: weights });
  ask({ platform: '"macOS"' });
  wait(minute);
  expect(ask({ platform: '"Windows"', userAgent: 'curl/8.5.0' })).toMatchObject({
    score: 30,
    points: [
      { signal: 'user_agent_changed', points: 30, detail: expect.not.stringContaining('counted in') },
      { signal: 'client_hints_changed', points: 0, detail: expect.stringContaining('; counted in user_agent_changed') },
    ],
  });
});

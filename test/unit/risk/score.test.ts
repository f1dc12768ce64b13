import { describe, expect, test } from '@jest/globals';
import type { RiskSettings } from '../../../src/config/snapshot.ts';
import { emptyHistory } from '../../../src/risk/history.ts';
import { emptyBaseline } from '../../../src/risk/person-baseline.ts';
import { scoreHistory } from '../../../src/risk/score.ts';
import type { SignalContext } from '../../../src/risk/signal.ts';
import { hour, settingsWith } from '../../support/judgement-risk.ts';

const nowMs = Date.UTC(2026, 0, 5, 9);
const sinceMs = nowMs - 10 * hour;

const lasting = (what: string) => ({ what, sinceMs, endedAtMs: undefined, seenAtMs: nowMs });
const over = (what: string, endedAtMs: number) => ({ what, sinceMs, endedAtMs, seenAtMs: endedAtMs });

interface Shown {
  readonly userAgent?: ReturnType<typeof lasting> | ReturnType<typeof over>;
  readonly clientHints?: ReturnType<typeof lasting>;
  readonly newDevice?: ReturnType<typeof lasting>;
  readonly blockedAddress?: ReturnType<typeof lasting>;
  readonly outside?: number;
}

/** A session that shows these signals and no others. */
function showing({ userAgent, clientHints, newDevice, blockedAddress, outside }: Shown): SignalContext {
  const history = emptyHistory();
  Object.assign(history.traits.userAgent, { known: ['Firefox'], episode: userAgent });
  Object.assign(history.traits.clientHints, { known: ['Linux'], episode: clientHints });
  Object.assign(history.conditions, { newDevice, blockedAddress });
  const score = outside && { score: outside, setAtMs: sinceMs, expiresAtMs: nowMs + 1, source: 'siem', reason: 'r' };
  return { history, baseline: emptyBaseline(), outside: score === 0 ? undefined : score };
}

const weights = settingsWith({
  user_agent_changed: { weight: 40, halfLifeMs: hour },
  client_hints_changed: { weight: 30 },
  new_device: { weight: 50 },
  blocked_address: { weight: 60 },
  outside_score: { weight: 100 },
});
const score = (shown: Shown, lastProofAtMs = 0, settings: Pick<RiskSettings, 'signals' | 'isReportOnly'> = weights) =>
  scoreHistory(showing(shown), lastProofAtMs, settings, nowMs);

describe('the score of a session', () => {
  test('is nothing where nothing is unusual, and where what is has no weight', () => {
    const nothing = { source: 'session', asOfMs: nowMs, score: 0, points: [] };
    expect(score({})).toEqual(nothing);
    expect(score({ userAgent: lasting('curl') }, 0, settingsWith({}))).toEqual(nothing);
  });

  test('is the whole weight while a signal lasts, and half of it a half-life after its end', () => {
    expect(score({ userAgent: lasting('curl') })).toEqual({
      source: 'session',
      asOfMs: nowMs,
      score: 40,
      points: [
        {
          signal: 'user_agent_changed',
          points: 40,
          sinceMs,
          detail: expect.stringMatching(/curl.*: weight 40 × 1\.00$/),
        },
      ],
    });
    const [half] = score({ userAgent: over('curl', nowMs - hour) }).points;
    expect(half).toMatchObject({ points: 20, detail: expect.stringMatching(/: weight 40 × 1\.00, faded to 50 %$/) });
    expect(score({ userAgent: over('curl', nowMs - 2 * hour) }).score).toBe(10);
  });

  test('does not grow by an end that lies ahead', () => {
    expect(score({ userAgent: over('curl', nowMs + hour) })).toMatchObject({
      score: 40,
      points: [{ detail: expect.not.stringContaining('faded') }],
    });
  });

  test('rounds to whole points, and less than half a point is none', () => {
    expect(score({ userAgent: over('curl', nowMs - 6.32 * hour) }).points).toMatchObject([{ points: 1 }]);
    expect(score({ userAgent: over('curl', nowMs - 6.33 * hour) }).points).toEqual([]);
  });

  test('is answered by a proof that is younger than the signal, not by one of the same instant', () => {
    expect(score({ userAgent: lasting('curl') }, sinceMs).score).toBe(40);
    expect(score({ userAgent: lasting('curl') }, sinceMs + 1).points).toEqual([]);
  });

  test('keeps what no proof answers, and says how much would be left after one', () => {
    const shown = { userAgent: lasting('curl'), blockedAddress: lasting('on the list') };
    expect(score(shown)).toMatchObject({ score: 100, scoreAfterProof: 60 });
    const proved = score(shown, nowMs);
    expect(proved).toMatchObject({
      score: 60,
      scoreAfterProof: 60,
      points: [{ signal: 'blocked_address', answeredBy: 'nothing' }],
    });
    expect(score({ userAgent: lasting('curl') })).not.toHaveProperty('scoreAfterProof');
    expect(score({ userAgent: lasting('curl') }).points[0]).not.toHaveProperty('answeredBy');
  });

  test('is at most 100, and so is what would be left', () => {
    const shown = { newDevice: lasting('d'), blockedAddress: lasting('b'), outside: 80 };
    expect(score(shown)).toMatchObject({ score: 100, scoreAfterProof: 100 });
    expect(score({ newDevice: lasting('d'), outside: 30 })).toMatchObject({ score: 80, scoreAfterProof: 30 });
  });

  test('counts of signals that tell of one event the one that is worth most, and names it in the other', () => {
    const shown = { userAgent: over('curl', nowMs - hour), clientHints: lasting('Windows') };
    expect(score(shown)).toMatchObject({
      score: 30,
      points: [
        {
          signal: 'user_agent_changed',
          points: 0,
          detail: expect.stringMatching(/; counted in client_hints_changed$/),
        },
        { signal: 'client_hints_changed', points: 30, detail: expect.not.stringContaining('counted in') },
      ],
    });
  });

  test('leaves out what is only reported, and says what it would have been with it', () => {
    const reported = settingsWith({
      user_agent_changed: { weight: 40, isReportOnly: true },
      client_hints_changed: { weight: 30 },
      new_device: { weight: 50 },
    });
    const shown = { userAgent: lasting('curl'), clientHints: lasting('Windows'), newDevice: lasting('d') };
    const { points, ...rest } = score(shown, 0, reported);
    expect(rest).toEqual({ source: 'session', asOfMs: nowMs, score: 80, reportedScore: 90 });
    expect(points).toMatchObject([
      {
        signal: 'user_agent_changed',
        points: 0,
        reportedPoints: 40,
        detail: expect.stringMatching(/\(report only\)$/),
      },
      { signal: 'client_hints_changed', points: 30 },
      { signal: 'new_device', points: 50 },
    ]);
    expect(points[1]).not.toHaveProperty('reportedPoints');
    expect(score({ newDevice: lasting('d') }, 0, reported)).not.toHaveProperty('reportedScore');
  });

  test('is 0 where all of risk is only reported', () => {
    const { points, ...rest } = score({ newDevice: lasting('d'), outside: 20 }, 0, { ...weights, isReportOnly: true });
    expect(rest).toEqual({ source: 'session', asOfMs: nowMs, score: 0, reportedScore: 70 });
    expect(points.map((one) => [one.points, one.reportedPoints])).toEqual([
      [0, 50],
      [0, 20],
    ]);
  });
});

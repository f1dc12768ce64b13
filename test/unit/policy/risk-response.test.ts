import { describe, expect, test } from '@jest/globals';
import { scaleResponse } from '../../../src/config/compile/compile-risk.ts';
import type { RiskFacts } from '../../../src/decision/facts.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { endingByRisk, responseTo } from '../../../src/policy/risk-response.ts';
import { denial, facts, grant, nowMs, policy, riskOf } from '../../support/judgement-policy.ts';

const riskResponse = { mediumFrom: 40, highFrom: 70, medium: 'step_up', high: 'end_session' } as const;
const elsewhere = new Set(['operations']);

describe('the levels of risk', () => {
  test('begin at their number', () => {
    expect([39.9, 40, 69.9, 70, 100].map((score) => responseTo(score, riskResponse))).toEqual([
      'allow',
      'step_up',
      'step_up',
      'end_session',
      'end_session',
    ]);
  });

  test('take a score that is no number for a high one', () => {
    expect(responseTo(Number.NaN, riskResponse)).toBe('end_session');
  });
});

describe('high risk with end_session', () => {
  function ends(rules: ReturnType<typeof policy>, score = 80): boolean {
    const given = facts({ risk: riskOf(score) });
    return endingByRisk(evaluate(rules, given), given.risk, rules) === 'end_session';
  }

  test('ends the session where the route says nothing of its own', () => {
    expect(ends(policy({ riskResponse, grants: [grant()] }))).toBe(true);
  });

  test('ends it also for a person whom the grant would not have let in anyway', () => {
    expect(ends(policy({ riskResponse, grants: [grant({ groups: elsewhere })] }))).toBe(true);
  });

  test('leaves it where the grant tolerates the score', () => {
    expect(ends(policy({ riskResponse, grants: [grant({ risk: { below: 90 } })] }))).toBe(false);
  });

  test('leaves it where a denial of the route spoke', () => {
    expect(ends(policy({ riskResponse, grants: [grant()], denials: [denial({ risk: { above: 75 } })] }))).toBe(false);
  });

  test('leaves it under the level', () => {
    expect(ends(policy({ riskResponse, grants: [grant({ risk: { below: 10 } })], stepUpMethods: [] }), 50)).toBe(false);
  });
});

describe('medium risk with end_session', () => {
  test('ends the session from its level on', () => {
    const rules = policy({ riskResponse: { ...riskResponse, medium: 'end_session' }, grants: [grant()] });
    const ends = (score: number) => {
      const given = facts({ risk: riskOf(score) });
      return endingByRisk(evaluate(rules, given), given.risk, rules) === 'end_session';
    };
    expect([39, 40, 69].map(ends)).toEqual([false, true, true]);
  });
});

describe('a step-up for risk', () => {
  test('asks the person, where the grant asks for a registered browser: a browser answers no doubt about them', () => {
    const auth = { methods: ['registered_browser'], maxAgeMs: 300_000 } as const;
    const doubt = { signal: 'new_network', points: 50, sinceMs: nowMs, detail: '' };
    const risk: RiskFacts = { source: 'session', asOfMs: nowMs, score: 50, points: [doubt] };
    const needOf = (stepUpMethods: readonly ('otp' | 'registered_browser')[]) =>
      evaluate(policy({ riskResponse, grants: [grant({ auth })], stepUpMethods }), facts({ risk }));
    expect(needOf(['otp'])).toMatchObject({ outcome: 'step_up', need: { methods: ['otp'] } });
    expect(needOf(['otp', 'registered_browser'])).toMatchObject({ need: { methods: ['otp'] } });
    expect(needOf([])).toMatchObject({ outcome: 'deny', reason: 'risk_too_high' });
    expect(needOf(['registered_browser'])).toMatchObject({ outcome: 'deny', reason: 'risk_too_high' });
  });

  const rules = policy({ riskResponse, grants: [grant()], stepUpMethods: ['otp'] });
  const point = { signal: 'new_network', points: 30, sinceMs: nowMs, detail: '' };
  const listed = { ...point, signal: 'blocked_address', points: 45, answeredBy: 'nothing' } as const;
  const outcomeOf = (risk: Partial<RiskFacts>) =>
    evaluate(rules, facts({ risk: { source: 'session', asOfMs: nowMs, score: 0, points: [], ...risk } }));

  test('is asked for when it lowers the score enough, and denied when it would be in vain', () => {
    const small = { ...listed, points: 20 };
    expect(outcomeOf({ score: 50, points: [point, small], scoreAfterProof: 20 }).outcome).toBe('step_up');
    expect(outcomeOf({ score: 45, points: [listed], scoreAfterProof: 45 })).toMatchObject({ reason: 'risk_too_high' });
    expect(outcomeOf({ score: 69, points: [point, listed], scoreAfterProof: 45 })).toMatchObject({
      outcome: 'deny',
      reason: 'risk_too_high',
    });
  });

  test('goes by the limit of the grant, where it has one', () => {
    const strict = policy({ riskResponse, grants: [grant({ risk: { below: 15 } })], stepUpMethods: ['otp'] });
    const risk = { source: 'session', asOfMs: nowMs, score: 50, points: [point, listed], scoreAfterProof: 20 };
    expect(evaluate(strict, facts({ risk }))).toMatchObject({ outcome: 'deny', reason: 'risk_too_high' });
  });
});

describe('sensitivity', () => {
  test('high halves the levels, low makes them half as much again and no more than 100', () => {
    const levels = (sensitivity: 'low' | 'normal' | 'high') => {
      const { mediumFrom, highFrom } = scaleResponse(riskResponse, sensitivity);
      return [mediumFrom, highFrom];
    };
    expect([levels('high'), levels('normal'), levels('low')]).toEqual([
      [20, 35],
      [40, 70],
      [60, 100],
    ]);
  });
});

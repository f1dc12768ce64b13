import { describe, expect, test } from '@jest/globals';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { endsSessionByRisk, responseTo } from '../../../src/policy/risk-response.ts';
import { denial, facts, grant, policy, riskOf } from '../../support/judgement-policy.ts';

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
    return endsSessionByRisk(evaluate(rules, given), given.risk, rules);
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

import type { Condition } from '../condition.ts';
import { responseTo } from '../risk-response.ts';
import type { RiskResponse } from '../rule.ts';

/** The score is under the limit: for grants. */
export function riskBelowCondition(below: number): Condition {
  return {
    key: 'risk',
    check: ({ risk }) => {
      if (risk === undefined) return 'unknown';
      return risk.score < below ? 'hit' : 'miss';
    },
  };
}

/** The score is over the limit: for denials. Phrased so that a score which is no number closes. */
export function riskAboveCondition(above: number): Condition {
  return {
    key: 'risk',
    check: ({ risk }) => {
      if (risk === undefined) return 'unknown';
      return risk.score <= above ? 'miss' : 'hit';
    },
  };
}

/** The configured levels let the score pass: for grants that say nothing of their own about risk. */
export function riskLevelCondition(response: RiskResponse): Condition {
  return {
    key: 'risk',
    check: ({ risk }) => {
      if (risk === undefined) return 'unknown';
      return responseTo(risk.score, response) === 'allow' ? 'hit' : 'miss';
    },
  };
}

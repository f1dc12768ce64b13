import * as z from 'zod';
import type { Facts } from '../../decision/facts.ts';
import type { Condition } from '../condition.ts';
import { type RiskResponse, responseTo } from '../risk-response.ts';
import { describeCondition, describeGrantCondition } from './condition-descriptor.ts';
import type { Wording } from './condition-words.ts';
import { shared } from './share-conditions.ts';

/** The score is under the limit: for grants. */
function riskBelowCondition({ below }: { readonly below: number }): Condition {
  return {
    key: 'risk',
    check: ({ risk }) => {
      if (risk === undefined) return 'unknown';
      return risk.score < below ? 'hit' : 'miss';
    },
  };
}

/** The score is over the limit: for denials. Phrased so that a score which is no number closes. */
function riskAboveCondition({ above }: { readonly above: number }): Condition {
  return {
    key: 'risk',
    check: ({ risk }) => {
      if (risk === undefined) return 'unknown';
      return risk.score <= above ? 'miss' : 'hit';
    },
  };
}

/** The configured levels let the score pass: for grants that say nothing of their own about risk. */
export const riskLevelCondition: (response: RiskResponse) => Condition = shared((response: RiskResponse) => ({
  key: 'risk',
  check: ({ risk }) => {
    if (risk === undefined) return 'unknown';
    return responseTo(risk.score, response) === 'allow' ? 'hit' : 'miss';
  },
}));

const common = { key: 'risk', speaksOf: 'situation', isOfPeople: false, saysWho: false, factsRead: riskWords } as const;

/** `risk` of a grant: the score that it does not take any more. */
export const riskBelow = describeGrantCondition({
  ...common,
  description: 'How much risk the grant takes. Over it: step-up or denial, as risk says.',
  schema: () => z.strictObject({ below: z.number().min(1).max(100).describe('The score must be lower than this.') }),
  misplaced: { inner: 'below', meant: 'above', help: 'in a deny rule write above: the score over which it closes' },
  compile: (limit) => limit,
  conditionOf: riskBelowCondition,
  isNoWider: (own, wanted) => own !== undefined && own.below <= wanted.below,
  demands: ({ below }, before) => (before.some((one) => one.below <= below) ? [] : [`risk below ${below}`]),
  obstacle: 'risk_too_high',
  wanted: (limit, { risk }, absent) =>
    `risk ${limit === undefined ? 'that the levels let pass' : `below ${limit.below}`} (${risk?.score ?? absent})`,
  need: () => 'lower risk',
  lacking: { english: 'A session with less risk', german: 'Eine Sitzung mit weniger Risiko' },
});

/** `risk` of a denial: the score over which it closes. */
export const riskAbove = describeCondition({
  ...common,
  description: 'Risk that closes the route.',
  schema: () => z.strictObject({ above: z.number().min(0).max(99).describe('The score must be higher than this.') }),
  misplaced: {
    inner: 'above',
    meant: 'below',
    help: 'in an allow rule write below: the score from which it no longer opens',
  },
  compile: (limit) => limit,
  conditionOf: riskAboveCondition,
  isNoWider: (own, wanted) => own !== undefined && own.above >= wanted.above,
  closingAnswer: () => ({ reason: 'risk_too_high' }),
});

function riskWords({ risk }: Facts, _asked: unknown, { clockTime }: Wording): readonly string[] {
  if (risk === undefined) return ['risk not known'];
  return [
    `risk ${risk.score} (${risk.source}, ${clockTime(risk.asOfMs)})`,
    ...risk.points.map(
      ({ signal, points, sinceMs, detail }) => `  ${points} ${signal}: ${detail} (since ${clockTime(sinceMs)})`,
    ),
  ];
}

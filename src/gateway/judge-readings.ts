import type { Judge, Judgement, Question } from '../access/judge.ts';
import type { CanonicalTarget } from '../http/canonical-target.ts';

/**
 * Asks the judge, and once more where the app could read another path than the one that is forwarded: a yes takes both, and
 * the no of either counts (security-rules.md 43). The second look learns nothing of the request: it was one.
 */
export function judgeReadings(
  judge: Judge,
  question: Question,
  { otherReading }: Pick<CanonicalTarget, 'otherReading'>,
): Judgement | Promise<Judgement> {
  const first = judge.decide(question);
  if (otherReading === undefined) return first;
  const strictest = async (): Promise<Judgement> => {
    const judgement = await first;
    if (judgement.decision.outcome !== 'allow') return judgement;
    const other = await judge.decide({ ...question, path: otherReading.path, purpose: 'preview' });
    return other.decision.outcome === 'allow' ? judgement : other;
  };
  return strictest();
}

import type { Judge, Judgement, Question } from '../access/judge.ts';
import { rewritePath } from '../access/rewrite-path.ts';
import type { CanonicalTarget } from '../http/canonical-target.ts';

/**
 * Asks the judge for every way in which the path can be read. On a route that rewrites, the path that the app gets has to
 * pass the denials of every route that leads to the same app (security-rules.md 44).
 */
export function judgePaths(
  judge: Judge,
  question: Question,
  target: Pick<CanonicalTarget, 'otherReading'>,
): Judgement | Promise<Judgement> {
  const first = judgeReadings(judge, question, target);
  const { rewrite } = question.route;
  const guards = question.snapshot.rewriteGuards?.get(question.route.index);
  if (rewrite === undefined || guards === undefined) return first;
  const strictest = async (): Promise<Judgement> => {
    const judgement = await first;
    if (judgement.decision.outcome !== 'allow') return judgement;
    const rewritten = rewritePath(rewrite, question.path);
    // It is refused where it would be sent.
    if (rewritten.outcome === 'refused') return judgement;
    for (const path of rewritten.readings) {
      for (const route of guards) {
        const other = await judge.decide({ ...question, route, path, purpose: 'preview' });
        if (other.decision.outcome !== 'allow') return asTyped(other, question);
      }
    }
    return judgement;
  };
  return strictest();
}

/**
 * Asks the judge, and once more where the app could read another path than the one that is forwarded: a yes takes both, and
 * the no of either counts (security-rules.md 43). The second look learns nothing of the request: it was one.
 */
function judgeReadings(
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

/** The trail speaks of the path that people typed: by it a route is found. */
function asTyped(judgement: Judgement, { path }: Question): Judgement {
  const { facts } = judgement;
  return { ...judgement, facts: { ...facts, request: { ...facts.request, path } } };
}

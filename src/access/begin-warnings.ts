import type { Devices } from '../devices/device.ts';
import type { Judgement, Question } from './judge.ts';

/**
 * Notes the first warnings that a yes goes by (security-rules.md 13). `undefined`: there are none, or the question is only a
 * preview. Rejects when the store cannot keep them.
 */
export function beginWarnings(
  question: Question,
  { decision, facts }: Judgement,
  firstWarnings: Devices['firstWarnings'],
): Promise<unknown> | undefined {
  const { person, device } = facts;
  if (decision.outcome !== 'allow' || person === undefined || device === undefined) return undefined;
  if (question.purpose === 'preview' && question.isOpen !== true) return undefined;
  let begun: Promise<unknown>[] | undefined;
  const { postures } = device;
  for (const name in postures) {
    const posture = postures[name];
    // An older one stands in the store already.
    if (posture?.result !== 'warned' || posture.warnedSinceMs !== question.nowMs) continue;
    begun ??= [];
    begun.push(firstWarnings.begin(person, posture.posture, question.nowMs));
  }
  return begun && Promise.all(begun);
}

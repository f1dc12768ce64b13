import type { Judgement } from '../access/judge.ts';

/**
 * The value of `Postern-Device-Warning` on an answer that a grace let pass: each posture that fails and until when it is
 * let pass, as a structured field (RFC 9651). `undefined`: nothing is warned of.
 */
export function deviceWarning({ decision, facts }: Judgement): string | undefined {
  if (decision.outcome !== 'allow' || facts.device === undefined) return undefined;
  let warning: string | undefined;
  const { postures } = facts.device;
  for (const name in postures) {
    const posture = postures[name];
    if (posture?.result !== 'warned' || posture.warnedUntilMs === undefined) continue;
    const item = `"${name}";until="${new Date(posture.warnedUntilMs).toISOString()}"`;
    warning = warning === undefined ? item : `${warning}, ${item}`;
  }
  return warning;
}

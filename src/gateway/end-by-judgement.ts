import type { Judgement } from '../access/judge.ts';
import type { Session } from '../sessions/session.ts';
import type { GatewayParts } from './gateway-parts.ts';

/** Ends a session that the judge says must end; where risk locks the person, all of theirs. */
export async function endByJudgement(
  session: Session,
  { decision, locksPerson }: Judgement,
  parts: Pick<GatewayParts, 'sessions' | 'lockByRisk'>,
): Promise<void> {
  if (locksPerson !== undefined) return parts.lockByRisk(session, locksPerson.untilMs);
  await parts.sessions.end(session.id, decision.reason === 'risk_too_high' ? 'risk' : 'policy');
}

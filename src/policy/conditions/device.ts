import type { Verdict } from '../../decision/decision.ts';
import type { Condition } from '../condition.ts';
import type { Facts, PostureFacts } from '../facts.ts';

function postureOf(facts: Facts, posture: string): PostureFacts | undefined {
  const postures = facts.device?.postures;
  return postures !== undefined && Object.hasOwn(postures, posture) ? postures[posture] : undefined;
}

function verdictOf(result: PostureFacts['result'] | undefined, sought: 'pass' | 'fail'): Verdict {
  switch (result) {
    case 'warned':
      return sought === 'pass' ? 'hit' : 'miss';
    case 'pass':
    case 'fail':
      return result === sought ? 'hit' : 'miss';
    case 'stale':
    case 'unknown':
    case 'unavailable':
    case undefined:
      return 'unknown';
  }
}

/** The device of this connection passes the posture, or is in its grace: for grants. Without a device, or without fresh facts, unknown. */
export function deviceCondition(posture: string): Condition {
  return { key: 'device', check: (facts) => verdictOf(postureOf(facts, posture)?.result, 'pass') };
}

/** The device of this connection fails the posture: for denials. What is unknown there closes (security-rules.md 14, 15). */
export function deviceFailsCondition(posture: string): Condition {
  return { key: 'device_fails', check: (facts) => verdictOf(postureOf(facts, posture)?.result, 'fail') };
}

import type { Deny } from '../decision/decision.ts';
import type { Facts } from '../decision/facts.ts';

/**
 * What stands between this connection's device and a posture: the reason and the checks to show. A device that never
 * told anything is answered like one whose facts are too old: it has to report; one that told a part has a check to mend.
 */
export function postureProblem(
  facts: Facts,
  posture: string,
): Pick<Deny, 'checks' | 'posture'> & {
  readonly reason: 'device_unknown' | 'device_not_compliant' | 'posture_stale' | 'posture_unavailable';
} {
  const postures = facts.device?.postures;
  const judged = postures !== undefined && Object.hasOwn(postures, posture) ? postures[posture] : undefined;
  if (judged === undefined) return { reason: facts.device === undefined ? 'device_unknown' : 'posture_unavailable' };
  switch (judged.result) {
    case 'stale':
      return { reason: 'posture_stale', checks: judged.checks, posture };
    case 'unavailable':
      return { reason: 'posture_unavailable', checks: judged.checks, posture };
    case 'unknown':
      return {
        reason: judged.checks.every(({ asOfMs }) => asOfMs === undefined) ? 'posture_stale' : 'device_not_compliant',
        checks: judged.checks,
        posture,
      };
    case 'pass':
    case 'warned':
    case 'fail':
      return { reason: 'device_not_compliant', checks: judged.checks, posture };
  }
}

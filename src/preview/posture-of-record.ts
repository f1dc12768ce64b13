import type { Posture } from '../config/snapshot.ts';
import type { CheckResult } from '../decision/decision.ts';
import type { PostureFacts } from '../decision/facts.ts';
import { compareFact } from '../devices/compare-fact.ts';
import { withGrace } from '../devices/grace.ts';

const severity = { pass: 0, unknown: 1, stale: 2, fail: 3 } as const;

/**
 * Judges a posture of another configuration from the checks that were recorded, each with the value that was seen and
 * its age. A grace that the record does not know of begins with it, for a person. `undefined`: the record does not hold a fact that this posture asks for.
 */
export function postureOfRecord(
  recorded: PostureFacts | undefined,
  posture: Posture,
  nowMs: number,
  hasPerson: boolean,
): PostureFacts | undefined {
  if (recorded === undefined) return undefined;
  if (recorded.result === 'unavailable') return recorded;
  let result: keyof typeof severity = 'pass';
  const checks: CheckResult[] = [];
  for (const requirement of posture.require) {
    const seen = recorded.checks.find(({ check }) => check === requirement.source);
    if (seen === undefined) return undefined;
    const { value, source, asOfMs } = seen;
    // What another source said stands in no record.
    if (source !== undefined && posture.sources !== undefined && !posture.sources.includes(source)) return undefined;
    const isFresh = asOfMs !== undefined && nowMs - asOfMs <= posture.maxAgeMs;
    const judged = value === undefined ? 'unknown' : isFresh ? compareFact(value, requirement) : 'stale';
    checks.push({ ...seen, result: judged });
    if (severity[judged] > severity[result]) result = judged;
  }
  const judged: PostureFacts = { posture: posture.name, result, checks };
  return hasPerson ? withGrace(judged, posture, recorded.warnedSinceMs ?? 'never', nowMs) : judged;
}

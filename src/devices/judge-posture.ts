import type { Posture, PostureRequirement } from '../config/snapshot.ts';
import type { CheckResult } from '../decision/decision.ts';
import type { PostureFacts } from '../decision/facts.ts';
import { compareFact } from './compare-fact.ts';
import type { DeviceFact } from './device-fact.ts';
import type { DeviceRecord } from './device-record.ts';

/** A posture's result, and until when it stays the same unless facts change. */
export interface TimedPosture {
  readonly facts: PostureFacts;
  /** Epoch milliseconds; the result holds up to and including it. */
  readonly holdsUntilMs: number;
}

/** How far ahead a source's clock may be; a fact from later than that is no fact. */
const clockToleranceMs = 60_000;

/**
 * Judges a posture at an instant. A fact counts while it is not older than `max_age` and comes from an accepted source.
 * Two such sources that disagree cancel out: there is no telling which is right (`sources` with one name settles it). A known failure comes first in
 * the result, since it can be mended; then facts that are too old; then facts that are missing.
 */
export function judgePosture(record: DeviceRecord, posture: Posture, nowMs: number): TimedPosture {
  let holdsUntilMs = Number.POSITIVE_INFINITY;
  let result: CheckResult['result'] = 'pass';
  const checks: CheckResult[] = [];
  for (const requirement of posture.require) {
    const counted = (record.statements.get(requirement.check) ?? []).filter(
      ({ source }) => posture.sources === undefined || posture.sources.includes(source),
    );
    for (const { asOfMs } of counted) {
      const turnsAtMs = asOfMs > nowMs + clockToleranceMs ? asOfMs - clockToleranceMs - 1 : asOfMs + posture.maxAgeMs;
      if (turnsAtMs >= nowMs) holdsUntilMs = Math.min(holdsUntilMs, turnsAtMs);
    }
    const check = judgeCheck(counted, requirement, posture, nowMs);
    checks.push(check);
    result = worse(result, check.result);
  }
  return { facts: { posture: posture.name, result, checks }, holdsUntilMs };
}

const severity = { pass: 0, unknown: 1, stale: 2, fail: 3 } as const;

function worse(one: CheckResult['result'], other: CheckResult['result']): CheckResult['result'] {
  return severity[other] > severity[one] ? other : one;
}

function judgeCheck(
  statements: readonly DeviceFact[],
  requirement: PostureRequirement,
  posture: Posture,
  nowMs: number,
): CheckResult {
  const helpUrl = Object.hasOwn(posture.help, requirement.check) ? posture.help[requirement.check] : undefined;
  const base = { check: requirement.source, ...(helpUrl === undefined ? {} : { helpUrl }) };
  const past = statements.filter(({ asOfMs }) => asOfMs <= nowMs + clockToleranceMs);
  const fresh = newestFirst(past.filter(({ asOfMs }) => nowMs - asOfMs <= posture.maxAgeMs));
  const [fact, ...others] = fresh;
  if (fact === undefined) {
    const [old] = newestFirst(past);
    return old === undefined ? { ...base, result: 'unknown' } : { ...base, result: 'stale', ...seen(old) };
  }
  if (others.some(({ value }) => value !== fact.value)) return { ...base, result: 'unknown', asOfMs: fact.asOfMs };
  return { ...base, result: compareFact(fact.value, requirement), ...seen(fact) };
}

function seen({ value, source, asOfMs }: DeviceFact): Pick<CheckResult, 'value' | 'source' | 'asOfMs'> {
  return { value, source, asOfMs };
}

function newestFirst(facts: readonly DeviceFact[]): readonly DeviceFact[] {
  return facts.toSorted((a, b) => b.asOfMs - a.asOfMs || (a.source < b.source ? -1 : 1));
}

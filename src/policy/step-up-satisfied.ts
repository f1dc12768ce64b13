import { providerMethods, type StepUpNeed } from '../decision/decision.ts';
import type { AuthenticationFacts } from '../decision/facts.ts';

/**
 * True when a proof counts: it exists, is not in the future (security-rules.md 4), is not older than `maxAgeMs`, and is
 * younger than `notBeforeMs`. Limits that are `undefined` do not bind. Times in milliseconds.
 */
export function isFreshProof(
  provedAtMs: number | undefined,
  maxAgeMs: number | undefined,
  notBeforeMs: number | undefined,
  nowMs: number,
): boolean {
  return (
    provedAtMs !== undefined &&
    provedAtMs <= nowMs &&
    (maxAgeMs === undefined || nowMs - provedAtMs <= maxAgeMs) &&
    (notBeforeMs === undefined || provedAtMs > notBeforeMs)
  );
}

/**
 * Whether these proofs meet a step-up's need now. Asked after the provider's answer, because a provider may ignore
 * what it was asked for; a no is `step_up_not_met`, never another round (RFC 9470 §5 leaves the check to us).
 */
export function isStepUpSatisfied(
  need: StepUpNeed,
  provedAtMs: AuthenticationFacts['provedAtMs'],
  nowMs: number,
): boolean {
  return need.methods.some((method) => isFreshProof(provedAtMs[method], need.maxAgeMs, need.notBeforeMs, nowMs));
}

/** The newest proof of the person that counts; `undefined` when nothing was ever proved. A browser's key proves the browser. Times in the future are none. */
export function newestProofAtMs(provedAtMs: AuthenticationFacts['provedAtMs'], nowMs: number): number | undefined {
  let newest: number | undefined;
  for (const method of providerMethods) {
    const at = provedAtMs[method];
    if (at !== undefined && at <= nowMs && (newest === undefined || at > newest)) newest = at;
  }
  return newest;
}

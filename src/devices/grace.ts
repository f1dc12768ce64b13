import type { Posture } from '../config/snapshot.ts';
import type { PostureFacts } from '../decision/facts.ts';

/** How far ahead a first warning may be; one from later than that gives no grace. */
const clockToleranceMs = 60_000;

/**
 * Whether a posture that fails may be warned of first (security-rules.md 13): every fact that it asks for is there and fresh,
 * and one of them fails. What is unknown or stale has no grace.
 */
export function mayBeWarned(judged: PostureFacts, posture: Pick<Posture, 'warnForMs'>): boolean {
  return (
    posture.warnForMs !== undefined &&
    judged.result === 'fail' &&
    judged.checks.every(({ result }) => result === 'pass' || result === 'fail')
  );
}

/**
 * A failing posture after a look at the first warning: `warned` until the grace ends, `fail` from then on. @param atMs
 * when this person was first warned; `never` begins now, and whoever lets somebody in by it must note that first.
 */
export function withGrace(
  judged: PostureFacts,
  posture: Pick<Posture, 'warnForMs'>,
  atMs: number | 'never',
  nowMs: number,
): PostureFacts {
  if (posture.warnForMs === undefined || !mayBeWarned(judged, posture)) return judged;
  const warnedSinceMs = atMs === 'never' ? nowMs : atMs;
  const warnedUntilMs = warnedSinceMs + posture.warnForMs;
  const isWithin = warnedSinceMs <= nowMs + clockToleranceMs && nowMs < warnedUntilMs;
  return { ...judged, result: isWithin ? 'warned' : 'fail', warnedSinceMs, warnedUntilMs };
}

import type { Snapshot } from '../config/snapshot.ts';
import type { Facts } from '../decision/facts.ts';
import type { Grant, RoutePolicy } from '../policy/rule.ts';

const minuteMs = 60_000;

/**
 * The next time at which this decision could come out otherwise although nothing happens: a proof or a fact about the
 * device grows older than a rule takes, a grace ends, hours begin or end (on whole minutes). Conditions in `when` are not looked into.
 * A time too many does no harm: whoever asks decides again then. `undefined`: time alone changes nothing.
 */
export function foreseeChange(
  policy: RoutePolicy,
  facts: Pick<Facts, 'authentication' | 'device'>,
  snapshot: Pick<Snapshot, 'postures'>,
  nowMs: number,
): number | undefined {
  const times: number[] = [];
  const provedAtMs = facts.authentication?.provedAtMs ?? {};
  const grants = policy.grants.flatMap((grant): readonly Omit<Grant, 'segment'>[] =>
    grant.segment === undefined ? [grant] : [grant, grant.segment.keys],
  );
  for (const { auth } of grants) {
    if (auth?.maxAgeMs === undefined) continue;
    for (const method of auth.methods) times.push((provedAtMs[method] ?? Number.NaN) + auth.maxAgeMs + 1);
  }
  for (const { posture, checks, warnedUntilMs } of Object.values(facts.device?.postures ?? {})) {
    if (warnedUntilMs !== undefined) times.push(warnedUntilMs);
    const maxAgeMs = snapshot.postures.get(posture)?.maxAgeMs;
    if (maxAgeMs === undefined) continue;
    for (const { asOfMs } of checks) times.push((asOfMs ?? Number.NaN) + maxAgeMs + 1);
  }
  if ([...grants, ...policy.denials].some(({ hours }) => hours !== undefined)) {
    times.push((Math.floor(nowMs / minuteMs) + 1) * minuteMs);
  }
  const ahead = times.filter((time) => time > nowMs);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}

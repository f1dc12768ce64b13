import type { RiskSettings } from '../config/snapshot.ts';
import type { RiskFacts, RiskPoint } from '../decision/facts.ts';
import type { Signal, SignalContext, SignalFamily, SignalReading } from './signal.ts';
import { blockedAddress } from './signals/blocked-address.ts';
import { clientHintsChanged } from './signals/client-hints-changed.ts';
import { denials } from './signals/denials.ts';
import { deviceChanged } from './signals/device-changed.ts';
import { disownedSession } from './signals/disowned-session.ts';
import { failedFactors } from './signals/failed-factors.ts';
import { newApp, newDevice } from './signals/first-use.ts';
import { foreignHost } from './signals/foreign-host.ts';
import { impossibleTravel } from './signals/impossible-travel.ts';
import { newNetwork } from './signals/new-network.ts';
import { newAsn, newCountry } from './signals/new-place.ts';
import { outsideScore } from './signals/outside-score.ts';
import { requestBreadth } from './signals/request-breadth.ts';
import { requestRate } from './signals/request-rate.ts';
import { unusualHour } from './signals/unusual-hour.ts';
import { userAgentChanged } from './signals/user-agent-changed.ts';

/** Every signal, in the order in which points are told. */
export const signals: readonly Signal[] = [
  newNetwork,
  newAsn,
  newCountry,
  impossibleTravel,
  userAgentChanged,
  clientHintsChanged,
  deviceChanged,
  newDevice,
  newApp,
  unusualHour,
  denials,
  failedFactors,
  requestRate,
  requestBreadth,
  foreignHost,
  disownedSession,
  blockedAddress,
  outsideScore,
];

const noPoints: readonly RiskPoint[] = Object.freeze([]);

/** A signal that has something to say and no proof has answered. */
interface Worth {
  readonly signal: Signal;
  readonly reading: SignalReading;
  readonly decay: number;
  readonly weight: number;
  readonly points: number;
  readonly isReportOnly: boolean;
}

/**
 * The score of a session at an instant, without changing anything.
 *
 * Each signal is worth `round(weight × strength × 2^-(age since its end ÷ half_life))` points, with no decay while its
 * condition lasts, and none once a proof younger than its beginning has answered it (those that a proof answers). Of
 * each family only the signal that is worth most counts, since they tell of the same event. The score is the sum of
 * what counts, at most 100: so each point belongs to a signal, and a stronger signal never lowers the score.
 *
 * Signals in report-only mode have no points; what they were worth, and the score with them, is told beside.
 */
export function scoreHistory(
  context: SignalContext,
  lastProofAtMs: number,
  settings: Pick<RiskSettings, 'signals' | 'isReportOnly'>,
  nowMs: number,
): RiskFacts {
  let worths: Worth[] | undefined;
  for (const signal of signals) {
    const reading = signal.read(context, nowMs);
    if (reading === undefined || (signal.answeredBy === 'step_up' && lastProofAtMs > reading.sinceMs)) continue;
    const { weight, halfLifeMs, isReportOnly } = settings.signals[signal.name];
    const { strength, endedAtMs } = reading;
    const decay = endedAtMs === undefined ? 1 : 2 ** (-Math.max(0, nowMs - endedAtMs) / halfLifeMs);
    const points = Math.round(weight * strength * decay);
    if (!(points > 0)) continue;
    worths = worths ?? [];
    worths.push({ signal, reading, decay, weight, points, isReportOnly: isReportOnly || settings.isReportOnly });
  }
  if (worths === undefined) return { source: 'session', asOfMs: nowMs, score: 0, points: noPoints };
  return factsOf(worths, nowMs);
}

function factsOf(worths: readonly Worth[], nowMs: number): RiskFacts {
  const counting = strongest(worths.filter(({ isReportOnly }) => !isReportOnly));
  const points = worths.map((worth): RiskPoint => {
    const { signal, reading, isReportOnly } = worth;
    const rival = counting.get(signal.family);
    const isCounted = rival === worth;
    const covered = isReportOnly || isCounted || rival === undefined ? '' : `; counted in ${rival.signal.name}`;
    return {
      signal: signal.name,
      points: isCounted ? worth.points : 0,
      sinceMs: reading.sinceMs,
      detail: describe(worth) + covered,
      ...(isReportOnly ? { reportedPoints: worth.points } : {}),
      ...(signal.answeredBy === 'nothing' ? { answeredBy: 'nothing' as const } : {}),
    };
  });
  const unanswerable = sumOf(
    strongest(worths.filter(({ signal, isReportOnly }) => !isReportOnly && signal.answeredBy === 'nothing')),
  );
  return {
    source: 'session',
    asOfMs: nowMs,
    score: sumOf(counting),
    points,
    ...(unanswerable > 0 ? { scoreAfterProof: unanswerable } : {}),
    ...(worths.some(({ isReportOnly }) => isReportOnly) ? { reportedScore: sumOf(strongest(worths)) } : {}),
  };
}

/** Of each family the one that is worth most; the first among equals. */
function strongest(worths: readonly Worth[]): ReadonlyMap<SignalFamily, Worth> {
  const found = new Map<SignalFamily, Worth>();
  for (const worth of worths) {
    const known = found.get(worth.signal.family);
    if (known === undefined || worth.points > known.points) found.set(worth.signal.family, worth);
  }
  return found;
}

function sumOf(counting: ReadonlyMap<SignalFamily, Worth>): number {
  let sum = 0;
  for (const { points } of counting.values()) sum += points;
  return Math.min(100, sum);
}

function describe({ reading, weight, decay, isReportOnly }: Worth): string {
  const faded = decay < 1 ? `, faded to ${Math.round(decay * 100)} %` : '';
  const reported = isReportOnly ? ' (report only)' : '';
  return `${reading.detail()}: weight ${weight} × ${reading.strength.toFixed(2)}${faded}${reported}`;
}

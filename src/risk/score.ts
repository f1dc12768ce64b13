import type { RiskSettings } from '../config/snapshot.ts';
import type { RiskFacts, RiskPoint } from '../policy/facts.ts';
import type { RiskHistory } from './history.ts';
import type { Signal } from './signal.ts';
import { denials } from './signals/denials.ts';
import { newNetwork } from './signals/new-network.ts';
import { requestRate } from './signals/request-rate.ts';
import { userAgentChanged } from './signals/user-agent-changed.ts';

const signals: readonly Signal[] = [newNetwork, userAgentChanged, denials, requestRate];

const noPoints: readonly RiskPoint[] = Object.freeze([]);

/**
 * The score of a session at an instant, without changing anything.
 *
 * Each signal gives `round(weight × strength × 2^-(age since its end ÷ half_life))` points, with no decay while its
 * condition lasts, and none once a proof younger than its beginning has answered it. The score is their sum, at most 100:
 * so each point belongs to a signal, and the points explain the score.
 */
export function scoreHistory(
  history: RiskHistory,
  lastProofAtMs: number,
  settings: RiskSettings,
  nowMs: number,
): RiskFacts {
  let score = 0;
  let points: RiskPoint[] | undefined;
  for (const signal of signals) {
    const reading = signal.read(history, nowMs);
    if (reading === undefined || lastProofAtMs > reading.sinceMs) continue;
    const { weight, halfLifeMs } = settings.signals[signal.name];
    const { strength, sinceMs, endedAtMs } = reading;
    const decay = endedAtMs === undefined ? 1 : 2 ** (-Math.max(0, nowMs - endedAtMs) / halfLifeMs);
    const worth = Math.round(weight * strength * decay);
    if (!(worth > 0)) continue;
    score += worth;
    const faded = decay < 1 ? `, faded to ${Math.round(decay * 100)} %` : '';
    const detail = `${reading.detail()}: weight ${weight} × ${strength.toFixed(2)}${faded}`;
    points = points ?? [];
    points.push({ signal: signal.name, points: worth, sinceMs, detail });
  }
  return { source: 'session', asOfMs: nowMs, score: Math.min(100, score), points: points ?? noPoints };
}

import {
  type RiskSettings,
  type RiskSignalName,
  type RiskSignalSettings,
  riskSignalNames,
} from '../../src/config/snapshot.ts';
import type { RiskFacts } from '../../src/decision/facts.ts';
import { createRisk } from '../../src/risk/create-risk.ts';
import type { Risk, RiskObservation } from '../../src/risk/risk.ts';
import type { RiskSources } from '../../src/risk/sources/risk-sources.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { createMemoryStore } from './judgement-memory-store.ts';

export const minute = 60_000;
export const hour = 60 * minute;

const quiet = { weight: 0, halfLifeMs: hour, isReportOnly: false };

/** Four signals that one session can show by itself; tests of the others add theirs. */
export const settings: RiskSettings = {
  isReportOnly: false,
  levels: { medium: 40, high: 70 },
  signals: {
    ...(Object.fromEntries(riskSignalNames.map((name) => [name, quiet])) as RiskSettings['signals']),
    new_network: { weight: 40, halfLifeMs: 12 * hour, isReportOnly: false },
    user_agent_changed: { weight: 30, halfLifeMs: 12 * hour, isReportOnly: false },
    denials: { weight: 50, halfLifeMs: hour, isReportOnly: false },
    request_rate: { weight: 60, halfLifeMs: hour, isReportOnly: false },
  },
  maxSpeedKmh: 1000,
  ownNetworks: [],
  mmdbFiles: [],
  blockListFiles: [],
  medium: 'step_up',
  high: 'end_session',
};

/** The settings with these signals too. */
export function settingsWith(
  signals: Partial<Record<RiskSignalName, Partial<RiskSignalSettings>>>,
  more: Partial<RiskSettings> = {},
): RiskSettings {
  const all = Object.fromEntries(
    riskSignalNames.map((name) => [name, { ...quiet, halfLifeMs: 12 * hour, ...signals[name] }]),
  ) as RiskSettings['signals'];
  return { ...settings, signals: all, ...more };
}

export const ada = { issuer: 'https://idp.corp.example', subject: 'ada' };
export const subjectOf = (sessionId: string, person = ada) => ({ sessionId, person });

export const office = '203.0.113.7';
export const cafe = '198.51.100.20';
export const chrome =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36';

/** A worker's risk on a store, whose second passes when the test says so. */
export function createWorker(store: StateStore, now: () => number, sources?: RiskSources) {
  const tasks: (() => void)[] = [];
  const faults: unknown[] = [];
  const risk = createRisk({
    store,
    now,
    ...(sources === undefined ? {} : { sources }),
    everySecond: (task) => {
      tasks.push(task);
      return () => tasks.splice(0);
    },
    onFault: (fault) => faults.push(fault),
  });
  function passSecond(): void {
    for (const task of tasks) task();
  }
  return { risk, faults, passSecond };
}

/** One session on one worker, with a clock to turn and a proof to renew. */
export function stageSession(options: { readonly sources?: RiskSources; readonly settings?: RiskSettings } = {}) {
  const weights = options.settings ?? settings;
  const clock = { nowMs: Date.UTC(2026, 0, 5, 9) };
  const store = createMemoryStore(() => clock.nowMs);
  const worker = createWorker(store, () => clock.nowMs, options.sources);
  const proof = { atMs: clock.nowMs - 1000 };
  return {
    clock,
    store,
    worker,
    proof,
    /** One request of the session. */
    ask: (
      from: Partial<Omit<RiskObservation, 'nowMs'>> & { readonly userAgent?: string | undefined } = {},
      risk: Risk = worker.risk,
    ): RiskFacts =>
      risk.assess(
        {
          ...subjectOf('ses_1'),
          address: office,
          userAgent: chrome,
          nowMs: clock.nowMs,
          lastProofAtMs: proof.atMs,
          ...from,
        },
        weights,
      ),
    peek: (lastProofAtMs = proof.atMs): RiskFacts =>
      worker.risk.peek(subjectOf('ses_1'), lastProofAtMs, weights, clock.nowMs),
    /** The person proves themselves now; the next request carries the new proof. */
    stepUp: () => {
      proof.atMs = clock.nowMs;
      clock.nowMs += 1;
    },
    wait: (ms: number) => {
      clock.nowMs += ms;
    },
  };
}

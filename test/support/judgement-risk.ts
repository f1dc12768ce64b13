import type { RiskSettings } from '../../src/config/snapshot.ts';
import type { RiskFacts } from '../../src/policy/facts.ts';
import { createRisk } from '../../src/risk/create-risk.ts';
import type { Risk } from '../../src/risk/risk.ts';
import { createMemoryStore } from './judgement-memory-store.ts';

export const minute = 60_000;
export const hour = 60 * minute;

export const settings: RiskSettings = {
  levels: { medium: 40, high: 70 },
  signals: {
    new_network: { weight: 40, halfLifeMs: 12 * hour },
    user_agent_changed: { weight: 30, halfLifeMs: 12 * hour },
    denials: { weight: 50, halfLifeMs: hour },
    request_rate: { weight: 60, halfLifeMs: hour },
  },
  medium: 'step_up',
  high: 'end_session',
};

export const office = '203.0.113.7';
export const cafe = '198.51.100.20';
export const chrome =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36';

/** A worker's risk on a store, whose second passes when the test says so. */
export function createWorker(store: ReturnType<typeof createMemoryStore>, now: () => number) {
  const tasks: (() => void)[] = [];
  const faults: unknown[] = [];
  const risk = createRisk({
    store,
    now,
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
export function stageSession() {
  const clock = { nowMs: Date.UTC(2026, 0, 5, 9) };
  const store = createMemoryStore(() => clock.nowMs);
  const worker = createWorker(store, () => clock.nowMs);
  const proof = { atMs: clock.nowMs - 1000 };
  return {
    clock,
    store,
    worker,
    proof,
    /** One request of the session. */
    ask: (
      from: { address?: string; userAgent?: string | undefined; lastProofAtMs?: number } = {},
      risk: Risk = worker.risk,
    ): RiskFacts =>
      risk.assess(
        {
          sessionId: 'ses_1',
          address: from.address ?? office,
          userAgent: 'userAgent' in from ? from.userAgent : chrome,
          nowMs: clock.nowMs,
          lastProofAtMs: from.lastProofAtMs ?? proof.atMs,
        },
        settings,
      ),
    peek: (lastProofAtMs = proof.atMs): RiskFacts => worker.risk.peek('ses_1', lastProofAtMs, settings, clock.nowMs),
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

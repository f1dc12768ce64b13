import { LRUCache } from 'lru-cache';
import { type Fault, toFault } from '../decision/fault.ts';
import type { StateStore } from '../state/state-store.ts';
import { emptyHistory, parseHistory } from './history.ts';
import { type RememberedSession, rememberSession } from './remembered-session.ts';
import type { Risk, RiskObservation } from './risk.ts';
import { scoreHistory } from './score.ts';
import { observeDenial } from './signals/denials.ts';
import { networkOf } from './signals/new-network.ts';
import { observeRate } from './signals/request-rate.ts';
import { userAgentFamily } from './signals/user-agent-changed.ts';
import { observeTrait } from './trait.ts';
import { writeHistories } from './write-histories.ts';

export interface RiskDependencies {
  readonly store: StateStore;
  readonly now: () => number;
  /** Runs a task each second, and returns how to stop; a timer that holds no process open by default. */
  readonly everySecond?: (task: () => void) => () => void;
  /** Hears of writes that failed; they are tried again a second later. Default: nobody. */
  readonly onFault?: (fault: Fault) => void;
}

/** Sessions in memory, about a kilobyte each. The one that was asked for least lately goes; the store still has it. */
const rememberedSessions = 20_000;

function runEverySecond(task: () => void): () => void {
  const timer = setInterval(task, 1000);
  timer.unref();
  return () => clearInterval(timer);
}

/** Takes one request into a session's history. The usual request, from where the last one came, costs a few comparisons. */
function observe(session: RememberedSession, observation: RiskObservation): void {
  const { history } = session;
  const { address, userAgent, lastProofAtMs, nowMs } = observation;
  if (lastProofAtMs > history.provedAtMs) history.provedAtMs = lastProofAtMs;
  if (address !== session.address) {
    session.address = address;
    session.network = networkOf(address);
  }
  if (userAgent !== session.userAgent || session.family === '') {
    session.userAgent = userAgent;
    session.family = userAgentFamily(userAgent);
  }
  observeTrait(history.network, session.network, lastProofAtMs, nowMs);
  observeTrait(history.userAgent, session.family, lastProofAtMs, nowMs);
  observeRate(history.rate, lastProofAtMs, nowMs);
}

/** Builds risk. What it learns lies in memory and is written each second; losing that second loses no decision. */
export function createRisk(dependencies: RiskDependencies): Risk {
  const { store, now, everySecond = runEverySecond, onFault } = dependencies;
  const remembered = new LRUCache<string, RememberedSession>({ max: rememberedSessions });
  const changed = new Map<string, RememberedSession>();
  const loading = new Map<string, Promise<void>>();
  let writing: Promise<void> | undefined;

  function find(sessionId: string): RememberedSession | undefined {
    return remembered.get(sessionId) ?? changed.get(sessionId);
  }

  /** A session that was not loaded begins empty; what the store has is merged in at the next write. */
  function findOrBegin(sessionId: string): RememberedSession {
    const known = find(sessionId);
    if (known !== undefined) return known;
    const begun = rememberSession(undefined);
    remembered.set(sessionId, begun);
    return begun;
  }

  async function load(sessionId: string): Promise<void> {
    const read = await store.read('risk_baseline', sessionId);
    if (find(sessionId) !== undefined) return;
    remembered.set(sessionId, rememberSession(read.found === 'record' ? parseHistory(read.record.value) : undefined));
  }

  function write(): Promise<void> {
    writing ??= writeHistories(store, changed, now()).finally(() => {
      writing = undefined;
    });
    return writing;
  }

  const stop = everySecond(() => {
    if (changed.size > 0) write().catch((thrown: unknown) => onFault?.(toFault(thrown)));
  });

  return {
    load: (sessionId) => {
      if (find(sessionId) !== undefined) return undefined;
      const underWay = loading.get(sessionId);
      if (underWay !== undefined) return underWay;
      const started = load(sessionId).finally(() => loading.delete(sessionId));
      loading.set(sessionId, started);
      return started;
    },

    assess: (observation, settings) => {
      const { sessionId, lastProofAtMs, nowMs } = observation;
      const session = findOrBegin(sessionId);
      observe(session, observation);
      changed.set(sessionId, session);
      return scoreHistory(session.history, lastProofAtMs, settings, nowMs);
    },

    peek: (sessionId, lastProofAtMs, settings, nowMs) =>
      scoreHistory(find(sessionId)?.history ?? emptyHistory(), lastProofAtMs, settings, nowMs),

    countDenial: (sessionId, route, nowMs) => {
      const session = findOrBegin(sessionId);
      if (observeDenial(session.history, route, nowMs)) changed.set(sessionId, session);
    },

    forget: (sessionId) => {
      remembered.delete(sessionId);
      changed.delete(sessionId);
    },

    close: async () => {
      stop();
      await writing?.catch(() => undefined);
      if (changed.size > 0) await write();
    },
  };
}

import type { Metrics } from '../../metrics/metrics.ts';
import type { SessionId, Sessions } from '../../sessions/session.ts';
import type { Log } from '../identity-deps.ts';
import { earliestShare, type RefreshResult, type RefreshSessionParts, refreshSession } from './refresh-session.ts';

export interface ClaimsRefresherParts extends RefreshSessionParts {
  readonly sessions: RefreshSessionParts['sessions'] & Pick<Sessions, 'usedSince'>;
  /** Sessions of what is open in this process. */
  readonly openSessions: () => Iterable<SessionId>;
  readonly metrics: Pick<Metrics, 'claimsRefreshed'>;
  readonly log: Pick<Log, 'warn'>;
  readonly randomBytes: (count: number) => Buffer;
  /** Calls `work` every `everyMs` until the answer is called. Default: a timer that does not hold the process. */
  readonly every?: (everyMs: number, work: () => void) => () => void;
}

/** Keeps the claims of sessions in use young (security-rules.md 7). */
export interface ClaimsRefresher {
  /** Refreshes whose time has come. Resolves when it is done; one at a time, a second call waits for the first. */
  look(): Promise<void>;
  /** Begins nothing more, and waits for what is under way: new tokens must be kept. */
  close(): Promise<void>;
}

const lookEveryMs = 1_000;
/** A session that nobody has used for so long is left alone until it is used. */
const inUseMs = 3_600_000;
/** Calls to providers at the same time. */
const atOnce = 8;
const busyWaitMs = 5_000;
const firstRetryMs = 5_000;
const longestRetryMs = 300_000;

interface Plan {
  atMs: number;
  failures: number;
  /** The provider has said no once since the claims were last read. */
  wasRefused: boolean;
}

function everyWithoutHolding(everyMs: number, work: () => void): () => void {
  const timer = setInterval(work, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Looks each second which sessions' time has come. Each process looks after those that it has seen used within the hour or
 * has a stream of; the lease keeps two from doing the same. A provider that is away is asked again ever more slowly.
 */
export function createClaimsRefresher(parts: ClaimsRefresherParts): ClaimsRefresher {
  const { now, sessions, snapshot, log, metrics } = parts;
  const plans = new Map<SessionId, Plan>();
  /** By provider: since when it is away in a row, and until when nobody asks it. */
  const away = new Map<string, { failures: number; untilMs: number }>();
  let lastLookAtMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  let isClosed = false;

  const fraction = (): number => parts.randomBytes(4).readUInt32BE() / 2 ** 32;
  /** Between half of it and all of it. */
  const backOffMs = (failures: number): number =>
    Math.min(firstRetryMs * 2 ** Math.min(failures - 1, 16), longestRetryMs) * (0.5 + fraction() / 2);

  function settle(id: SessionId, plan: Plan, result: RefreshResult): void {
    const nowMs = now();
    switch (result.outcome) {
      case 'nothing':
        plan.atMs = nowMs + busyWaitMs;
        return;
      case 'busy':
        plan.atMs = nowMs + busyWaitMs;
        return;
      case 'fresh':
      case 'success': {
        const { refreshMs = inUseMs } = result.provider;
        plan.atMs = result.asOfMs + refreshMs * (earliestShare + (1 - earliestShare) * fraction());
        plan.failures = 0;
        plan.wasRefused = false;
        if (result.outcome === 'fresh') return;
        away.delete(result.provider.id);
        break;
      }
      case 'impossible':
        plan.atMs = nowMs + (result.provider.refreshMs ?? inUseMs);
        break;
      case 'ended':
        plans.delete(id);
        break;
      case 'away':
      case 'misconfigured':
      case 'refused': {
        plan.failures += 1;
        plan.atMs = nowMs + backOffMs(plan.failures);
        if (result.outcome === 'refused') plan.wasRefused ||= result.isNo;
        else holdOff(result.provider.id, result.outcome === 'away' ? result.retryAfterMs : undefined, nowMs);
        log.warn(
          { provider: result.provider.id, session: id, error: result.errorCode, outcome: result.outcome },
          'The claims of a session could not be read again; they are kept, and it is tried again.',
        );
        break;
      }
      default:
        result satisfies never;
        return;
    }
    metrics.claimsRefreshed(result.provider.id, result.outcome);
  }

  function holdOff(providerId: string, retryAfterMs: number | undefined, nowMs: number): void {
    const known = away.get(providerId);
    // Calls that were under way together are one failure.
    if (known !== undefined && nowMs < known.untilMs && retryAfterMs === undefined) return;
    const failures = (known?.failures ?? 0) + 1;
    const untilMs = nowMs + Math.max(backOffMs(failures), retryAfterMs ?? 0);
    away.set(providerId, { failures, untilMs: Math.max(untilMs, known?.untilMs ?? 0) });
  }

  async function turn(id: SessionId, plan: Plan): Promise<void> {
    const session = await sessions.find(id);
    const providerId = session?.person.providerId ?? '';
    const heldUntilMs = away.get(providerId)?.untilMs ?? 0;
    if (now() < heldUntilMs) {
      plan.atMs = heldUntilMs + fraction() * firstRetryMs;
      return;
    }
    settle(id, plan, await refreshSession(parts, id, plan.wasRefused));
  }

  async function work(): Promise<void> {
    const nowMs = now();
    // A clock that was set back makes every time that was reckoned by it worthless.
    if (nowMs < lastLookAtMs) {
      plans.clear();
      away.clear();
    }
    lastLookAtMs = nowMs;
    if (![...snapshot().providers.values()].some((provider) => provider.refreshMs !== undefined)) return;
    const inUse = new Set([...sessions.usedSince(nowMs - inUseMs), ...parts.openSessions()]);
    for (const id of plans.keys()) if (!inUse.has(id)) plans.delete(id);
    const due: (readonly [SessionId, Plan])[] = [];
    for (const id of inUse) {
      const plan = plans.get(id) ?? { atMs: nowMs, failures: 0, wasRefused: false };
      plans.set(id, plan);
      if (plan.atMs <= nowMs) due.push([id, plan]);
    }
    const next = due.values();
    const worker = async (): Promise<void> => {
      for (const [id, plan] of next) {
        if (isClosed) return;
        await turn(id, plan);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, due.length) }, worker));
  }

  function look(): Promise<void> {
    running ??= work()
      .catch((thrown: unknown) => log.warn({ err: thrown }, 'Claims could not be read again; it is tried again.'))
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  const stop = (parts.every ?? everyWithoutHolding)(lookEveryMs, () => void look());
  return {
    look,
    async close() {
      isClosed = true;
      stop();
      await running;
    },
  };
}

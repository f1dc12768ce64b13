import type { HistoryEntry, ReloadOutcome, ReloadStatus } from '../config/reload/reload.ts';
import { problemToJson } from '../config/render-problems.ts';
import { configurationName } from '../config/snapshot.ts';
import type { ShadowStatus } from '../preview/shadow.ts';
import type { Reported } from '../state/confirming-store.ts';
import type { ProviderReport, WorkerReport } from './admin-dependencies.ts';

/** An outcome as the admin API tells it. */
export function describeOutcome(outcome: ReloadOutcome) {
  switch (outcome.outcome) {
    case 'applied':
      return {
        ...candidateOf(outcome),
        warnings: outcome.warnings.map(problemToJson),
        workers: outcome.activation?.workers,
        workers_killed: outcome.activation?.killed,
        took_ms: outcome.tookMs,
      };
    case 'checked_only':
      return { ...candidateOf(outcome), warnings: outcome.warnings.map(problemToJson) };
    case 'waiting': {
      const { hash, was, opens } = outcome;
      return { outcome: outcome.outcome, hash, config: configurationName({ hash }), was, opens, stages: [] };
    }
    case 'unchanged':
      return { outcome: outcome.outcome, hash: outcome.hash, config: configurationName(outcome), stages: [] };
    case 'refused':
      return {
        outcome: outcome.outcome,
        because: outcome.because,
        detail: outcome.message,
        hash: outcome.hash ?? null,
        was: outcome.was ?? null,
        stages: outcome.stages ?? [],
        problems: outcome.problems.map(problemToJson),
      };
    default:
      return outcome satisfies never;
  }
}

function candidateOf(outcome: Extract<ReloadOutcome, { outcome: 'applied' | 'checked_only' }>) {
  const { hash, was, stages } = outcome;
  return {
    outcome: outcome.outcome,
    hash,
    config: configurationName({ hash }),
    was,
    was_config: configurationName({ hash: was }),
    stages,
  };
}

/** The running configuration and how the last reload went. Problems show lines of the file: only behind the token. */
export function describeStatus(status: ReloadStatus) {
  const { hash, sinceMs, file, origin, fileHash, waiting, last } = status;
  return {
    hash,
    config: configurationName({ hash }),
    since: toIso(sinceMs),
    file,
    origin,
    file_hash: fileHash ?? null,
    waiting: waiting === undefined ? null : describeWaiting(waiting),
    last_reload: describeReload(last, describeOutcome),
  };
}

/** The last reload, its outcome told with what its reader may see of it. */
export function describeReload<Told extends object>(
  last: ReloadStatus['last'],
  tell: (outcome: ReloadOutcome) => Told,
) {
  if (last === undefined) return null;
  const { atMs, trigger, outcome } = last;
  return { at: toIso(atMs), trigger, successful: isSuccess(outcome), ...tell(outcome) };
}

function describeWaiting({ hash, sinceMs, opens }: NonNullable<ReloadStatus['waiting']>) {
  return { hash, config: configurationName({ hash }), since: toIso(sinceMs), opens };
}

function isSuccess({ outcome }: ReloadOutcome): boolean {
  return outcome !== 'refused';
}

/** What the shadow has seen so far. */
export function describeShadow(shadow: ShadowStatus | undefined) {
  if (shadow === undefined) return null;
  const { file, hash, sinceMs, compared, changes } = shadow;
  return { file, hash, config: configurationName({ hash }), since: toIso(sinceMs), compared, ...changes };
}

export function describeHistory(entries: readonly HistoryEntry[], runningHash: string) {
  return entries.map(({ hash, atMs, trigger, author }) => ({
    hash,
    config: configurationName({ hash }),
    at: toIso(atMs),
    trigger,
    author: author ?? null,
    running: hash === runningHash,
  }));
}

/** A process that serves. */
export function describeWorker({ id, pid, state, sinceMs, restarts, lastEnd, config, streams }: WorkerReport) {
  return {
    id,
    pid: pid ?? null,
    state,
    since: toIso(sinceMs),
    restarts,
    last_end: lastEnd ?? null,
    config: config ?? null,
    streams: streams ?? null,
  };
}

/** An identity provider, as it was last looked at. */
export function describeProvider({ id, state, sinceMs }: ProviderReport) {
  return { id, state, since: sinceMs === undefined ? null : toIso(sinceMs) };
}

/**
 * How what was taken away reached the workers, and whether a restart may lose it (security-rules.md 52): `durable` false holds
 * from now on, and is written when the disk of the state has room.
 */
export function describeRevocation({ confirmation, keptIn }: Omit<Reported<unknown>, 'result'>) {
  const durability = { durable: keptIn !== 'memory', kept_in: keptIn };
  if (confirmation === undefined) return durability;
  const { workers, fenced, killed, streams, tookMs } = confirmation;
  const took_ms = Math.round(tookMs * 100) / 100;
  const confirmed = { workers, workers_fenced: fenced, workers_killed: killed, streams_closed: streams, took_ms };
  return { confirmed, ...durability };
}

export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

import { dirname, resolve, sep } from 'node:path';
import type { ActivityEvent, AuditTrail } from '../audit/audit-event.ts';
import type { LoadResult } from '../config/load-configuration.ts';
import { createReloader } from '../config/reload/create-reloader.ts';
import { createHoldBack } from '../config/reload/hold-back.ts';
import type {
  Activation,
  HistoryEntry,
  Loaded,
  ReloadCheck,
  ReloadOutcome,
  ReloadRequest,
  ReloadSource,
  ReloadStage,
  ReloadStatus,
} from '../config/reload/reload.ts';
import type { SnapshotHolder } from '../config/reload/snapshot-holder.ts';
import { type FileWatch, watchFiles } from '../config/reload/watch-files.ts';
import { createWholeFiles } from '../config/reload/whole-files.ts';
import { renderProblems } from '../config/render-problems.ts';
import { configurationName, type Snapshot } from '../config/snapshot.ts';
import { lostTests } from '../config/tryout/lost-tests.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import { Fault } from '../decision/fault.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ShadowStatus } from '../preview/shadow.ts';
import type { StateStore } from '../state/state-store.ts';
import { createConfigurationHistory } from './configuration-history.ts';

/** Where configurations come from while the program runs. */
export interface ReloadOptions {
  readonly load: (source: ReloadSource) => Promise<Loaded>;
  /** What was read for the configuration that the program starts with. */
  readonly first: Pick<Loaded, 'files' | 'text'>;
  readonly readFile: (path: string, maxBytes: number) => Promise<Buffer>;
  readonly listFolder?: ((path: string) => Promise<readonly string[]>) | undefined;
  /** Asked in this order, after those of the program itself. */
  readonly checks?: readonly ReloadCheck[] | undefined;
  /** Reloads when a file changes. Default true. */
  readonly watchesFiles?: boolean | undefined;
  /** How long files that would open something must not change before they are taken up by themselves. Default 5 s. */
  readonly quietMs?: number | undefined;
  /** Loads a second file, for comparing. */
  readonly loadOther: (file: string) => Promise<LoadResult>;
  /** Hears of each refused reload, as lines for a person. */
  readonly tell?: ((text: string) => void) | undefined;
}

/** A shadow, here or in other processes. */
export interface SettableShadow {
  set(next: Snapshot | undefined): void | Promise<void>;
  status(): ShadowStatus | undefined | Promise<ShadowStatus | undefined>;
}

/** The running configuration, for the admin listener and for signals. */
export interface Reloading {
  reload(request: ReloadRequest): Promise<ReloadOutcome>;
  status(): ReloadStatus;
  history(): Promise<readonly HistoryEntry[]>;
  /** What the admin API does with a shadow: only files beside the configuration or below it are read, since errors show lines of them. */
  shadowOf(shadow: SettableShadow): {
    start(file: string): Promise<LoadResult>;
    stop(): Promise<void>;
    status(): ShadowStatus | undefined | Promise<ShadowStatus | undefined>;
  };
  /** Starts to watch the files. */
  watch(): void;
  close(): Promise<void>;
}

export interface ReloadingParts {
  readonly options: ReloadOptions;
  readonly holder: SnapshotHolder;
  readonly store: StateStore;
  readonly audit: Pick<AuditTrail, 'recordDurably'>;
  readonly metrics: Pick<Metrics, 'configLoaded'>;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** Resolves when all processes of the program decide by it. */
  readonly onActivated: (next: Snapshot) => Promise<Activation | undefined>;
  /** Asked last. */
  readonly lastChecks: readonly ReloadCheck[];
  /** What the program itself must be able to take up. */
  readonly ownChecks: readonly ReloadCheck[];
  readonly activity: (
    type: 'config_reloaded' | 'config_refused',
    detail: ActivityEvent['detail'],
    result: ActivityEvent['result'],
  ) => ActivityEvent;
  readonly now: () => number;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonicMs: () => number;
}

const defaultQuietMs = 5_000;
/** Tests in one line of the log. */
const mostNamed = 20;

/** Joins the engine of a reload with what hears of it: trail, metrics, log, history and the watch of the files. */
export function createReloading(parts: ReloadingParts): Reloading {
  const { options, holder, log, metrics, now } = parts;
  const history = createConfigurationHistory(parts.store);
  let files = options.first.files;
  let watch: FileWatch | undefined;
  let retry: NodeJS.Timeout | undefined;
  const ownPath = resolve(holder.snapshot().file);
  const whole = createWholeFiles({
    ownPath,
    readFile: options.readFile,
    listFolder: options.listFolder,
    quietMs: options.quietMs ?? defaultQuietMs,
    monotonicMs: parts.monotonicMs,
  });

  const reloader = createReloader({
    holder,
    first: options.first,
    holdBack: createHoldBack(ownPath, whole),
    load: options.load,
    checks: [...parts.ownChecks, ...(options.checks ?? []), ...parts.lastChecks],
    onActivated: parts.onActivated,
    history,
    async recordApplied(next, before, request, stages) {
      const event = parts.activity('config_reloaded', appliedDetail(request, next, before, stages), 'success');
      await parts.audit.recordDurably({ ...event, config: configurationName(next) });
      warnOfLostTests(next, before, event.decisionId);
    },
    onOutcome(outcome, request) {
      clearTimeout(retry);
      if (outcome.outcome === 'waiting') return reportWaiting(outcome, request);
      metrics.configLoaded(outcome.outcome !== 'refused', now(), configurationName(holder.snapshot()));
      report(outcome, request);
    },
    onFiles(read) {
      files = read;
      watch?.expect(read);
    },
    onHistoryFault: (thrown) =>
      log.warn({ err: thrown }, 'The configuration could not be kept in the history: nothing leads back to it.'),
    now,
  });

  function report(outcome: ReloadOutcome, request: ReloadRequest): void {
    if (outcome.outcome === 'refused') reportRefused(outcome, request);
    if (outcome.outcome !== 'applied') return;
    const { trigger, author } = request;
    const [config, was] = [outcome.hash, outcome.was].map((hash) => configurationName({ hash }));
    log.info({ config, was, trigger, author, took_ms: outcome.tookMs }, 'The configuration was reloaded.');
  }

  function reportWaiting(outcome: Extract<ReloadOutcome, { outcome: 'waiting' }>, request: ReloadRequest): void {
    const { hash, opens, retryAfterMs } = outcome;
    const config = configurationName(holder.snapshot());
    const next = retryAfterMs === undefined ? 'the end marker "..." that it had is missing' : 'it is tried again';
    log.warn(
      {
        config,
        candidate: configurationName({ hash }),
        opens,
        retry_after_ms: retryAfterMs && Math.round(retryAfterMs),
      },
      `The configuration waits: it may open something, and its files may be half written; ${next}. "postern reload" or SIGHUP takes it up now.`,
    );
    if (retryAfterMs === undefined) return;
    retry = setTimeout(() => void reloader.reload(request), retryAfterMs);
    retry.unref();
  }

  function warnOfLostTests(next: Snapshot, before: Snapshot, decisionId: DecisionId): void {
    const lost = lostTests(next, before);
    if (lost.length === 0) return;
    const isAll = (next.tests ?? []).length === 0;
    const message = isAll
      ? 'The new configuration has no tests any more: nothing checks what it says.'
      : 'Tests of the configuration are gone, or expect less than before.';
    const named = lost.slice(0, mostNamed);
    log.warn(
      { decision_id: decisionId, config: configurationName(next), lost: named, of: before.tests?.length },
      message,
    );
    if (isAll) options.tell?.(`${message}\n`);
  }

  function reportRefused(outcome: Extract<ReloadOutcome, { outcome: 'refused' }>, request: ReloadRequest): void {
    const { because, message, problems } = outcome;
    const config = configurationName(holder.snapshot());
    const detail = { ...originOf(request), because, message, candidate: outcome.hash };
    const event = parts.activity('config_refused', detail, 'failure');
    const { decisionId } = event;
    log.error(
      { decision_id: decisionId, config, trigger: request.trigger, because, detail: message },
      'The configuration was not reloaded: the one before goes on.',
    );
    const text = problems.length === 0 ? message : renderProblems(problems, { color: false });
    options.tell?.(`${text}\nNot reloaded: ${config} goes on running.\n`);
    parts.audit
      .recordDurably(event)
      .catch((cause: unknown) => log.error({ err: cause, decision_id: decisionId }, 'An event could not be recorded.'));
  }

  return {
    reload: (request) => reloader.reload(request),
    status: () => reloader.status(),
    history: () => history.list(),
    shadowOf: (shadow) => ({
      async start(file) {
        const loaded = await options.loadOther(insideFolder(holder.snapshot().file, file));
        if (loaded.outcome === 'loaded') await shadow.set(loaded.snapshot);
        return loaded;
      },
      stop: async () => shadow.set(undefined),
      status: shadow.status,
    }),
    watch() {
      if (options.watchesFiles === false || watch !== undefined) return;
      watch = watchFiles({
        readFile: options.readFile,
        listFolder: options.listFolder,
        onChange: (changed) => void reloader.reload({ trigger: 'file_change', changed }),
      });
      watch.expect(files);
    },
    async close() {
      watch?.close();
      clearTimeout(retry);
      await reloader.close();
      clearTimeout(retry);
    },
  };
}

function appliedDetail(
  request: ReloadRequest,
  next: Snapshot,
  before: Snapshot,
  stages: readonly ReloadStage[],
): ActivityEvent['detail'] {
  const told = stages.filter(({ lines }) => lines.length > 0);
  return {
    ...originOf(request),
    from: before.hash,
    to: next.hash,
    stages: told.map(({ name, lines }) => [name, ...lines].join(' | ')),
  };
}

function originOf({ trigger, author, to }: ReloadRequest): ActivityEvent['detail'] {
  return { trigger, by: author, back_to: to };
}

function insideFolder(configurationFile: string, file: string): string {
  const folder = dirname(resolve(configurationFile));
  const path = resolve(folder, file);
  if (path.startsWith(folder + sep)) return path;
  throw new Fault('config_invalid', `The shadow must lie in ${folder}, beside the configuration that runs.`);
}

/** The answer of a program that was made without a way to load. */
export const noReload: ReloadOutcome = {
  outcome: 'refused',
  because: 'failed',
  message: 'This program was started without a configuration file, so there is nothing to reload.',
  problems: [],
};

import { resolve } from 'node:path';
import { toFault } from '../../decision/fault.ts';
import type { Problem } from '../problem.ts';
import { configurationName, type Snapshot } from '../snapshot.ts';
import type { HoldBack } from './hold-back.ts';
import { areSameFiles } from './recorded-load.ts';
import type {
  Activation,
  ConfigurationHistory,
  FileFingerprints,
  HistoryEntry,
  Loaded,
  RefusedBecause,
  ReloadCheck,
  ReloadOutcome,
  ReloadRequest,
  ReloadSource,
  ReloadStage,
  ReloadStatus,
  Waiting,
} from './reload.ts';
import { findRestartOnly } from './restart-only.ts';
import type { SnapshotHolder } from './snapshot-holder.ts';

export interface ReloaderParts {
  readonly holder: Pick<SnapshotHolder, 'snapshot' | 'swap'>;
  /** What was read for the configuration that runs at the start. */
  readonly first: Pick<Loaded, 'files' | 'text'>;
  /** Asked when a change of files asks; whoever else asks says that they are whole. Absent: files always are. */
  readonly holdBack?: HoldBack | undefined;
  /** Rejects only when something breaks; a configuration with errors is a result. */
  readonly load: (source: ReloadSource) => Promise<Loaded>;
  /** Asked in this order before anything changes; the first that blocks ends it. */
  readonly checks: readonly ReloadCheck[];
  readonly history: ConfigurationHistory;
  /** Writes a change down before it happens; a rejection refuses it. */
  readonly recordApplied: (
    next: Snapshot,
    before: Snapshot,
    request: ReloadRequest,
    stages: readonly ReloadStage[],
  ) => Promise<void>;
  /** Resolves when all processes of the program decide by it; what it answers is in the outcome. */
  readonly onActivated?: ((next: Snapshot) => Promise<Activation | undefined>) | undefined;
  /** Hears of each outcome but that of a check alone: for log, metrics and trail. */
  readonly onOutcome: (outcome: ReloadOutcome, request: ReloadRequest) => void;
  /** Hears what was last read of each file that a load named, also when it failed: they are watched. */
  readonly onFiles: (files: FileFingerprints) => void;
  /** Hears of a history that could not be written. */
  readonly onHistoryFault: (thrown: unknown) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Changes the running configuration. */
export interface Reloader {
  /** One at a time, in the order of asking. Those that ask for the same while another runs share one. Never rejects. */
  reload(request: ReloadRequest): Promise<ReloadOutcome>;
  status(): ReloadStatus;
  /** Waits for the reload that runs, and refuses all others from now on. */
  close(): Promise<void>;
}

type Refused = Extract<ReloadOutcome, { outcome: 'refused' }>;

const shortestHash = 4;

/** Builds the engine. What was loaded at the start runs until a reload is applied; whatever fails leaves it in place. */
export function createReloader(parts: ReloaderParts): Reloader {
  const { holder, now, first } = parts;
  const { file, hash } = holder.snapshot();
  const ownPath = resolve(file);
  let sinceMs = now();
  let origin: ReloadStatus['origin'] = 'file';
  let fileHash: string | undefined = hash;
  let last: ReloadStatus['last'];
  let runningFiles: FileFingerprints = first.files;
  let held: Waiting | undefined;
  let seen: FileFingerprints = first.files;
  let runningText = first.text;
  // What runs must be in the history before it is left, or nothing leads back to it.
  let tail: Promise<unknown> = keep({ hash, text: first.text, trigger: 'start', author: undefined });
  parts.holdBack?.settle(first.files, true);
  const queued = new Map<string, Promise<ReloadOutcome>>();
  let isClosed = false;

  function enqueue(request: ReloadRequest, begins?: () => void): Promise<ReloadOutcome> {
    const run = tail.then(() => {
      begins?.();
      return perform(request);
    });
    tail = run;
    return run;
  }

  /** Those who ask in the same words share one that has not begun. A signal says that the files are whole, a change of them does not. */
  function share(request: ReloadRequest): Promise<ReloadOutcome> {
    const key = [request.trigger, ...(request.changed ?? [])].join('\0');
    const known = queued.get('signal') ?? queued.get(key);
    if (known !== undefined) return known;
    const run = enqueue(request, () => void queued.delete(key));
    queued.set(key, run);
    return run;
  }

  async function perform(request: ReloadRequest): Promise<ReloadOutcome> {
    const beganMs = now();
    const outcome = isClosed ? refuse('failed', 'Postern is stopping.') : await attempt(request, beganMs);
    if (request.checkOnly === true) return outcome;
    held =
      outcome.outcome === 'waiting'
        ? { hash: outcome.hash, opens: outcome.opens, sinceMs: held?.hash === outcome.hash ? held.sinceMs : now() }
        : undefined;
    if (outcome.outcome !== 'waiting') last = { atMs: now(), trigger: request.trigger, outcome };
    parts.onOutcome(outcome, request);
    return outcome;
  }

  async function attempt(request: ReloadRequest, beganMs: number): Promise<ReloadOutcome> {
    try {
      const source = await sourceOf(request);
      if ('outcome' in source) return source;
      return await consider(request, source, await parts.load(source), beganMs);
    } catch (thrown) {
      const fault = toFault(thrown);
      const because = fault.code === 'internal' ? String(fault.cause ?? '') : '';
      return refuse('failed', `The reload broke off: ${fault.message} ${because}`.trim());
    }
  }

  async function consider(
    request: ReloadRequest,
    source: ReloadSource,
    loaded: Loaded,
    beganMs: number,
  ): Promise<ReloadOutcome> {
    const { result, text } = loaded;
    // A text of the history is not what stands in the file: the file goes on being watched.
    seen = source.kind === 'file' ? loaded.files : new Map([...seen, ...loaded.files]);
    parts.onFiles(seen);
    if (source.kind === 'file') fileHash = result.outcome === 'loaded' ? result.snapshot.hash : undefined;
    if (result.outcome === 'refused') {
      return refuse('problems', sentenceAbout(result.problems), { problems: result.problems });
    }
    const running = holder.snapshot();
    const { snapshot: candidate, warnings } = result;
    const plan = { hash: candidate.hash, was: running.hash };
    if (request.expect !== undefined && !isNameOf(request.expect, candidate.hash)) {
      const message = `The file holds ${configurationName(candidate)} now, not ${request.expect}: it changed after it was looked at. Look again.`;
      return refuse('not_expected', message, plan);
    }
    const isSame = areSameFiles(withoutOwn(runningFiles), withoutOwn(loaded.files));
    if (candidate.hash === running.hash && isSame) {
      if (source.kind === 'file') settle(loaded.files, request.trigger !== 'file_change');
      if (source.kind === 'file') origin = 'file';
      return { outcome: 'unchanged', hash: candidate.hash };
    }
    const fixed = findRestartOnly(candidate, running);
    if (fixed.length > 0) {
      const message = `${fixed.join(', ')} cannot change while Postern runs: this configuration needs a restart. Nothing of it was applied.`;
      return refuse('restart_needed', message, plan);
    }
    const { stages, blockedBy } = await runChecks(candidate, running, request);
    if (blockedBy !== undefined) {
      const message = `The check "${blockedBy.name}" says no: ${blockedBy.lines[0] ?? 'it gave no reason'}`;
      return refuse('check', message, { ...plan, stages });
    }
    if (request.checkOnly === true) return { outcome: 'checked_only', ...plan, stages, warnings };
    const isSaidToBeWhole = request.trigger !== 'file_change';
    const wait = isSaidToBeWhole ? undefined : await parts.holdBack?.judge(candidate, running, changedIn(loaded.files));
    if (wait !== undefined) return { outcome: 'waiting', ...plan, ...wait };
    try {
      await parts.recordApplied(candidate, running, request, stages);
    } catch {
      const message = 'The change cannot be recorded in the audit trail, and nothing may happen that is not.';
      return refuse('not_recorded', message, { ...plan, stages });
    }
    held = undefined;
    holder.swap(candidate);
    const activation = await parts.onActivated?.(candidate);
    sinceMs = now();
    origin = source.kind === 'text' && candidate.hash !== fileHash ? 'history' : 'file';
    settle(loaded.files, isSaidToBeWhole);
    runningText = text;
    await keep({ hash: candidate.hash, text, trigger: request.trigger, author: request.author });
    return { outcome: 'applied', ...plan, stages, warnings, activation, tookMs: now() - beganMs };
  }

  /** A configuration that came from the history stays while its files change, until its own file does. */
  async function sourceOf(request: ReloadRequest): Promise<ReloadSource | Refused> {
    if (request.to !== undefined) return findInHistory(request.to);
    const isOwnFileUntouched = request.trigger === 'file_change' && request.changed?.includes(ownPath) === false;
    if (origin === 'history' && isOwnFileUntouched && runningText !== undefined) {
      return { kind: 'text', text: runningText };
    }
    return { kind: 'file' };
  }

  async function findInHistory(to: string): Promise<ReloadSource | Refused> {
    const wanted = to.toLowerCase();
    if (!/^[0-9a-f]*$/.test(wanted) || wanted.length < shortestHash) {
      return refuse('not_in_history', `"${to}" is no hash: give at least ${shortestHash} of its hex digits.`);
    }
    const found = (await parts.history.list()).filter((entry) => isNameOf(wanted, entry.hash));
    const [first] = found;
    if (first === undefined) return refuse('not_in_history', `No configuration of the history begins with ${to}.`);
    if (found.some((entry) => entry.hash !== first.hash)) {
      return refuse('not_in_history', `Several configurations of the history begin with ${to}: give more digits.`);
    }
    const text = await parts.history.textOf(first.hash);
    if (text === undefined) return refuse('not_in_history', `The text of ${to} is not kept any more.`);
    return { kind: 'text', text };
  }

  async function runChecks(candidate: Snapshot, running: Snapshot, request: ReloadRequest) {
    const stages: ReloadStage[] = [];
    for (const check of parts.checks) {
      const stage = { name: check.name, ...(await check.run(candidate, running, request)) };
      stages.push(stage);
      if (stage.outcome === 'blocked') return { stages, blockedBy: stage };
    }
    return { stages, blockedBy: undefined };
  }

  async function keep(entry: Omit<HistoryEntry, 'atMs'> & { readonly text: string | undefined }): Promise<void> {
    const { text } = entry;
    if (text === undefined) return;
    try {
      await parts.history.add({ ...entry, text, atMs: now() });
    } catch (thrown) {
      parts.onHistoryFault(thrown);
    }
  }

  /** What runs was read from these. */
  function settle(files: FileFingerprints, isSaidToBeWhole: boolean): void {
    runningFiles = files;
    parts.holdBack?.settle(files, isSaidToBeWhole);
  }

  function changedIn(files: FileFingerprints): FileFingerprints {
    return new Map([...files].filter(([path, read]) => runningFiles.get(path) !== read));
  }

  function withoutOwn(files: FileFingerprints): FileFingerprints {
    return new Map([...files].filter(([path]) => path !== ownPath));
  }

  return {
    reload(request) {
      const { checkOnly, to, expect } = request;
      if (checkOnly === true || to !== undefined || expect !== undefined || request.trigger === 'admin') {
        return enqueue(request);
      }
      return share(request);
    },
    status: () => ({ hash: holder.snapshot().hash, sinceMs, file, origin, fileHash, waiting: held, last }),
    async close() {
      isClosed = true;
      await tail;
    },
  };
}

function refuse(
  because: RefusedBecause,
  message: string,
  more: Partial<Pick<Refused, 'hash' | 'was' | 'stages' | 'problems'>> = {},
): Refused {
  return { outcome: 'refused', because, message, problems: [], ...more };
}

function isNameOf(name: string, hash: string): boolean {
  return name.length >= shortestHash && hash.startsWith(name.toLowerCase());
}

function sentenceAbout(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return 'The configuration was refused.';
  const { file, line, column } = first.at;
  const others = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`;
  return `${file}:${line}:${column}: ${first.code}: ${first.message}${others}`;
}

import { mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditSettings } from '../config/snapshot.ts';
import { createDecisionIdGenerator, type DecisionIdRange, parseDecisionIdRange } from '../decision/decision-id.ts';
import { Fault } from '../decision/fault.ts';
import type { StateStore } from '../state/state-store.ts';
import { type CreateFile, createFile } from './append-file.ts';
import type { ActivityEvent, AuditTrail, EventSearch } from './audit-event.ts';
import { type AuditHead, readAuditHeads, saveAuditHead } from './audit-head.ts';
import { type AuditPublicKey, loadAuditSigner, loadNextSigner } from './audit-key.ts';
import { type ChainPoint, createChainWriter, linesPerCheckpoint } from './chain-writer.ts';
import { createDecisionFeed, type DecisionFeed } from './decision-feed.ts';
import { type AuditMetrics, createEventQueue } from './event-queue.ts';
import { findEvents } from './find-event.ts';
import { findExpiredFiles, removeFiles } from './retain-files.ts';
import { readRunIdentity } from './run-identity.ts';
import { findSuccessions } from './succeed-runs.ts';
import { readWaiting } from './waiting-events.ts';

/** How often the newest line is signed and its head moved in the state: what is cut off behind it may go unseen. */
const defaultSignEveryMs = 5_000;
const retainEveryMs = 3_600_000;

export interface AuditTrailDependencies {
  readonly settings: AuditSettings;
  readonly stateStore: Pick<StateStore, 'read' | 'write' | 'list' | 'remove'>;
  readonly now: () => number;
  readonly randomBytes: (length: number) => Buffer;
  readonly metrics: AuditMetrics;
  /** First 12 hex digits of the running configuration's hash: for the trail's own events. */
  readonly config: () => string;
  /** Hears once of each trouble with the disk or the state; nothing of an event is in it. */
  readonly onProblem: (message: string, cause: unknown) => void;
  /** False leaves following up on ended runs and removing old files to another process with the same folder. Default true. */
  readonly keepsHouse?: boolean | undefined;
  /** Default: this process. */
  readonly pid?: number;
  /** Default 100,000 events: about 100 MiB. */
  readonly maxQueued?: number;
  /** How often the newest line is signed, in ms. Default 5,000. */
  readonly signEveryMs?: number;
  /** Default: a file of the system. */
  readonly createFile?: CreateFile;
}

/** The trail of a running process. */
export interface RunningAuditTrail extends AuditTrail {
  /** Of the key that signs now: for `GET /api/v1/audit/key` and `postern audit verify --key`. */
  readonly publicKey: AuditPublicKey;
  /** What this process decides, as it does. */
  readonly feed: DecisionFeed;
  /** 0 when everything is written; for the metric. */
  oldestUnwrittenAgeMs(): number;
  /** Writes what is queued now. */
  flush(): Promise<void>;
  /** Tries whether events can be written now, whatever `on_failure` says. Rejects with what is in the way. */
  probe(): Promise<void>;
}

/**
 * Opens the trail: one chain of files for this process, after recording where earlier runs ended. Rejects with
 * `Fault('audit_unavailable')` when the folder cannot be written (with `on_failure: allow` a full disk is let pass), and
 * with the state's fault when the state is away.
 */
export async function createAuditTrail(dependencies: AuditTrailDependencies): Promise<RunningAuditTrail> {
  const { settings, stateStore, now, randomBytes, metrics, config, onProblem } = dependencies;
  const { keepsHouse = true, pid = process.pid, maxQueued = 100_000, signEveryMs = defaultSignEveryMs } = dependencies;
  const random = () => randomBytes(4).readUInt32BE() / 2 ** 32;
  const nextId = createDecisionIdGenerator(random);
  const feed = createDecisionFeed(now);
  const directory = settings.path;
  const self = readRunIdentity(pid);
  let signer = await loadAuditSigner(stateStore, now());
  const create = dependencies.createFile ?? createFile;
  const writer = createChainWriter({ directory, rotateBytes: settings.rotateBytes, pid, signer, now, random, create });
  const succeeded = new Set<string>();
  let retainedAtMs = Number.NEGATIVE_INFINITY;

  const makeGap = (detail: ActivityEvent['detail']): ActivityEvent => ({
    type: 'gap',
    atMs: now(),
    decisionId: nextId(now()),
    config: config(),
    result: 'failure',
    reason: undefined,
    sessionId: undefined,
    subject: undefined,
    address: undefined,
    detail,
  });

  const queue = createEventQueue({
    onFailure: settings.onFailure,
    facts: settings.facts,
    maxQueued,
    write: (events, isDurable) =>
      writer.write(
        events.map((event) => ({ kind: 'waiting', event })),
        isDurable,
      ),
    async afterWrite(wasDurable) {
      if (writer.unsignedLines() >= linesPerCheckpoint) await keepHead(await writer.sign(false), 'open');
      // Looking the file up costs; for plain allows the upkeep does it, every few seconds.
      if (await (wasDurable ? writer.rotateIfDue() : writer.rotateIfFull())) await retain();
    },
    makeDropGap: (count) => makeGap({ cause: 'queue_full', dropped: count }),
    now,
    metrics,
    onProblem: (message, cause) => onProblem(isFullDisk(cause) ? `${message} ${fullDisk(directory)}` : message, cause),
  });

  async function keepHead(point: ChainPoint, status: AuditHead['status']): Promise<void> {
    const { chain, file, sequence, hash } = point;
    try {
      await saveAuditHead(stateStore, { chain, file, sequence, hash, atMs: now(), run: self, status });
    } catch (error) {
      onProblem("The audit trail's head could not be kept in the state. It is tried again.", error);
    }
  }

  /** Says who signed before, as often as somebody else signs: any chain tells how the keys follow each other. */
  async function introduceKeys(): Promise<void> {
    const entries = signer.introductions.map((body) => ({ kind: 'introduction', body }) as const);
    if (entries.length > 0) await writer.write(entries, true);
  }

  async function takeNextKey(): Promise<void> {
    const next = await loadNextSigner(stateStore, signer);
    if (next === undefined) return;
    signer = next;
    writer.signWith(next);
    await introduceKeys();
  }

  async function succeed(): Promise<void> {
    if (!keepsHouse) return;
    const ownChain = writer.point()?.chain;
    const heads = await readAuditHeads(stateStore);
    const found = await findSuccessions({ directory, ownChain, self, nowMs: now(), heads, known: succeeded, makeGap });
    await writer.write(found.entries, true);
    for (const head of found.heads) {
      succeeded.add(head.chain);
      await saveAuditHead(stateStore, head);
    }
  }

  async function retain(): Promise<void> {
    retainedAtMs = now();
    if (!keepsHouse) return;
    const beforeMs = now() - settings.retainMs;
    const heads = await readAuditHeads(stateStore);
    const over = new Set(heads.filter((head) => head.status !== 'open').map((head) => head.chain));
    const expired = await findExpiredFiles(directory, beforeMs, (chain) => over.has(chain));
    const names = expired.map((file) => file.name);
    if (names.length > 0) {
      await writer.write([{ kind: 'retention', body: { before_ms: beforeMs, removed: names } }], true);
      await keepHead(await writer.sign(false), 'open');
      await removeFiles(directory, names);
    }
    for (const head of heads) {
      if (head.status === 'succeeded' && head.atMs < beforeMs) await stateStore.remove('audit_head', head.chain);
    }
  }

  async function maintain(): Promise<void> {
    try {
      await takeNextKey();
      await succeed();
      const point = writer.unsignedLines() > 0 ? await writer.sign(false) : writer.point();
      if (point !== undefined) await keepHead(point, 'open');
      const hasRotated = await writer.rotateIfDue();
      if (hasRotated || now() - retainedAtMs >= retainEveryMs) await retain();
    } catch (error) {
      onProblem('The upkeep of the audit trail failed. It is tried again.', error);
    }
  }

  async function start(): Promise<void> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await introduceKeys();
      await succeed();
      await keepHead(await writer.sign(false), 'open');
      await retain();
    } catch (error) {
      if (settings.onFailure === 'allow' && isFullDisk(error)) {
        onProblem(`${fullDisk(directory)} Events wait in memory.`, error);
        return;
      }
      if (error instanceof Fault) throw error;
      const message = isFullDisk(error)
        ? fullDisk(directory)
        : `The audit trail in ${directory} cannot be written. Check that the folder exists and that Postern may write to it.`;
      throw new Fault('audit_unavailable', message, { cause: error });
    }
  }

  await start();
  const upkeep = setInterval(() => void queue.runBetweenWrites(maintain), signEveryMs);
  upkeep.unref();

  async function search(wanted: DecisionIdRange): Promise<EventSearch> {
    await queue.flush();
    const waiting = queue.find(wanted.prefix).map((event) => ({ sequence: undefined, event: readWaiting(event) }));
    if (wanted.isWhole && waiting.length > 0) return { events: waiting, damaged: 0, isComplete: true };
    const written = await findEvents(directory, wanted);
    return { ...written, events: [...written.events, ...waiting] };
  }

  return {
    get publicKey() {
      return signer.publicKey;
    },
    feed,
    record(event) {
      feed.note(event);
      queue.push(event);
    },
    recordDurably(event) {
      feed.note(event);
      return queue.pushDurably(event);
    },
    acceptsEvents: () => settings.onFailure === 'allow' || queue.isHealthy(),
    oldestUnwrittenAgeMs: queue.oldestAgeMs,
    flush: queue.flush,
    async probe() {
      await probeFolder(directory, pid);
      const trouble = queue.trouble();
      if (trouble !== undefined) throw trouble;
    },
    async find(id) {
      const wanted = parseDecisionIdRange(id);
      return wanted === undefined ? undefined : (await search(wanted)).events[0];
    },
    search,
    async close() {
      clearInterval(upkeep);
      await queue.close(async () => {
        try {
          await keepHead(await writer.sign(true), 'closed');
        } catch (error) {
          onProblem('The end of the audit trail could not be signed.', error);
        }
        await writer.close();
      });
    },
  };
}

function fullDisk(directory: string): string {
  return `The disk of the audit trail is full. Make room in the file system of ${directory} (df -h ${directory}).`;
}

function isFullDisk(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EIO';
}

const probeBytes = 4096;

/** Writes a block into a folder and takes it away again: a folder that is gone, full or closed rejects with the system's error. */
async function probeFolder(directory: string, pid: number): Promise<void> {
  const path = join(directory, `.probe-${pid}`);
  const file = await open(path, 'w', 0o600);
  try {
    await file.write(Buffer.alloc(probeBytes, '.'));
    // Some file systems find out only here that there is no room.
    await file.datasync();
  } finally {
    await file.close();
    await unlink(path).catch(() => undefined);
  }
}

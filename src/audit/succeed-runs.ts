import type { ActivityEvent, AuditEvent } from './audit-event.ts';
import { type FileTail, listAuditFiles, readOpening, readTail } from './audit-file.ts';
import type { AuditHead } from './audit-head.ts';
import type { Entry } from './entry.ts';
import { hasRunEnded, type RunIdentity, silentRunMs } from './run-identity.ts';

/** What was found of an earlier run: entries for our own chain, and the heads that say so in the state. */
export interface Successions {
  readonly entries: readonly Entry[];
  readonly heads: readonly AuditHead[];
}

export interface SuccessionDependencies {
  readonly directory: string;
  /** The chain of this run; never succeeded. */
  readonly ownChain: string | undefined;
  readonly self: RunIdentity;
  readonly nowMs: number;
  readonly heads: readonly AuditHead[];
  /** Chains that this run has recorded before. */
  readonly known: ReadonlySet<string>;
  readonly makeGap: (detail: ActivityEvent['detail']) => AuditEvent;
}

/**
 * Finds the chains of runs that are over and records where each ended, so that what is cut off it later shows. A run
 * that was killed leaves a `gap` event: up to 100 ms of plain allows may be missing behind its end (security-rules.md 29).
 */
export async function findSuccessions(dependencies: SuccessionDependencies): Promise<Successions> {
  const { directory, ownChain, self, nowMs, heads, known } = dependencies;
  const headOf = new Map(heads.map((head) => [head.chain, head]));
  const lastFileOf = await findLastFiles(directory);
  const entries: Entry[] = [];
  const newHeads: AuditHead[] = [];

  for (const [chain, file] of lastFileOf) {
    const head = headOf.get(chain);
    if (chain === ownChain || known.has(chain) || head?.status === 'succeeded') continue;
    const tail = await readTail(directory, file);
    const last = tail.last;
    const isClean = last !== undefined && 'checkpoint' in last && last.checkpoint.is_closing && tail.torn === null;
    const isOver =
      isClean ||
      head?.status === 'closed' ||
      (head === undefined
        ? nowMs - (last?.recorded_at_ms ?? 0) > silentRunMs
        : hasRunEnded(head.run, head.atMs, self, nowMs));
    if (!isOver) continue;
    entries.push(...describeEnd(chain, file, tail, isClean, head, dependencies));
    newHeads.push(...endHead(chain, file, tail, head, self));
  }
  for (const head of heads) {
    if (head.status === 'succeeded' || head.chain === ownChain || known.has(head.chain)) continue;
    if (lastFileOf.has(head.chain) || !isHeadOver(head, self, nowMs)) continue;
    entries.push({
      kind: 'event',
      event: dependencies.makeGap({
        cause: 'files_missing',
        chain: head.chain,
        file: head.file,
        last_sequence: head.sequence,
      }),
    });
    newHeads.push({ ...head, status: 'succeeded' });
  }
  return { entries, heads: newHeads };
}

function isHeadOver(head: AuditHead, self: RunIdentity, nowMs: number): boolean {
  return head.status === 'closed' || hasRunEnded(head.run, head.atMs, self, nowMs);
}

async function findLastFiles(directory: string): Promise<ReadonlyMap<string, string>> {
  const lastFileOf = new Map<string, string>();
  for (const { name } of await listAuditFiles(directory)) {
    const opening = await readOpening(directory, name);
    if (opening !== undefined) lastFileOf.set(opening.chain, name);
  }
  return lastFileOf;
}

function describeEnd(
  chain: string,
  file: string,
  { last, torn }: FileTail,
  isClean: boolean,
  head: AuditHead | undefined,
  { makeGap }: SuccessionDependencies,
): readonly Entry[] {
  const lostSinceHead = Math.max(0, (head?.sequence ?? 0) - (last?.sequence ?? 0));
  const gap: Entry = {
    kind: 'event',
    event: makeGap({
      cause: lostSinceHead > 0 ? 'lines_missing' : 'crash',
      chain,
      file,
      last_sequence: last?.sequence ?? 0,
      last_recorded_at_ms: last?.recorded_at_ms ?? 0,
      torn_bytes: torn?.bytes ?? 0,
      signed_lines_missing: lostSinceHead,
    }),
  };
  if (last === undefined) return [gap];
  const { sequence, hash, recorded_at_ms } = last;
  const body = { chain, file, sequence, hash, recorded_at_ms, is_clean: isClean, torn };
  return [{ kind: 'succession', body }, ...(isClean && lostSinceHead === 0 ? [] : [gap])];
}

function endHead(
  chain: string,
  file: string,
  { last }: FileTail,
  head: AuditHead | undefined,
  self: RunIdentity,
): readonly AuditHead[] {
  // A head ahead of the file is the proof that lines are missing: it stays as it is.
  if (head !== undefined && (last === undefined || head.sequence >= last.sequence)) {
    return [{ ...head, status: 'succeeded' }];
  }
  if (last === undefined) return [];
  const { sequence, hash } = last;
  return [{ chain, file, sequence, hash, atMs: last.recorded_at_ms, run: head?.run ?? self, status: 'succeeded' }];
}

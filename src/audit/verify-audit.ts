import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listAuditFiles, readOpening } from './audit-file.ts';
import type { AuditHead } from './audit-head.ts';
import type { Introduction } from './audit-line.ts';
import { judgeKeys } from './judge-keys.ts';
import { type AuditBreak, type ChainFile, type ChainReport, type ExpectedPoint, verifyChain } from './verify-chain.ts';

export interface VerifyOptions {
  /** The keys whose signatures count, by thumbprint. Without them a signature shows only that the trail fits together, not who wrote it. */
  readonly publicKeys?: readonly { readonly kid: string }[] | undefined;
  /** What the state knows of keys that followed each other. */
  readonly introductions?: readonly Introduction[] | undefined;
  /** When the state's first key was made: what another key signed before is told as unconfirmed, and is no break. */
  readonly keysSinceMs?: number | undefined;
  /** What the state says the chains have reached (`readAuditHeads`). Without them the newest chain can be cut unseen. */
  readonly heads?: readonly AuditHead[] | undefined;
  /** The same by somebody else's word: heads that were printed or sent elsewhere. */
  readonly givenHeads?: readonly KnownHead[] | undefined;
}

/** A point that a chain had reached. */
export type KnownHead = Pick<AuditHead, 'chain' | 'file' | 'sequence' | 'hash' | 'atMs'>;

/** A head, and who says so: a sentence begins with it. */
type SaidHead = KnownHead & { readonly saidBy: string };

/** The answer of `postern audit verify`. */
export interface VerifyReport {
  readonly isIntact: boolean;
  /** Sorted by file; the first one is the one to look at first. */
  readonly breaks: readonly AuditBreak[];
  readonly files: number;
  readonly lines: number;
  readonly events: number;
  readonly chains: readonly ChainReport[];
  /** The keys that signed, by thumbprint. */
  readonly keyIds: readonly string[];
  /** What is no break but worth knowing, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Checks a folder of audit files: that no line was changed, removed, added or moved, that signatures fit, and that
 * files are missing only where a retention says so. Reads each file once, in bounded memory; works without the state.
 * Rejects with the system's error when the folder cannot be read.
 */
export async function verifyAudit(directory: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { chains, strays, notes, files } = await groupFiles(directory);
  const heads: readonly SaidHead[] = [
    ...(options.heads ?? []).map((head) => ({ ...head, saidBy: 'The state' })),
    ...(options.givenHeads ?? []).map((head) => ({ ...head, saidBy: 'The head that was given' })),
  ];
  const walked: ChainReport[] = [];
  for (const [chain, chainFiles] of chains) {
    const expected: readonly ExpectedPoint[] = heads.filter((head) => head.chain === chain);
    walked.push(await verifyChain(directory, chain, chainFiles, expected));
  }
  const { breaks: unknown, unconfirmed } = judge(walked, options);
  // A chain is walked no further than its first break, so a signature that it had until then stands before it.
  const reports = walked.map((report) => ({ ...report, firstBreak: unknown.get(report) ?? report.firstBreak }));
  const breaks = [
    ...strays,
    ...reports.flatMap((report) => (report.firstBreak === undefined ? [] : [report.firstBreak])),
    ...checkEnds(reports, heads),
  ].sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
  if (options.publicKeys === undefined)
    notes.push('No key was given: signatures were checked against the keys in the files themselves.');
  for (const { lastFile, keyUses } of unconfirmed)
    notes.push(
      `${lastFile} was signed by ${keyUses.map(({ keyId }) => keyId).join(', ')}, before this state had a key: it is whole, and nothing here says that it is yours.`,
    );
  if (options.heads === undefined && options.givenHeads === undefined)
    notes.push('The state was not asked: lines cut off the end of the newest files would not show.');
  return {
    isIntact: breaks.length === 0,
    breaks,
    files,
    lines: reports.reduce((sum, report) => sum + report.lines, 0),
    events: reports.reduce((sum, report) => sum + report.events, 0),
    chains: reports,
    keyIds: [...new Set(reports.flatMap((report) => report.keyUses.map(({ keyId }) => keyId)))],
    notes,
  };
}

function judge(reports: readonly ChainReport[], options: VerifyOptions) {
  if (options.publicKeys === undefined) return { breaks: new Map<ChainReport, AuditBreak>(), unconfirmed: [] };
  return judgeKeys(reports, {
    keyIds: options.publicKeys.map(({ kid }) => kid),
    introductions: options.introductions ?? [],
    sinceMs: options.keysSinceMs,
  });
}

async function groupFiles(directory: string) {
  const chains = new Map<string, ChainFile[]>();
  const strays: AuditBreak[] = [];
  const notes: string[] = [];
  const files = await listAuditFiles(directory);
  for (const { name } of files) {
    const opening = await readOpening(directory, name);
    if (opening !== undefined) {
      chains.set(opening.chain, [...(chains.get(opening.chain) ?? []), { name, opening }]);
    } else if ((await stat(join(directory, name))).size === 0) {
      notes.push(`${name} is empty: the process ended before it wrote to it.`);
    } else {
      strays.push({
        file: name,
        line: 1,
        problem: 'malformed',
        detail: 'The file does not begin with an opening, or it was changed.',
      });
    }
  }
  for (const chainFiles of chains.values()) {
    chainFiles.sort((a, b) => (a.opening.previous?.sequence ?? 0) - (b.opening.previous?.sequence ?? 0));
  }
  return { chains, strays, notes, files: files.length };
}

/** Looks at what only the whole folder can tell: ends, and what is missing before a beginning. */
function checkEnds(reports: readonly ChainReport[], heads: readonly SaidHead[]): readonly AuditBreak[] {
  const breaks: AuditBreak[] = [];
  const byChain = new Map(reports.map((report) => [report.chain, report]));
  const retainedBeforeMs = Math.max(...reports.map((report) => report.retainedBeforeMs), Number.NEGATIVE_INFINITY);
  const successions = reports.flatMap((report) => report.successions);

  for (const report of reports) {
    const { missingBefore, torn } = report;
    if (missingBefore !== undefined && missingBefore.recordedAtMs >= retainedBeforeMs) {
      const detail = `${missingBefore.file}, which came before this file, is gone, and no retention removed it.`;
      breaks.push({ file: report.lastFile, line: 1, problem: 'file_missing', detail });
    }
    const recorded = successions.find(({ chain }) => chain === report.chain)?.torn ?? undefined;
    if (torn !== undefined && (recorded?.bytes !== torn.bytes || recorded.sha256 !== torn.sha256)) {
      const detail =
        'The line is incomplete, and no later run has recorded it: the process was killed, still writes, or the file was cut.';
      breaks.push({ file: torn.file, line: torn.line, problem: 'torn_line', detail });
    }
  }
  for (const { chain, file, sequence, hash, recorded_at_ms, foundIn, line } of successions) {
    const report = byChain.get(chain);
    if (report?.firstBreak !== undefined) continue;
    if (report === undefined) {
      if (recorded_at_ms >= retainedBeforeMs) {
        breaks.push({
          file: foundIn,
          line,
          problem: 'file_missing',
          detail: `${file} is gone, and no retention removed it.`,
        });
      }
      continue;
    }
    const at = { file: report.lastFile, line: report.lastLine };
    if (report.lastSequence < sequence) {
      breaks.push({
        ...at,
        problem: 'truncated',
        detail: `${foundIn}:${line} says that this chain went on to line ${sequence}.`,
      });
    } else if (report.lastSequence === sequence && report.lastHash !== hash) {
      breaks.push({
        ...at,
        problem: 'rewritten',
        detail: `${foundIn}:${line} names another line as the end of this chain.`,
      });
    } else if (report.lastSequence > sequence && report.lastSignedSequence <= sequence) {
      breaks.push({
        ...at,
        problem: 'written_after_end',
        detail: `${foundIn}:${line} says that this chain ended at ${sequence} (${hash.slice(0, 12)}…).`,
      });
    }
  }
  for (const head of heads) {
    const report = byChain.get(head.chain);
    if (report?.firstBreak !== undefined) continue;
    if (report === undefined) {
      if (head.atMs >= retainedBeforeMs) {
        breaks.push({
          file: head.file,
          line: 1,
          problem: 'file_missing',
          detail: `${head.saidBy} knows this file, and no retention removed it.`,
        });
      }
    } else if (report.lastSequence < head.sequence) {
      const detail = `${head.saidBy} says that this chain went on to line ${head.sequence}; the file ends with ${report.lastSequence}.`;
      breaks.push({ file: report.lastFile, line: report.lastLine, problem: 'truncated', detail });
    }
  }
  return breaks;
}

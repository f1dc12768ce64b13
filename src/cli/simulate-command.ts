import { factsOfRecord } from '../audit/facts-of-record.ts';
import { type DecisionBatch, readDecisions } from '../audit/read-decisions.ts';
import { diffSnapshots } from '../config/diff/diff-snapshots.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { isReadFailure, readFailure } from '../config/source/read-bounded-file.ts';
import { parseDuration } from '../config/values/duration.ts';
import { createReplay } from '../preview/replay-decision.ts';
import { createReplayTally, type ReplayReport, type ReplayTally } from '../preview/tally-replays.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { loadForCommand } from './run-command.ts';
import { cleanText, countOf } from './table.ts';

export interface SimulateOptions {
  /** How far back, as a duration. */
  readonly since: string;
  /** The file to try; without it the running file is tried against what was recorded. */
  readonly config?: string | undefined;
  /** The file that the server runs with. */
  readonly running?: string | undefined;
  /** The folder of the trail; default: the running file's. */
  readonly audit?: string | undefined;
  readonly format: 'text' | 'json';
}

const defaultRunning = 'postern.yaml';
const longestMs = 3_650 * 86_400_000;

/** The files and the folder that a simulation works with. */
interface Stage {
  readonly next: Snapshot;
  /** `undefined`: compared with what was recorded. */
  readonly running: Snapshot | undefined;
  readonly folder: string;
}

/** `postern simulate`: recorded decisions under another file; only what differs. 0: nothing; 1: something; 2: wrong usage; 3: it could not be told. */
export async function simulate(options: SimulateOptions, context: CliContext): Promise<ExitCode> {
  const { output, ports } = context;
  const since = parseDuration(options.since, 1_000, longestMs);
  if (!since.ok) {
    output.stderr(
      `--since "${options.since}" is not a duration: write a number and a unit, for example 7d, 12h or 30m.\n`,
    );
    return 2;
  }
  const stage = await loadStage(options, context);
  if (stage === undefined) return 3;
  const { next, running, folder } = stage;
  const startedMs = ports.now();
  const tally = createReplayTally(
    running === undefined ? [] : await diffSnapshots(running, next),
    new Set([...next.breakGlass, ...(running?.breakGlass ?? [])]),
  );
  try {
    await replayAll(readDecisions(folder, startedMs - since.value), stage, tally, context);
  } catch (thrown) {
    if (!isReadFailure(thrown)) throw thrown;
    output.stderr(`The audit folder ${folder} cannot be read: ${readFailure(thrown)}.\n`);
    return 3;
  }
  const report = tally.report();
  const elapsedMs = ports.now() - startedMs;
  if (options.format === 'json') {
    const files = { running: running?.hash ?? null, next: next.hash };
    output.stdout(
      `${JSON.stringify({ ...files, since: options.since, elapsed_ms: elapsedMs, ...toJson(report) }, null, 2)}\n`,
    );
  } else print(report, stage, options.since, elapsedMs, context);
  return report.groups.length > 0 ? 1 : 0;
}

/** Only rules are asked: whoever tries a configuration needs none of its secrets. */
const asDraft = { isDraft: true };

async function loadStage(options: SimulateOptions, context: CliContext): Promise<Stage | undefined> {
  const isFileNeeded = options.running !== undefined || options.audit === undefined || options.config === undefined;
  const running = isFileNeeded ? await loadForCommand(options.running ?? defaultRunning, context, asDraft) : undefined;
  if (typeof running === 'number') return undefined;
  const folder = options.audit ?? running?.audit.path ?? '';
  if (options.config === undefined) return running && { next: running, running: undefined, folder };
  const next = await loadForCommand(options.config, context, asDraft);
  return typeof next === 'number' ? undefined : { next, running, folder };
}

async function replayAll(
  batches: AsyncIterable<DecisionBatch>,
  { next, running }: Stage,
  tally: ReplayTally,
  { output }: CliContext,
): Promise<void> {
  const replay = createReplay(next, running);
  let shownPercent = 0;
  for await (const { events, unreadable, readBytes, totalBytes } of batches) {
    tally.addNotComparable('the line is not readable; postern audit verify says more', unreadable);
    for (const event of events) {
      const decoded = factsOfRecord(event);
      tally.add(decoded.outcome === 'decision' ? replay(decoded.decision) : decoded);
    }
    const percent = Math.floor((100 * readBytes) / Math.max(1, totalBytes));
    if (output.isInteractive !== true || percent < shownPercent + 5) continue;
    shownPercent = percent;
    output.stderr(`\rReplaying … ${percent} %${percent === 100 ? '\r                  \r' : ''}`);
  }
}

const words = {
  newly_denied: 'newly denied',
  newly_allowed: 'newly allowed',
  newly_step_up: 'newly step-up',
  newly_sign_in: 'newly sign-in',
} as const;
const mostNames = 5;

function print(
  report: ReplayReport,
  { next, running }: Stage,
  since: string,
  elapsedMs: number,
  { output }: CliContext,
): void {
  const before = running === undefined ? 'what was recorded' : `running ${running.hash.slice(0, 4)}`;
  const seconds = (elapsedMs / 1000).toFixed(1);
  output.stdout(
    `Replayed ${countOf(report.replayed, 'decision')} (${since}) under ${before} and ${next.file} ${next.hash.slice(0, 4)} in ${seconds} s\n`,
  );
  const rows: (readonly [label: string, count: number, rest: string])[] = [];
  for (const change of ['newly_denied', 'newly_allowed', 'newly_step_up', 'newly_sign_in'] as const) {
    const groups = report.groups.filter((group) => group.change === change);
    if (groups.length === 0 && change !== 'newly_sign_in') rows.push([words[change], 0, '']);
    for (const { decisions, people, route, rule, reason, because } of groups) {
      const cause = because.length > 0 ? because.join(', ') : reason;
      const subject = rule === undefined ? route : `${route}/${rule}`;
      const names = people.slice(0, mostNames).join(', ') + (people.length > mostNames ? ', …' : '');
      rows.push([
        words[change],
        decisions,
        `${countOf(people.length, 'person', 'people')}   ${subject}: ${cause}   ${names}`,
      ]);
    }
  }
  for (const { why, decisions } of report.notComparable) rows.push(['not comparable', decisions, why]);
  const width = Math.max(...rows.map(([, count]) => count.toLocaleString('en-US').length));
  for (const [label, count, rest] of rows) {
    const line = `  ${label.padEnd(14)} ${count.toLocaleString('en-US').padStart(width)}   ${cleanText(rest)}`;
    output.stdout(`${line.trimEnd()}\n`);
  }
  if (next.breakGlass.size + (running?.breakGlass.size ?? 0) === 0) return;
  const affected = report.breakGlass.map(cleanText).join(', ');
  output.stdout(
    affected === '' ? 'Nobody in break_glass is affected.\n' : `In break_glass and affected: ${affected}\n`,
  );
}

function toJson({ replayed, groups, notComparable, breakGlass }: ReplayReport) {
  return { replayed, differences: groups, not_comparable: notComparable, break_glass_affected: breakGlass };
}

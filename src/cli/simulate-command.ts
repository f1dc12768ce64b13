import type { ReplayReport } from '../preview/tally-replays.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { parseSince, type ReplayStage, renderReplay, replayToJson, replayTrail } from './replay-trail.ts';
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
/** `postern simulate`: recorded decisions under another file; only what differs. 0: nothing; 1: something; 2: wrong usage; 3: it could not be told. */
export async function simulate(options: SimulateOptions, context: CliContext): Promise<ExitCode> {
  const { output, ports } = context;
  const sinceMs = parseSince('--since', options.since, context);
  if (sinceMs === undefined) return 2;
  const stage = await loadStage(options, context);
  if (stage === undefined) return 3;
  const startedMs = ports.now();
  const report = await replayTrail(stage, startedMs - sinceMs, context);
  if (report === undefined) return 3;
  const { next, running } = stage;
  const elapsedMs = ports.now() - startedMs;
  if (options.format === 'json') {
    const files = { running: running?.hash ?? null, next: next.hash };
    output.stdout(
      `${JSON.stringify({ ...files, since: options.since, elapsed_ms: elapsedMs, ...replayToJson(report) }, null, 2)}\n`,
    );
  } else print(report, stage, options.since, elapsedMs, context);
  return report.groups.length > 0 ? 1 : 0;
}

/** Only rules are asked: whoever tries a configuration needs none of its secrets. */
const asDraft = { isDraft: true };

async function loadStage(options: SimulateOptions, context: CliContext): Promise<ReplayStage | undefined> {
  const isFileNeeded = options.running !== undefined || options.audit === undefined || options.config === undefined;
  const running = isFileNeeded ? await loadForCommand(options.running ?? defaultRunning, context, asDraft) : undefined;
  if (typeof running === 'number') return undefined;
  const folder = options.audit ?? running?.audit.path ?? '';
  if (options.config === undefined) return running && { next: running, running: undefined, folder };
  const next = await loadForCommand(options.config, context, asDraft);
  return typeof next === 'number' ? undefined : { next, running, folder };
}

function print(
  report: ReplayReport,
  { next, running }: ReplayStage,
  since: string,
  elapsedMs: number,
  { output }: CliContext,
): void {
  const before = running === undefined ? 'what was recorded' : `running ${running.hash.slice(0, 4)}`;
  const seconds = (elapsedMs / 1000).toFixed(1);
  output.stdout(
    `Replayed ${countOf(report.replayed, 'decision')} (${since}) under ${before} and ${next.file} ${next.hash.slice(0, 4)} in ${seconds} s\n`,
  );
  for (const line of renderReplay(report)) output.stdout(`  ${cleanText(line)}\n`);
  if (next.breakGlass.size + (running?.breakGlass.size ?? 0) === 0) return;
  const affected = report.breakGlass.map(cleanText).join(', ');
  output.stdout(
    affected === '' ? 'Nobody in break_glass is affected.\n' : `In break_glass and affected: ${affected}\n`,
  );
}

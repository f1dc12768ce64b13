import type { RecordedEvent } from '../../audit/audit-event.ts';
import { factsOfRecord } from '../../audit/facts-of-record.ts';
import { loadConfiguration } from '../../config/load-configuration.ts';
import type { Snapshot } from '../../config/snapshot.ts';
import { parseDecisionIdRange } from '../../decision/decision-id.ts';
import type { CliContext, ExitCode } from '../commands.ts';
import { paintHeads } from '../paint.ts';
import { loadForCommand } from '../run-command.ts';
import { describeExplanation } from './describe-explanation.ts';
import { explainRecord } from './explain-record.ts';
import { type FindOptions, type Found, findRecord } from './find-record.ts';
import { renderEvent, renderExplanation, renderRerun } from './render-explanation.ts';
import { decideToday } from './rerun.ts';

export interface ExplainOptions extends FindOptions {
  readonly rerun: boolean;
  readonly exitCode: boolean;
  readonly format: 'text' | 'json';
}

/**
 * `postern explain`: the recorded decision, from the running server or from the files. 1: with `--exit-code`, it was not
 * allowed, or with `--rerun` comes out otherwise; 2: no decision id; 3: not found, ambiguous, or nobody could be asked.
 */
export async function explainDecision(id: string, options: ExplainOptions, context: CliContext): Promise<ExitCode> {
  const { output, ports } = context;
  const wanted = parseDecisionIdRange(id);
  if (wanted === undefined) {
    output.stderr(
      'A decision id is dec_ and 26 letters and digits, as the page and the header Postern-Decision-Id show it; the first six or more will do.\n',
    );
    return 2;
  }
  const found = await findRecord(wanted, options, context);
  if (found === undefined) return 3;
  const today = options.rerun ? await loadForCommand(options.config, context) : await loadQuietly(options, context);
  if (typeof today === 'number') return today;
  const decoded = factsOfRecord(found.event);
  if (decoded.outcome !== 'decision') return printOther(found, options, context);
  const recorded = decoded.decision;
  const explanation = explainRecord(found.event, recorded, today, ports.now());
  const rerun = options.rerun && today !== undefined ? decideToday(recorded, explanation, today) : undefined;
  if (options.format === 'json')
    output.stdout(`${JSON.stringify(describeExplanation(found, explanation, today, rerun), null, 2)}\n`);
  else {
    output.stdout(paintHeads(renderExplanation(explanation, { running: found.running, today }), output.color));
    if (rerun !== undefined) output.stdout(`\n${renderRerun(rerun, explanation)}`);
  }
  if (!options.exitCode) return 0;
  const isBad = rerun === undefined ? recorded.outcome !== 'allow' : rerun.outcome !== 'decided' || rerun.differs;
  return isBad ? 1 : 0;
}

/** The file is of use also to say where a rule is now, and is not needed for more. */
async function loadQuietly({ config }: ExplainOptions, { ports, output }: CliContext): Promise<Snapshot | undefined> {
  const loaded = await loadConfiguration(config, ports);
  if (loaded.outcome === 'loaded') return loaded.snapshot;
  const what = loaded.isUnreadable ? 'cannot be read' : 'has errors';
  output.stderr(`${config} ${what}: where the rules are now is not told.\n`);
  return undefined;
}

function printOther(found: Found, { format, exitCode }: ExplainOptions, { output }: CliContext): ExitCode {
  if (format === 'json') {
    const { sequence, event } = found;
    output.stdout(`${JSON.stringify({ sequence: sequence ?? null, event }, null, 2)}\n`);
  } else output.stdout(paintHeads(renderEvent(found.event), output.color));
  return exitCode && isRefused(found.event) ? 1 : 0;
}

function isRefused({ type, result }: RecordedEvent['event']): boolean {
  return type === 'refusal' || result === 'failure';
}

import { resolve } from 'node:path';
import { type AdminClient, type AdminClientOptions, describeAdminFailure, openAdminClient } from './admin-client.ts';
import type { CliContext, ExitCode } from './commands.ts';
import {
  type AnsweredProblem,
  type AnsweredShadow,
  type AnsweredStage,
  type ReloadAnswer,
  reloadAnswer,
} from './reload-answers.ts';
import { cleanText } from './table.ts';

export interface ReloadCommandOptions extends AdminClientOptions {
  readonly format: 'text' | 'json';
  readonly checkOnly: boolean;
  readonly yes: boolean;
  readonly allowLockout: boolean;
  readonly to?: string | undefined;
  /** A file to compare with, or `off`. */
  readonly shadow?: string | undefined;
}

/**
 * `postern reload`: asks the running server what its file would change, shows it, and applies exactly that.
 * 0: applied, or nothing to do. 1: refused, or the answer was no. 2: nobody can be asked. 3: no server.
 */
export async function reloadServer(options: ReloadCommandOptions, context: CliContext): Promise<ExitCode> {
  const { output } = context;
  const client = await openAdminClient(options, context);
  if (typeof client === 'string') {
    output.stderr(`${client}\n`);
    return 3;
  }
  if (options.shadow !== undefined) {
    const shadow = options.shadow === 'off' ? 'off' : resolve(options.shadow);
    return finish(await ask(client, { shadow }, context), options, context);
  }
  const wish = { allow_lockout: options.allowLockout, ...(options.to === undefined ? {} : { to: options.to }) };
  const plan = await ask(client, { ...wish, check_only: true }, context);
  if (plan?.outcome !== 'checked_only' || options.checkOnly) return finish(plan, options, context);
  if (options.format === 'text') showPlan(plan, context);
  if (!options.yes) {
    if (context.confirm === undefined) {
      output.stderr('Nobody can be asked here, so nothing was applied. Apply without asking: postern reload --yes\n');
      return 2;
    }
    if (!(await context.confirm('Apply? [y/N] '))) {
      output.stderr('Nothing was applied.\n');
      return 1;
    }
  }
  return finish(await ask(client, { ...wish, expect: plan.hash }, context), options, context);
}

/** The answer as it was meant; `undefined` when there was none, and why is on stderr. */
async function ask(client: AdminClient, body: object, { output }: CliContext): Promise<ReloadAnswer | undefined> {
  const answer = await client.call('POST', '/api/v1/reload', body);
  if (answer.outcome === 'answered') {
    const parsed = reloadAnswer.safeParse(answer.body);
    if (parsed.success) return parsed.data;
  }
  output.stderr(`${describeAdminFailure(client, answer)}\n`);
  return undefined;
}

function finish(answer: ReloadAnswer | undefined, options: ReloadCommandOptions, context: CliContext): ExitCode {
  if (answer === undefined) return 3;
  if (options.format === 'json') context.output.stdout(`${JSON.stringify(answer, null, 2)}\n`);
  else showAnswer(answer, context);
  return answer.outcome === 'refused' ? 1 : 0;
}

function showAnswer(answer: ReloadAnswer, context: CliContext): void {
  const { stdout, stderr } = context.output;
  switch (answer.outcome) {
    case 'applied': {
      const seconds = (answer.took_ms / 1000).toFixed(1);
      stdout(
        `running  ${answer.config} (was ${answer.was_config}) in ${seconds} s.  Undo: postern reload --to ${answer.was_config}\n`,
      );
      return;
    }
    case 'checked_only':
      showPlan(answer, context);
      stderr(`Would run ${answer.config} in place of ${answer.was_config}. Nothing was applied.\n`);
      return;
    case 'unchanged':
      stdout(`running  ${answer.config} already: nothing has changed.\n`);
      return;
    case 'shadow_on':
      stdout(
        `shadow   ${answer.shadow.config} decides beside the running configuration, without effect. End it: postern reload --shadow off\n`,
      );
      return;
    case 'shadow_off':
      stdout(`shadow   off${answer.shadow === null ? '' : `; ${describeShadow(answer.shadow)}`}\n`);
      return;
    case 'refused':
      for (const one of answer.problems) stdout(`${describeProblem(one)}\n`);
      showStages(answer.stages, context);
      stderr(`${cleanText(answer.detail)}\nNothing was applied: what ran goes on running.\n`);
      return;
  }
}

function showPlan(plan: Extract<ReloadAnswer, { outcome: 'checked_only' }>, context: CliContext): void {
  for (const warning of plan.warnings) context.output.stderr(`${describeProblem(warning)}\n`);
  showStages(plan.stages, context);
}

/** The name of a check before its first line, and the others below it. */
function showStages(stages: readonly AnsweredStage[], { output }: CliContext): void {
  for (const { name, lines } of stages) {
    for (const [index, line] of lines.entries()) {
      output.stdout(`${(index === 0 ? name : '').padEnd(8)} ${cleanText(line)}\n`);
    }
  }
}

export function describeProblem({ file, line, column, severity, code, message, help }: AnsweredProblem): string {
  const words = help === undefined ? '' : `; ${help}`;
  return cleanText(`${file}:${line}:${column}: ${severity}[${code}]: ${message}${words}`);
}

export function describeShadow(shadow: AnsweredShadow): string {
  const counts = [
    `${shadow.newly_denied} newly denied`,
    `${shadow.newly_allowed} newly allowed`,
    `${shadow.newly_step_up} newly step-up`,
    `${shadow.not_comparable} not comparable`,
  ];
  return `${shadow.config} was compared on ${shadow.compared} requests: ${counts.join(', ')}`;
}

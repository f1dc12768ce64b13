import { resolve } from 'node:path';
import { Option } from 'commander';
import { type AdminCommand, type AdminOptions, type Asked, printJson } from './admin-command.ts';
import type { CliContext, ExitCode } from './commands.ts';
import {
  type AnsweredProblem,
  type AnsweredShadow,
  type AnsweredStage,
  type ReloadAnswer,
  reloadAnswer,
} from './reload-answers.ts';
import { cleanText } from './table.ts';

interface ReloadOptions extends AdminOptions {
  readonly checkOnly: boolean;
  readonly yes: boolean;
  readonly allowLockout: boolean;
  readonly to?: string;
  /** A file to compare with, or `off`. */
  readonly shadow?: string;
}

/** `postern reload`. */
export const reload: AdminCommand<ReloadOptions> = {
  name: 'reload',
  summary: 'take up the changed configuration, after showing what it changes',
  options: [
    new Option('--check-only', 'show what would happen and change nothing').default(false),
    new Option('-y, --yes', 'do not ask').default(false),
    new Option('--allow-lockout', 'go on although break-glass accounts would be locked out').default(false),
    new Option('--to <hash>', 'go back to a configuration of the history'),
    new Option(
      '--shadow <file>',
      'decide with a second file too, without effect, and count the differences; off ends it',
    ).conflicts(['checkOnly', 'yes', 'allowLockout', 'to']),
  ],
  exitCodes: '0 applied or nothing to do, 1 refused or not wanted, 2 nobody could be asked, 3 no server answers.',
  example: 'postern reload --yes',
  act: reloadServer,
};

/** Asks the running server what its file would change, shows it, and applies exactly that. */
async function reloadServer(asked: Asked<ReloadOptions>): Promise<ExitCode> {
  const { options, context } = asked;
  const { output } = context;
  if (options.shadow !== undefined) {
    const shadow = options.shadow === 'off' ? 'off' : resolve(options.shadow);
    return finish(await ask({ shadow }, asked), asked);
  }
  const wish = { allow_lockout: options.allowLockout, ...(options.to === undefined ? {} : { to: options.to }) };
  const plan = await ask({ ...wish, check_only: true }, asked);
  if (plan?.outcome !== 'checked_only' || options.checkOnly) return finish(plan, asked);
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
  return finish(await ask({ ...wish, expect: plan.hash }, asked), asked);
}

/** The answer as it was meant; `undefined` when there was none, and why is on stderr. */
async function ask(body: object, { server, context }: Asked<ReloadOptions>): Promise<ReloadAnswer | undefined> {
  const path = '/api/v1/reload';
  const reply = await server.ask({ method: 'POST', path, body, answer: reloadAnswer, isAnyStatus: true });
  if (reply.outcome === 'answered') return reply.answer;
  context.output.stderr(`${reply.why}\n`);
  return undefined;
}

function finish(answer: ReloadAnswer | undefined, { options, context }: Asked<ReloadOptions>): ExitCode {
  if (answer === undefined) return 3;
  if (options.format === 'json') printJson(answer, context);
  else showAnswer(answer, context);
  return answer.outcome === 'refused' ? 1 : 0;
}

function showAnswer(answer: ReloadAnswer, context: CliContext): void {
  const { stdout, stderr } = context.output;
  switch (answer.outcome) {
    case 'applied': {
      const everywhere = (answer.workers ?? 1) > 1 ? `, in ${answer.workers} workers` : '';
      const seconds = (answer.took_ms / 1000).toFixed(1);
      stdout(
        `running  ${answer.config} (was ${answer.was_config}) in ${seconds} s${everywhere}.  Undo: postern reload --to ${answer.was_config}\n`,
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
      stderr(
        `${cleanText(withoutShown(answer.detail, answer.stages))}\nNothing was applied: what ran goes on running.\n`,
      );
      return;
  }
}

/** The reason of a refusal, less what a check has said above it already. */
function withoutShown(detail: string, stages: readonly AnsweredStage[]): string {
  const shown = stages.flatMap(({ lines }) => lines).find((line) => line !== '' && detail.endsWith(`: ${line}`));
  return shown === undefined ? detail : `${detail.slice(0, -shown.length - 2)}.`;
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

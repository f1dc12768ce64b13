import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext, MakeCommand } from './commands.ts';
import type { RolloutOptions } from './write-rollout.ts';

/** `rollout set`: writes a percentage into the file, which stays the only truth. */
export function addRolloutCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  const rollout = command(program, 'rollout', 'stage rules: let them act on a part of the people');
  command(rollout, 'set', 'write the percentage of a rule into the file')
    .argument('<rule>', 'ROUTE/RULE, for example payroll/no-contractors')
    .requiredOption('--percent <n>', '0 to 100: how many of a hundred buckets the rule acts on', readPercent)
    .option('-c, --config <file>', 'the configuration', 'postern.yaml')
    .option('--yes', 'write without asking', false)
    .addHelpText(
      'after',
      '\nThe file is written; a running Postern takes it up by itself. Raising the number only adds people.\nExit codes: 0 written, 1 the result has errors or fails a test, or no, 2 wrong usage, 3 the file cannot be used.\nExample:\n  postern rollout set payroll/no-contractors --percent 25',
    )
    .action(async (rule: string, options: RolloutOptions) => {
      const { writeRollout } = await import('./write-rollout.ts');
      exit(await writeRollout(rule, options, context));
    });
}

function readPercent(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 100) throw new InvalidArgumentError('It is a whole number, 0 to 100.');
  return Number(text);
}

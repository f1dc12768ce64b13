import { type Command, Option } from 'commander';
import { withServerOptions } from './admin-command.ts';
import type { CliContext, MakeCommand } from './commands.ts';
import type { ExplainOptions } from './explain/explain-command.ts';

/** `explain`: a decision that was made, and why. */
export function addExplainCommand(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  withServerOptions(command(program, 'explain', 'tell how a recorded decision came about'))
    .argument('<decision>', 'its id, dec_…; the beginning of it will do')
    .option('--audit <folder>', 'read this folder of the trail, without a server')
    .option('--offline', 'read the folder that the file names, without a server', false)
    .option('--rerun', 'also decide the same facts with the file as it is now', false)
    .option('--exit-code', 'exit with 1 unless it was allowed; with --rerun, if the answer is another one now', false)
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nExit codes: 0 explained, 1 as --exit-code says or the file has errors, 2 no decision id, 3 not found, several, or nobody could be asked.\nExample:\n  postern explain dec_01JX3V8K --rerun',
    )
    .action(async (id: string, options: ExplainOptions) => {
      const { explainDecision } = await import('./explain/explain-command.ts');
      exit(await explainDecision(id, options, context));
    });
}

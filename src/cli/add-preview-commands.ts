import { type Command, Option } from 'commander';
import type { MakeCommand } from './add-access-commands.ts';
import type { CliContext } from './commands.ts';
import { type DiffOptions, diffFiles } from './diff-command.ts';

/** `diff` and `simulate`: what another configuration would change. */
export function addPreviewCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  command(program, 'diff', 'show what differs in meaning between two configurations')
    .argument('<old>', 'the one that runs')
    .argument('<new>', 'the one that shall run')
    .option('--people', 'also who gains and who loses, of the people whom the running server knows', false)
    .option('-c, --config <file>', 'with --people: the configuration that the server runs with; default: <old>')
    .option('--admin <url>', 'with --people: where its admin listener is, if not where that file says')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'github']).default('text'))
    .addHelpText(
      'after',
      '\nExit codes: 0 the same, 1 different, 3 a file has errors or cannot be read, or no server answers.\nExample:\n  postern diff --people postern.yaml new.yaml',
    )
    .action(async (old: string, next: string, options: DiffOptions) =>
      exit(await diffFiles(old, next, options, context)),
    );
}

import { type Command, Option } from 'commander';
import type { CliContext, MakeCommand } from './commands.ts';
import type { DiffOptions } from './diff-command.ts';
import type { SimulateOptions } from './simulate-command.ts';

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
    .option('--trail <duration>', 'also what the recorded decisions of so long come to, for example 7d')
    .option('--audit <folder>', 'with --trail: the folder of the trail; default: that of <old>')
    .option('-c, --config <file>', 'with --people: the configuration that the server runs with; default: <old>')
    .option('--admin <url>', 'with --people: where its admin listener is, if not where that file says')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'github']).default('text'))
    .addHelpText(
      'after',
      '\nExit codes: 0 the same, 1 different, 2 wrong usage, 3 a file or the trail has errors or cannot be read, or no server answers.\nExample:\n  postern diff --people postern.yaml new.yaml',
    )
    .action(async (old: string, next: string, options: DiffOptions) => {
      const { diffFiles } = await import('./diff-command.ts');
      exit(await diffFiles(old, next, options, context));
    });

  command(program, 'simulate', 'replay recorded decisions under another configuration and show what differs')
    .requiredOption('--since <duration>', 'how far back, for example 7d')
    .option('--config <file>', 'the configuration to try; default: the running file, against what was recorded')
    .option('--running <file>', 'the configuration that runs; default: postern.yaml')
    .option(
      '--audit <folder>',
      "the folder of the trail; default: the running file's. Without --running it is compared with what was recorded",
    )
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing differs, 1 something does, 2 wrong usage, 3 a file has errors or cannot be read.\nExample:\n  postern simulate --since 7d --config new.yaml',
    )
    .action(async (options: SimulateOptions) => {
      const { simulate } = await import('./simulate-command.ts');
      exit(await simulate(options, context));
    });
}

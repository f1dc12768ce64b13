import { type Command, Option } from 'commander';
import type { CliContext, ExitCode } from './commands.ts';

/** Adds `postern fmt`. */
export function registerFmt(command: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  command
    .argument('[file...]', 'the configurations, or - for standard input; postern.yaml where none is named')
    .addOption(new Option('-w, --write', 'write the files').conflicts(['check', 'diff']))
    .addOption(new Option('--check', 'only say which files are not formatted').conflicts(['write', 'diff']))
    .addOption(new Option('--diff', 'print what would change, as a unified diff').conflicts(['write', 'check']))
    .addHelpText(
      'after',
      '\nWithout an option the formatted text is printed. Comments stay; a text that would come to mean\nsomething else is refused.\n\nExit codes: 0 formatted, 1 not formatted or not YAML, 2 wrong usage, 3 a file cannot be read or written.',
    )
    .action(async (named: readonly string[], options: { write?: true; check?: true; diff?: true }) => {
      const files = named.length === 0 ? ['postern.yaml'] : named;
      const mode = options.write ? 'write' : options.check ? 'check' : options.diff ? 'diff' : 'print';
      if ((mode === 'print' && files.length > 1) || (mode === 'write' && files.includes('-'))) {
        context.output.stderr(
          mode === 'print'
            ? 'Several files are not printed one after the other: add --write, --check or --diff.\n'
            : 'Standard input cannot be written: leave out --write, and the result is printed.\n',
        );
        exit(2);
        return;
      }
      const { formatFile } = await import('./format-file.ts');
      let worst: ExitCode = 0;
      for (const file of files) {
        const code = await formatFile(file, mode, context);
        if (code > worst) worst = code;
      }
      if (mode === 'check' && worst === 1) context.output.stderr('To format them: postern fmt --write FILE\n');
      exit(worst);
    });
}

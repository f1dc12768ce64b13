import { type Command, Option } from 'commander';
import { formatYaml } from '../config/format/format-yaml.ts';
import { renderProblems } from '../config/render-problems.ts';
import { maxConfigurationBytes } from '../config/source/decode-text.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { readToEdit, unifiedDiff, writeEdited } from './edited-file.ts';
import { readStandardInput } from './standard-input.ts';

type Mode = 'print' | 'write' | 'check' | 'diff';

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
      let worst: ExitCode = 0;
      for (const file of files) {
        const code = await formatFile(file, mode, context);
        if (code > worst) worst = code;
      }
      if (mode === 'check' && worst === 1) context.output.stderr('To format them: postern fmt --write FILE\n');
      exit(worst);
    });
}

async function formatFile(file: string, mode: Mode, context: CliContext): Promise<ExitCode> {
  const { output, ports } = context;
  const name = file === '-' ? '<stdin>' : file;
  const read = () =>
    file === '-' ? readStandardInput(maxConfigurationBytes) : ports.readFile(file, maxConfigurationBytes);
  const before = await readToEdit(name, context, read);
  if (before === undefined) return 3;
  const result = formatYaml(name, before);
  if (result.outcome === 'refused') {
    output.stderr(`${renderProblems(result.problems, { color: output.stderrColor === true })}\n`);
    return 1;
  }
  const { text } = result;
  switch (mode) {
    case 'print':
      output.stdout(text);
      return 0;
    case 'check':
      if (text === before) return 0;
      output.stdout(`${name}:${firstDifference(before, text)}: not formatted\n`);
      return 1;
    case 'diff':
      if (text === before) return 0;
      output.stdout(unifiedDiff(file === '-' ? 'stdin' : file, before, text));
      return 1;
    case 'write':
      if (text === before) return 0;
      return writeEdited(
        { file, before, now: await readToEdit(name, context), text, done: `formatted ${file}` },
        context,
      );
  }
}

function firstDifference(before: string, after: string): number {
  const lines = after.split('\n');
  const at = before.split('\n').findIndex((line, index) => line !== lines[index]);
  return at === -1 ? lines.length : at + 1;
}

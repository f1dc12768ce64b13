import { type Command, Option } from 'commander';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { formatYaml } from '../config/format/format-yaml.ts';
import { renderProblems } from '../config/render-problems.ts';
import { decodeText, maxConfigurationBytes } from '../config/source/decode-text.ts';
import { isReadFailure, readFailure } from '../config/source/read-bounded-file.ts';
import { replaceFile } from '../config/source/replace-file.ts';
import type { CliContext, ExitCode } from './commands.ts';
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
  const { output } = context;
  const name = file === '-' ? '<stdin>' : file;
  const before = await readText(file, name, context);
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
      return text === before ? 0 : write(file, before, text, context);
  }
}

async function readText(file: string, name: string, { ports, output }: CliContext): Promise<string | undefined> {
  try {
    const bytes =
      file === '-' ? await readStandardInput(maxConfigurationBytes) : await ports.readFile(file, maxConfigurationBytes);
    const decoded = decodeText(bytes);
    // The mark at the start is lost in decoding; without it a file that has one would seem formatted.
    if (decoded.outcome === 'text') return hasByteOrderMark(bytes) ? `\ufeff${decoded.text}` : decoded.text;
    output.stderr(`${name} ${decoded.why}; ${decoded.help}.\n`);
  } catch (thrown) {
    output.stderr(`${name} cannot be read: ${readFailure(thrown)}.\n`);
  }
  return undefined;
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

async function write(file: string, before: string, text: string, context: CliContext): Promise<ExitCode> {
  const { output } = context;
  // Somebody may have saved it meanwhile: their work is not written over.
  if ((await readText(file, file, context)) !== before) {
    output.stderr(`${file} was changed while it was formatted; run the command again.\n`);
    return 3;
  }
  try {
    await replaceFile(file, text);
  } catch (thrown) {
    if (!isReadFailure(thrown)) throw thrown;
    output.stderr(`${file} cannot be written: ${readFailure(thrown)}.\n`);
    return 3;
  }
  output.stderr(`formatted ${file}\n`);
  return 0;
}

function firstDifference(before: string, after: string): number {
  const lines = after.split('\n');
  const at = before.split('\n').findIndex((line, index) => line !== lines[index]);
  return at === -1 ? lines.length : at + 1;
}

/** A patch that `patch -p1` and `git apply` take. */
function unifiedDiff(file: string, before: string, after: string): string {
  const name = file.replace(/^\/+/, '');
  return createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}

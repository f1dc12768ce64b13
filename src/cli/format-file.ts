import { formatYaml } from '../config/format/format-yaml.ts';
import { renderProblems } from '../config/render-problems.ts';
import { maxConfigurationBytes } from '../config/source/decode-text.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { readToEdit, unifiedDiff, writeEdited } from './edited-file.ts';
import { readStandardInput } from './standard-input.ts';

/** `check` says whether a file is formatted, `diff` what would change. */
type Mode = 'print' | 'write' | 'check' | 'diff';

/** Formats one file, or standard input for `-`. 1: not formatted, or not YAML; 3: it cannot be read or written. */
export async function formatFile(file: string, mode: Mode, context: CliContext): Promise<ExitCode> {
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

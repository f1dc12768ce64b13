import { type Command, InvalidArgumentError, Option } from 'commander';
import type { MakeCommand } from './add-access-commands.ts';
import type { CliContext } from './commands.ts';
import { testFiles } from './test-command.ts';

const defaultFile = 'postern.yaml';

/** `test`: what is decided about requests that nobody has made. */
export function addTryoutCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  command(program, 'test', 'run the tests that stand in configurations')
    .argument('[file...]', `the configurations; ${defaultFile} where none is named`)
    .option('--run <regex>', 'only tests whose name matches', readPattern)
    .option('--coverage', 'also name the rules that no test exercises', false)
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'github']).default('text'))
    .addHelpText('after', '\nExit codes: 0 all passed, 1 a test failed or a file has errors, 3 a file cannot be read.')
    .action(
      async (
        files: readonly string[],
        options: { readonly run?: RegExp; readonly coverage: boolean; readonly format: 'text' | 'json' | 'github' },
      ) => exit(await testFiles(files.length === 0 ? [defaultFile] : files, options, context)),
    );
}

function readPattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new InvalidArgumentError('It is not a regular expression.');
  }
}

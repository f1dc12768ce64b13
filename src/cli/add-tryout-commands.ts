import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CliContext, MakeCommand } from './commands.ts';
import type { TestOptions } from './test-command.ts';
import type { WhatIfOptions } from './whatif-command.ts';

const defaultFile = 'postern.yaml';

/** `test`, `whatif` and `can`: what is decided about requests that nobody has made. */
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
    .action(async (files: readonly string[], options: TestOptions) => {
      const { testFiles } = await import('./test-command.ts');
      exit(await testFiles(files.length === 0 ? [defaultFile] : files, options, context));
    });

  addQuestion(command(program, 'whatif', 'decide a request that nobody has made, from the file'))
    .option('--against <file>', 'also decide it with another configuration')
    .addOption(
      new Option(
        '--save-test [file]',
        'keep question and answer as a test: in the configuration, or in a *.postern-test.yaml file beside it',
      ).conflicts('against'),
    )
    .option('--exit-code', 'exit with 1 unless it is allowed', false)
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'github']).default('text'))
    .addHelpText(
      'after',
      '\nExit codes: 0 decided, 1 the file has errors (or not allowed, with --exit-code, or not saved), 2 flags that cannot be, 3 no such file.\nExample:\n  postern whatif --user ada@corp.example --groups finance --app payroll --posture managed-laptop=pass --auth passkey,5m',
    )
    .action(async (options: WhatIfOptions) => {
      const { printWhatIf } = await import('./whatif-command.ts');
      exit(await printWhatIf(options, context));
    });

  addQuestion(command(program, 'can', 'say yes, no or what it depends on, to a request that nobody has made'))
    .addHelpText(
      'after',
      '\nExit codes: 0 yes, 1 no, or not certain, 2 flags that cannot be, 3 the file cannot be used.',
    )
    .action(async (options: WhatIfOptions) => {
      const { printCan } = await import('./whatif-command.ts');
      exit(await printCan(options, context));
    });
}

function addQuestion(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the configuration', defaultFile)
    .option('--app <name>', 'the route')
    .option('--path <path>', "the path; the route's own where none is given")
    .option('--url <url>', 'in place of --app and --path')
    .option('--method <method>', 'the request method', 'GET')
    .option('--service <id>', 'the service that asks, in place of a person')
    .option('--user <address>', 'the address of the person, verified')
    .option('--groups <names>', 'every group of the person, with commas between')
    .option('--claim <name=value>', 'a claim of the person; can be repeated', collect)
    .option('--posture <name=state>', 'NAME=pass or NAME=fail:CHECK; can be repeated', collect)
    .option(
      '--auth <method,age>',
      'what was proved, and when: passkey,5m; without an age just now; can be repeated',
      collect,
    )
    .option('--risk <score>', 'the risk score, 0 to 100')
    .option('--network <name>', 'the named network of the request')
    .option('--ip <address>', 'the address of the request')
    .option('--now <time>', 'the time of the request, with its zone')
    .option('--provider <id>', 'the identity provider, where there are several');
}

function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

function readPattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new InvalidArgumentError('It is not a regular expression.');
  }
}

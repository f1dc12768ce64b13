import { Command, CommanderError, Option } from 'commander';
import { commandGroups, headingOf } from './command-groups.ts';
import type { CliContext } from './commands.ts';
import { registerCompletion } from './completion-command.ts';
import { withoutColor } from './paint.ts';
import type { ValidateFormat } from './validate-command.ts';

const defaultFile = 'postern.yaml';

interface ValidateFlags {
  readonly format: ValidateFormat;
  readonly online?: true;
  readonly draft?: true;
}

/** Runs the command line and answers the exit code. Never exits by itself, never throws on what a person typed. */
export async function runProgram(args: readonly string[], given: CliContext): Promise<number> {
  let exitCode = 0;
  const context = args.includes('--no-color') ? { ...given, output: withoutColor(given.output) } : given;
  const program = await buildProgram(args, context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    throw thrown;
  }
}

/** The groups to load for these words: that of the command that is asked for, or all, for help and for typing errors. */
function groupsFor(args: readonly string[]) {
  const name = args.find((word) => !word.startsWith('-')) ?? '';
  if (name === '' && args.some((word) => word === '--version' || word === '-V')) return [];
  const asked = commandGroups.filter(({ names }) => names.includes(name));
  return asked.length > 0 ? asked : ownCommands.has(name) ? [] : commandGroups;
}

/** The commands of this file that need to know no other. */
const ownCommands: ReadonlySet<string> = new Set(['run', 'validate', 'check', 'schema', 'version']);

async function buildProgram(
  args: readonly string[],
  context: CliContext,
  exit: (code: number) => void,
): Promise<Command> {
  const { output } = context;
  const program = new Command('postern');
  const command = (parent: Command, name: string, summary: string) =>
    inherit(parent.command(name).summary(summary).description(summary), context);

  inherit(program, context)
    .description('Postern, an identity-aware reverse proxy.')
    .helpCommand(false)
    .option('--no-color', 'print without colours, as NO_COLOR does')
    .version(context.version, '-V, --version', 'print the version')
    .addHelpText(
      'after',
      `\nFiles: ${defaultFile} where none is named.\nMore:  postern help P001, postern help codes, postern help exit-codes`,
    )
    .showSuggestionAfterError(true);

  command(program, 'run', 'serve with a configuration')
    .option('-c, --config <file>', 'the configuration', defaultFile)
    .addHelpText('after', '\nExample:\n  postern run -c /etc/postern/postern.yaml')
    .action(async (options: { readonly config: string }) => {
      const { runPostern } = await import('./run-command.ts');
      exit(await runPostern(options.config, context));
    });

  command(program, 'validate', 'check configurations without starting anything')
    .alias('check')
    .argument('[file...]', `the configurations; ${defaultFile} where none is named`)
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json', 'github']).default('text'))
    .addOption(
      new Option('--draft', 'resolve no references and open no files: for what somebody else proposes').conflicts(
        'online',
      ),
    )
    .option('--online', 'also ask providers for discovery and keys, and connect to upstreams')
    .addHelpText('after', '\nExit codes: 0 valid, 1 errors, 3 a file cannot be read.')
    .action(async (files: readonly string[], options: ValidateFlags) => {
      const settings = { format: options.format, isOnline: options.online === true, isDraft: options.draft === true };
      const { validateFiles } = await import('./validate-command.ts');
      exit(await validateFiles(files.length === 0 ? [defaultFile] : files, settings, context));
    });

  command(program, 'schema', 'print the JSON Schema of the configuration')
    .addOption(
      new Option('--format <format>', 'json for editors, markdown for people')
        .choices(['json', 'markdown'])
        .default('json'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  postern schema > postern.schema.json\n  and in the file: # yaml-language-server: $schema=./postern.schema.json',
    )
    .action(async (options: { readonly format: 'json' | 'markdown' }) => {
      const { jsonSchemaText } = await import('../config/json-schema.ts');
      const { describeConfiguration } = await import('../config/describe-keys.ts');
      output.stdout(options.format === 'json' ? jsonSchemaText() : describeConfiguration());
    });

  command(program, 'version', 'print the version').action(() =>
    output.stdout(`postern ${context.version} (node ${context.nodeVersion})\n`),
  );

  for (const group of groupsFor(args)) {
    const addCommands = await group.load();
    addCommands(command, program, context, exit);
  }

  registerCompletion(command(program, 'completion', 'print a completion script for a shell'), program, context);

  command(program, 'help', 'explain a command, a problem code, codes or exit-codes')
    .argument('[topic...]', 'for example validate, state rekey or P001')
    .addOption(
      new Option('--format <format>', 'of codes: markdown for a page').choices(['text', 'markdown']).default('text'),
    )
    .action(async (words: readonly string[], options: { readonly format: 'text' | 'markdown' }) => {
      const topic = words.join(' ');
      if (topic !== 'codes' || options.format !== 'markdown') return exit(await printHelp(words, program, context));
      const { describeProblems } = await import('../config/describe-problems.ts');
      output.stdout(describeProblems());
    });

  for (const one of program.commands) one.helpGroup(headingOf(one.name()));
  return program;
}

function inherit(command: Command, { output }: CliContext): Command {
  return command.exitOverride().configureOutput({
    writeOut: output.stdout,
    writeErr: output.stderr,
    getOutHasColors: () => output.color,
    getErrHasColors: () => false,
  });
}

/** The command of these words, such as `state rekey`; the program itself for none. */
function findCommand(words: readonly string[], program: Command): Command | undefined {
  return words.reduce<Command | undefined>(
    (parent, word) =>
      parent?.commands.find((candidate) => candidate.name() === word || candidate.aliases().includes(word)),
    program,
  );
}

async function printHelp(words: readonly string[], program: Command, { output }: CliContext): Promise<number> {
  const topic = words.join(' ');
  const command = findCommand(words, program);
  if (command !== undefined) {
    // With its exit codes and example, which the bare information leaves out.
    command.outputHelp();
    return 0;
  }
  const { closestTopic, helpTopic } = await import('./help-topic.ts');
  const text = helpTopic(topic);
  if (text !== undefined) {
    output.stdout(text);
    return 0;
  }
  const meant = closestTopic(
    topic,
    program.commands.map((candidate) => candidate.name()),
  );
  output.stderr(
    `There is no help about "${topic}".${meant === undefined ? ' Topics: the commands, codes, exit-codes.' : ` Did you mean ${meant}?`}\n`,
  );
  return 2;
}

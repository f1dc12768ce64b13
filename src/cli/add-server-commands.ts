import { type Command, Option } from 'commander';
import type { MakeCommand } from './add-access-commands.ts';
import type { CliContext } from './commands.ts';
import { type ReloadCommandOptions, reloadServer } from './reload-command.ts';
import { printRoutes, printStatus, type StatusOptions } from './status-command.ts';

/** `reload`, `status` and `routes`: the configuration of the running server. */
export function addServerCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  const ask = (name: string, summary: string) =>
    command(program, name, summary)
      .option('-c, --config <file>', 'the configuration that the server runs with', 'postern.yaml')
      .option('--admin <url>', 'where its admin listener is, if not where the file says')
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'));

  const shadow = new Option(
    '--shadow <file>',
    'decide with a second file too, without effect, and count the differences; off ends it',
  ).conflicts(['checkOnly', 'yes', 'allowLockout', 'to']);
  ask('reload', 'take up the changed configuration, after showing what it changes')
    .option('--check-only', 'show what would happen and change nothing', false)
    .option('-y, --yes', 'do not ask', false)
    .option('--allow-lockout', 'go on although break-glass accounts would be locked out', false)
    .option('--to <hash>', 'go back to a configuration of the history')
    .addOption(shadow)
    .addHelpText(
      'after',
      '\nExit codes: 0 applied or nothing to do, 1 refused or not wanted, 2 nobody could be asked, 3 no server answers.\nExample:\n  postern reload --yes',
    )
    .action(async (options: ReloadCommandOptions) => exit(await reloadServer(options, context)));

  ask('status', 'show which configuration runs, and how the last reload went')
    .addHelpText(
      'after',
      '\nExit codes: 0 all is well, 1 the last reload failed or it is not ready, 3 no server answers.',
    )
    .action(async (options: StatusOptions) => exit(await printStatus(options, context)));

  ask('routes', 'list the routes that the running server decides by').action(async (options: StatusOptions) =>
    exit(await printRoutes(options, context)),
  );
}

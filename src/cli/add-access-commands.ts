import { type Command, Option } from 'commander';
import { type AccessOptions, printAccess, printWhoCan } from './access-commands.ts';
import type { CliContext } from './commands.ts';

/** Makes a command under another one, with the manners of this command line. */
export type MakeCommand = (parent: Command, name: string, summary: string) => Command;

/** `who-can` and `access`: what people can open, as the running server knows them. */
export function addAccessCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  const ask = (name: string, summary: string) =>
    command(program, name, summary)
      .option('-c, --config <file>', 'the configuration that the server runs with', 'postern.yaml')
      .option('--admin <url>', 'where its admin listener is, if not where the file says')
      .option('--all', 'also what they have no access to', false)
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'));

  ask('who-can', 'list who of the people who have signed in can open an app')
    .argument('<app>', 'the name of its route')
    .addHelpText(
      'after',
      '\nExit codes: 0 listed, 3 no such app, or no server answers.\nExample:\n  postern who-can payroll',
    )
    .action(async (app: string, options: AccessOptions) => exit(await printWhoCan(app, options, context)));

  ask('access', 'list what a person can open')
    .argument('<user>', 'an e-mail address or a subject')
    .addHelpText(
      'after',
      '\nExit codes: 0 listed, 3 nobody known, or no server answers.\nExample:\n  postern access ada@corp.example',
    )
    .action(async (user: string, options: AccessOptions) => exit(await printAccess(user, options, context)));
}

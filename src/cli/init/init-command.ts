import { type Command, Option } from 'commander';
import type { CliContext, ExitCode } from '../commands.ts';
import type { InitOptions } from './init-folder.ts';
import { providerNames } from './provider-presets.ts';

/** Adds `postern init`. */
export function registerInit(command: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  command
    .argument('[folder]', 'where to write; made where it is not there', '.')
    .option('--domain <domain>', 'the domain of your apps; auth.DOMAIN becomes the sign-in host')
    .addOption(new Option('--provider <provider>', `the identity provider: ${providerNames.join(', ')}`))
    .option('--issuer <url>', 'its issuer, exactly as it writes it')
    .option('--client-id <id>', 'the client that is registered for Postern there')
    .option('--client-secret-file <file>', 'where its secret is, or - for standard input')
    .option('--app <name>', 'the first app; its host is NAME.DOMAIN')
    .option('--to <url>', 'where that app listens now')
    .option('--allow <who>', 'a group, @corp.example, addresses, or everyone; several with commas')
    .option('--break-glass <addresses>', 'whose access no change may take away')
    .option('--port <port>', 'the port to listen on; 8443 where it is not said')
    .option('--public-port <port>', 'the port that people type; 443 where it is not said, and --port for localhost')
    .option('--admin-port <port>', 'the port of the admin listener; 9443 where it is not said')
    .option('--certificate <file>', 'your certificate, with --key; without them one for development is made')
    .option('--key <file>', 'its private key')
    .option('-y, --yes', 'ask nothing')
    .option('--no-checks', 'connect to nothing: leave out what postern doctor looks at')
    .addHelpText(
      'after',
      '\nAsks for what no flag says. Writes all or nothing, and nothing over a file that is there.\n\nExample:\n  postern init ~/postern\n\nExit codes: 0 written, 1 it would not load, 2 a flag is wrong or missing, 3 it could not be written.',
    )
    .action(async (folder: string, options: InitOptions) => {
      const { initFolder } = await import('./init-folder.ts');
      exit(await initFolder(folder, options, context));
    });
}

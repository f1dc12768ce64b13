import type { Command } from 'commander';
import type { CliContext, MakeCommand } from '../commands.ts';
import type { Draft } from './draft.ts';
import type { Source } from './import-files.ts';

interface Product {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<(source: Source) => Draft>;
  readonly example: string;
}

const products: readonly Product[] = [
  {
    name: 'authelia',
    summary: 'of Authelia: its access control',
    load: async () => (await import('./authelia.ts')).readAuthelia,
    example: 'postern import authelia configuration.yml --out postern.yaml',
  },
  {
    name: 'pomerium',
    summary: 'of Pomerium: its YAML or JSON',
    load: async () => (await import('./pomerium.ts')).readPomerium,
    example: 'postern import pomerium config.yaml --out postern.yaml',
  },
  {
    name: 'oauth2-proxy',
    summary: 'of oauth2-proxy: its cfg, its alpha configuration, or a file of variables',
    load: async () => (await import('./oauth2-proxy.ts')).readOauth2Proxy,
    example: 'postern import oauth2-proxy oauth2-proxy.cfg --out postern.yaml',
  },
];

/** `import PRODUCT FILE…`: what another product's configuration comes to here. */
export function addImportCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  const group = command(program, 'import', "write the configuration that another product's comes to");
  for (const { name, summary, load, example } of products) {
    command(group, name, summary)
      .argument('<file...>', 'its configuration; of several files each adds to the ones before')
      .option('--out <file>', 'write the file, which must not be there yet; default: print it')
      .addHelpText(
        'after',
        `\nWhat could not be said is a comment at its place, and a count on stderr. Where it is not sure who may pass,\nnobody may. Secrets are not repeated.\n\nExit codes: 0 written, 1 the file cannot be read as one of ${name}, or has a value to mend, 2 wrong usage, 3 a file cannot be read or\nwritten.\nExample:\n  ${example}\n  postern validate --draft postern.yaml`,
      )
      .action(async (files: readonly string[], options: { readonly out?: string }) => {
        const { importFiles } = await import('./import-files.ts');
        exit(await importFiles(files, options.out, await load(), context));
      });
  }
}

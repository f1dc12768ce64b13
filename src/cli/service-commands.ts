import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import type { Command } from 'commander';
import { readBoundedFile, readFailure } from '../config/source/read-bounded-file.ts';
import type { CliContext, ExitCode, MakeCommand } from './commands.ts';
import { cleanText } from './table.ts';

const tokenBytes = 32;
const maxCertificateBytes = 64 * 1024;

/** `service token` and `service spki`: what stands under `services:`. */
export function addServiceCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  const service = command(program, 'service', 'make credentials of machines');
  command(service, 'token', 'make a bearer token, and the line that names it')
    .argument('[id]', 'the id of the service', 'exporter')
    .addHelpText(
      'after',
      '\nThe token is printed on stdout and kept nowhere; the line for the file, which opens nothing, on stderr.\nExample:\n  postern service token exporter > /run/secrets/exporter_token',
    )
    .action((id: string) => exit(printToken(id, context)));
  command(service, 'spki', "print the line that names a client certificate's key")
    .argument('<file>', 'the certificate, PEM or DER')
    .argument('[id]', 'the id of the service', 'backup')
    .addHelpText(
      'after',
      '\nExit codes: 0 printed, 3 no certificate can be read.\nExample:\n  postern service spki backup.crt',
    )
    .action(async (file: string, id: string) => exit(await printSpki(file, id, context)));
}

function printToken(id: string, { output }: CliContext): ExitCode {
  const token = `pst_${randomBytes(tokenBytes).toString('base64url')}`;
  output.stdout(`${token}\n`);
  const hash = createHash('sha256').update(token).digest('hex');
  output.stderr(
    `Give the token to the service; it is shown this once. Under services: in the file write\n  - { id: ${cleanText(id)}, token_hash: "sha256:${hash}" }\n`,
  );
  return 0;
}

async function printSpki(file: string, id: string, { output }: CliContext): Promise<ExitCode> {
  let bytes: Buffer;
  try {
    bytes = await readBoundedFile(file, maxCertificateBytes);
  } catch (thrown) {
    output.stderr(`${cleanText(file)} cannot be read: ${readFailure(thrown)}.\n`);
    return 3;
  }
  const hash = spkiHash(bytes);
  if (hash === undefined) {
    output.stderr(`${cleanText(file)} is not a certificate. Name the .crt or .pem file, not the key.\n`);
    return 3;
  }
  output.stdout(`- { id: ${cleanText(id)}, certificate_spki: "sha256:${hash}" }\n`);
  return 0;
}

function spkiHash(bytes: Buffer): string | undefined {
  try {
    const key = new X509Certificate(bytes).publicKey.export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(key).digest('hex');
  } catch {
    return undefined;
  }
}

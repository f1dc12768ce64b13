import { randomBytes } from 'node:crypto';
import { type Command, Option } from 'commander';
import { isReadFailure, readFailure } from '../config/source/read-bounded-file.ts';
import type { AuditVerifyOptions } from './audit-verify-command.ts';
import type { CliContext, ExitCode, MakeCommand } from './commands.ts';

/** `audit verify`, `audit head` and `audit rotate-key`. */
export function addAuditCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  const audit = command(program, 'audit', 'work with the audit trail');
  command(audit, 'verify', 'check that no line of the trail was changed, removed or added')
    .argument('<folder>', 'the folder of the trail')
    .option('-c, --config <file>', 'a configuration: also compares with the keys and heads in its state')
    .option('--key <thumbprint>', 'a key that is believed; can be repeated', collect)
    .option('--head <head>', 'what the trail had reached, as `audit head` printed it; can be repeated', collect)
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nExit codes: 0 intact, 1 broken, 2 no such head, 3 cannot be read.')
    .action(async (folder: string, options: AuditVerifyOptions) => {
      const { verifyAuditFolder } = await import('./audit-verify-command.ts');
      exit(await verifyAuditFolder(folder, options, context));
    });

  command(audit, 'head', 'print what the trail has reached, to be kept elsewhere')
    .argument('<folder>', 'the folder of the trail')
    .addHelpText(
      'after',
      '\nOne line for each chain that no other one names the end of. Exit codes: 0 printed, 1 the trail is broken, 3 cannot be read.\nExample:\n  postern audit head audit/ | logger -t postern-audit',
    )
    .action(async (folder: string) => exit(await printHeads(folder, context)));

  command(audit, 'rotate-key', 'make a new key for the signatures of the trail; the one of before signs for it')
    .option('-c, --config <file>', 'the configuration that Postern runs with', 'postern.yaml')
    .addHelpText('after', '\nExit codes: 0 done, 1 the configuration has errors, 3 it could not be done.')
    .action(async ({ config }: { readonly config: string }) => exit(await rotateKey(config, context)));
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

async function printHeads(folder: string, { output }: CliContext): Promise<ExitCode> {
  const { verifyAudit } = await import('../audit/verify-audit.ts');
  const { printHead } = await import('../audit/audit-head.ts');
  try {
    const { chains, breaks } = await verifyAudit(folder);
    const ended = new Set(chains.flatMap(({ successions }) => successions.map(({ chain }) => chain)));
    for (const { chain, lastSequence: sequence, lastRecordedAtMs: atMs, lastHash: hash } of chains)
      if (!ended.has(chain)) output.stdout(`${printHead({ chain, sequence, atMs, hash })}\n`);
    // A line that is just being written is no break of what stands before it.
    const isBroken = breaks.some(({ problem }) => problem !== 'torn_line');
    if (isBroken) output.stderr('The trail is broken: postern audit verify says where.\n');
    if (chains.length === 0) output.stderr(`There is no audit trail in ${folder}.\n`);
    return isBroken ? 1 : chains.length === 0 ? 3 : 0;
  } catch (thrown) {
    if (!isReadFailure(thrown)) throw thrown;
    output.stderr(`The audit folder ${folder} cannot be read: ${readFailure(thrown)}.\n`);
    return 3;
  }
}

async function rotateKey(config: string, context: CliContext): Promise<ExitCode> {
  const { loadForCommand } = await import('./run-command.ts');
  const snapshot = await loadForCommand(config, context);
  if (typeof snapshot === 'number') return snapshot;
  const { createSqliteStore } = await import('../state/sqlite-store.ts');
  const { replaceAuditKey } = await import('../audit/audit-key.ts');
  const store = await createSqliteStore({ ...snapshot.state, now: Date.now, randomBytes, isCleaning: false });
  try {
    const { from, to } = await replaceAuditKey(store, Date.now());
    context.output.stdout(
      `${to.kid} signs from now on, and ${from.kid} signed for it. Whoever runs takes it up within 10 s.\n`,
    );
    return 0;
  } finally {
    await store.close();
  }
}

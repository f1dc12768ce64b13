import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CliContext, ExitCode, MakeCommand } from '../commands.ts';
import { cleanText, countOf } from '../table.ts';

interface StateOptions {
  readonly config: string;
}

interface RestoreOptions extends StateOptions {
  readonly yes: boolean;
}

/** What judges a configuration is loaded by who needs one, not by the help. */
async function load(file: string, context: CliContext) {
  const { loadForCommand } = await import('../run-command.ts');
  return loadForCommand(file, context);
}

const exitCodes =
  '\nExit codes: 0 done, 1 the configuration has errors, 2 nobody could be asked, 3 it could not be done.';

/** `state rekey`, `state rotate-data-key`, `state backup` and `state restore`: the file that holds everything, and what opens it. */
export function addStateCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  const state = command(program, 'state', 'copy the state, put a copy back, change its keys');
  const make = (name: string, summary: string) =>
    command(state, name, summary).option(
      '-c, --config <file>',
      'the configuration that Postern runs with',
      'postern.yaml',
    );

  make('rekey', "wrap the state's data key with the first secret of state.key")
    .addHelpText('after', `${exitCodes}\nBefore it: state.key: [NEW, OLD] and a reload. After it: state.key: NEW.`)
    .action(async (options: StateOptions) => exit(await rekey(options, context)));

  make('rotate-data-key', 'seal every record anew with a new key, also while Postern runs')
    .addHelpText('after', `${exitCodes}\nBroken off at any point, it goes on where it was when it is called again.`)
    .action(async (options: StateOptions) => exit(await rotateKey(options, context)));

  make('backup', 'copy the state, also while Postern runs')
    .argument('<file>', 'the copy; nothing may be there')
    .addHelpText('after', `${exitCodes}\nExample:\n  postern state backup /backup/postern-$(date +%F).db`)
    .action(async (file: string, options: StateOptions) => exit(await backup(file, options, context)));

  make('restore', 'put a copy in the place of the state; everybody signs in again')
    .argument('<file>', 'what `postern state backup` made')
    .option('-y, --yes', 'do not ask', false)
    .addHelpText('after', `${exitCodes}\nPostern must be stopped. The state of before is kept beside.`)
    .action(async (file: string, options: RestoreOptions) => exit(await restore(file, options, context)));
}

async function rekey({ config }: StateOptions, context: CliContext): Promise<ExitCode> {
  const snapshot = await load(config, context);
  if (typeof snapshot === 'number') return snapshot;
  const { rekeyState } = await import('../../state/rekey-state.ts');
  const outcome = await rekeyState({ ...snapshot.state, randomBytes });
  const { path, key } = snapshot.state;
  const rest = [key].flat().length > 1 ? ' Take the old one out of state.key and reload.' : '';
  const said = {
    rekeyed: `rekeyed ${cleanText(path)}. Only the first secret opens it now.${rest} Copies of before still need the old one.`,
    unchanged: `nothing to do: the first secret opens ${cleanText(path)} already.${rest}`,
  };
  context.output.stdout(`${said[outcome]}\n`);
  return 0;
}

async function rotateKey({ config }: StateOptions, context: CliContext): Promise<ExitCode> {
  const { output } = context;
  const snapshot = await load(config, context);
  if (typeof snapshot === 'number') return snapshot;
  const { rotateDataKey } = await import('../../state/rotate-data-key.ts');
  const { wasBegun, resealed, unreadable } = await rotateDataKey({
    ...snapshot.state,
    onProgress: (records) => {
      if (output.isInteractive === true) output.stderr(`\r${countOf(records, 'record')}`);
    },
  });
  if (output.isInteractive === true) output.stderr('\n');
  const begun = wasBegun ? 'went on with the new key that there was' : 'made a new data key';
  const fate =
    unreadable === 0
      ? 'The one of before is gone from the file; copies of before still have it.'
      : `${countOf(unreadable, 'record')} are damaged: the key of before stays for them.`;
  output.stdout(`${begun}, sealed ${countOf(resealed, 'record')} with it. ${fate}\n`);
  return 0;
}

async function backup(file: string, { config }: StateOptions, context: CliContext): Promise<ExitCode> {
  const snapshot = await load(config, context);
  if (typeof snapshot === 'number') return snapshot;
  const { backupState } = await import('../../state/backup-state.ts');
  const { bytes } = await backupState({ ...snapshot.state, file: resolve(file), now: Date.now });
  context.output.stdout(
    `copied ${cleanText(snapshot.state.path)} to ${cleanText(file)} (${countOf(bytes, 'byte')}).\n`,
  );
  context.output.stderr('It opens with the secret that state.key holds now: keep that one as long as the copy.\n');
  return 0;
}

async function restore(file: string, { config, yes }: RestoreOptions, context: CliContext): Promise<ExitCode> {
  const { output, confirm } = context;
  const snapshot = await load(config, context);
  if (typeof snapshot === 'number') return snapshot;
  const { path } = snapshot.state;
  output.stderr(`${cleanText(file)} takes the place of ${cleanText(path)}. Everybody signs in again.\n`);
  if (!yes && confirm === undefined) {
    output.stderr('Nobody can be asked here: add --yes.\n');
    return 2;
  }
  if (!yes && (await confirm?.('Restore?')) !== true) return 1;
  const { restoreState } = await import('../../state/restore-state.ts');
  const { repeatRevocations } = await import('../../admin/repeat-revocations.ts');
  let repeated: Awaited<ReturnType<typeof repeatRevocations>> | undefined;
  const { madeAtMs, sessionsEnded, keptAs } = await restoreState({
    ...snapshot.state,
    file: resolve(file),
    now: Date.now,
    beforePlacing: async (copy, sinceMs) => {
      repeated = await repeatRevocations(copy, snapshot, sinceMs, Date.now);
    },
  });
  output.stdout(
    `restored ${cleanText(path)} as of ${new Date(madeAtMs).toISOString()}: ended ${countOf(sessionsEnded, 'session')}.\n`,
  );
  if (repeated !== undefined) {
    output.stdout(
      `since then: ${countOf(repeated.people, 'person', 'people')} whose access was ended must prove anew, ${countOf(repeated.locks, 'lock')} set again.\n`,
    );
    for (const one of repeated.leftToDo) output.stdout(`to do by hand: ${cleanText(one)}\n`);
  }
  if (keptAs !== undefined) output.stderr(`The state of before is kept as ${cleanText(keptAs)}.\n`);
  return 0;
}

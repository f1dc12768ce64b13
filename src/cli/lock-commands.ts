import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { parseDuration } from '../config/values/duration.ts';
import type { MakeCommand } from './add-access-commands.ts';
import { type AdminClientOptions, askServer, describeAdminFailure, openAdminClient } from './admin-client.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { keptIn, noteOnKept } from './kept-in.ts';
import { cleanText, countOf, renderTable } from './table.ts';

interface TargetOptions extends AdminClientOptions {
  readonly format: 'text' | 'json';
  readonly user?: string;
  readonly session?: string;
  readonly device?: string;
  readonly route?: string;
}

interface LockOptions extends TargetOptions {
  readonly reason: string;
  readonly message?: string;
  /** Milliseconds. */
  readonly for?: number;
}

const lock = z.looseObject({
  kind: z.string(),
  subject: z.string().optional(),
  session_id: z.string().optional(),
  device_id: z.string().optional(),
  route: z.string().optional(),
  reason: z.string(),
  set_by: z.string(),
  set_at: z.string(),
  expires_at: z.string().optional(),
});
const listed = z.looseObject({ locks: z.array(lock), total: z.number() });
const wasSet = z.looseObject({
  locked: z.array(z.string()),
  outcome: z.enum(['set', 'replaced']),
  expires_at: z.string().optional(),
  sessions_ended: z.number(),
  kept_in: keptIn,
  confirmed: z.looseObject({ workers: z.number(), streams_closed: z.number(), took_ms: z.number() }).optional(),
});
const wasLifted = z.looseObject({ unlocked: z.array(z.string()) });
const strange = 'The server answered in a form that this postern does not know. Use the version that it runs.\n';
const nothing = 'Nothing of this name is known or locked. See what is locked: postern locks';
const longestMs = 366 * 86_400_000;

/** `lock`, `unlock` and `locks`: access that is paused at once, and what is paused. */
export function addLockCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  const common = (made: Command) =>
    made
      .option('-c, --config <file>', 'the configuration that the server runs with', 'postern.yaml')
      .option('--admin <url>', 'where its admin listener is, if not where the file says')
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'));
  const ask = (name: string, summary: string) =>
    common(command(program, name, summary))
      .option('--user <user>', 'a person, by e-mail address or subject: their sessions end as well')
      .option('--session <id>', 'one session: ses_…')
      .option('--device <id>', 'a device, by the name in its certificate')
      .option('--route <name>', 'a route of the configuration, for everybody');

  ask('lock', 'pause access at once, for requests and for what is open')
    .requiredOption('--reason <text>', 'why, for administrators and the audit trail')
    .option('--message <text>', 'what the person reads')
    .option('--for <duration>', 'how long: 1s to 366d; without it until `postern unlock`', readDuration)
    .addHelpText(
      'after',
      "\nExit codes: 0 locked, 2 wrong words, 3 nobody known, or no server answers.\nExample:\n  postern lock --user kim@vendor.example --for 24h --reason 'laptop reported lost, INC-812' --message 'Call the helpdesk: 123.'",
    )
    .action(async (options: LockOptions) => exit(await setLock(options, context)));

  ask('unlock', 'lift a lock')
    .addHelpText(
      'after',
      '\nExit codes: 0 lifted, 2 wrong words, 3 nothing was locked, or no server answers.\nExample:\n  postern unlock --user kim@vendor.example',
    )
    .action(async (options: TargetOptions) => exit(await liftLock(options, context)));

  common(command(program, 'locks', 'list what is locked'))
    .addHelpText('after', '\nExit codes: 0 done, 3 no server answers.\nExample:\n  postern locks')
    .action(async (options: TargetOptions) => exit(await listLocks(options, context)));
}

function readDuration(text: string): number {
  const parsed = parseDuration(text, 1_000, longestMs);
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(`"${text}" ${parsed.says}${parsed.help === undefined ? '' : `: ${parsed.help}`}`);
}

/** The path of the one target that was named, or a sentence. */
function pathOf({ user, session, device, route }: TargetOptions): { readonly path: string } | string {
  const named = Object.entries({ person: user, session, device, route }).flatMap(([kind, which]) =>
    which === undefined ? [] : [`/api/v1/locks/${kind}/${encodeURIComponent(which)}`],
  );
  const [path] = named;
  if (path !== undefined && named.length === 1) return { path };
  return 'Name one of --user, --session, --device and --route.';
}

async function setLock(options: LockOptions, context: CliContext): Promise<ExitCode> {
  const { reason, message, for: ms } = options;
  const body = {
    reason,
    ...(message === undefined ? {} : { message }),
    ...(ms === undefined ? {} : { seconds: Math.ceil(ms / 1_000) }),
  };
  const answer = await call('PUT', options, body, wasSet, context);
  if (typeof answer === 'number') return answer;
  const { locked, outcome, expires_at, sessions_ended, confirmed, kept_in } = answer;
  const until = expires_at === undefined ? 'until postern unlock' : `until ${expires_at}`;
  const replaced = outcome === 'replaced' ? ' (in place of the lock before)' : '';
  const { stdout } = context.output;
  stdout(`locked ${locked.map(cleanText).join(', ')} ${until}${replaced}\n`);
  if (confirmed !== undefined) {
    const { workers, streams_closed, took_ms } = confirmed;
    const ended = sessions_ended === 0 ? '' : `ended ${countOf(sessions_ended, 'session')}, `;
    stdout(
      `${ended}closed ${countOf(streams_closed, 'stream')}, confirmed by ${countOf(workers, 'worker')} in ${took_ms.toFixed(1)} ms\n`,
    );
  }
  context.output.stderr(noteOnKept(kept_in));
  return 0;
}

async function liftLock(options: TargetOptions, context: CliContext): Promise<ExitCode> {
  const answer = await call('DELETE', options, undefined, wasLifted, context);
  if (typeof answer === 'number') return answer;
  context.output.stdout(`unlocked ${answer.unlocked.map(cleanText).join(', ')}. It acts on the next request.\n`);
  return 0;
}

async function listLocks(options: TargetOptions, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const body = await askServer(options, '/api/v1/locks', nothing, context);
  if (body === undefined) return 3;
  const parsed = listed.safeParse(body);
  if (!parsed.success) {
    stderr(strange);
    return 3;
  }
  if (options.format === 'json') {
    stdout(`${JSON.stringify(body, null, 2)}\n`);
    return 0;
  }
  const rows = parsed.data.locks.map((one) => [
    one.kind,
    one.subject ?? one.session_id ?? one.device_id ?? one.route ?? '',
    one.expires_at ?? 'lifted',
    one.set_by,
    one.set_at,
    one.reason,
  ]);
  if (rows.length > 0) stdout(renderTable([['KIND', 'WHICH', 'UNTIL', 'SET BY', 'SET AT', 'REASON'], ...rows]));
  stderr(`${countOf(parsed.data.total, 'lock')}.\n`);
  return 0;
}

/** Asks the server. An exit code: what went wrong was printed, or JSON was wanted and printed. */
async function call<Output>(
  method: 'PUT' | 'DELETE',
  options: TargetOptions,
  body: unknown,
  schema: z.ZodType<Output>,
  context: CliContext,
): Promise<Output | ExitCode> {
  const { stdout, stderr } = context.output;
  const where = pathOf(options);
  if (typeof where === 'string') {
    stderr(`${where}\n`);
    return 2;
  }
  const client = await openAdminClient(options, context);
  if (typeof client === 'string') {
    stderr(`${client}\n`);
    return 3;
  }
  const answer = await client.call(method, where.path, body);
  if (answer.outcome !== 'answered' || answer.status !== 200) {
    stderr(`${describeAdminFailure(client, answer)}\n`);
    return 3;
  }
  const parsed = schema.safeParse(answer.body);
  if (!parsed.success) {
    stderr(strange);
    return 3;
  }
  if (options.format === 'json') {
    stdout(`${JSON.stringify(answer.body, null, 2)}\n`);
    return 0;
  }
  return parsed.data;
}

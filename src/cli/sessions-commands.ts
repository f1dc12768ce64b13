import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { MakeCommand } from './add-access-commands.ts';
import { type AdminClientOptions, askServer, describeAdminFailure, openAdminClient } from './admin-client.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { type KeptIn, keptIn, noteOnKept, worstOfKept } from './kept-in.ts';
import { cleanText, countOf, renderTable } from './table.ts';

interface SessionsOptions extends AdminClientOptions {
  readonly format: 'text' | 'json';
}

interface ListOptions extends SessionsOptions {
  readonly user?: string;
}

interface EndOptions extends ListOptions {
  readonly reason: string;
  readonly yes?: true;
}

const session = z.looseObject({
  id: z.string(),
  subject: z.string(),
  email: z.string().optional(),
  signed_in_at: z.string(),
  last_seen_at: z.string().optional(),
  expires_at: z.string(),
  signed_in_from: z.looseObject({ address: z.string() }),
});
const listed = z.looseObject({ sessions: z.array(session), total: z.number(), next: z.string().optional() });
const ended = z.looseObject({
  confirmed: z
    .looseObject({
      workers: z.number(),
      workers_fenced: z.number().default(0),
      workers_killed: z.number(),
      streams_closed: z.number(),
      took_ms: z.number(),
    })
    .optional(),
  kept_in: keptIn,
});
const strange = 'The server answered in a form that this postern does not know. Use the version that it runs.\n';
const gone = 'No session has this id, or it has ended. See who is signed in: postern sessions list';

/** `sessions list`, `sessions show` and `sessions end`: who is signed in, and ending it. */
export function addSessionsCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  const sessions = command(program, 'sessions', 'list, show and end sessions');
  const ask = (name: string, summary: string) =>
    command(sessions, name, summary)
      .option('-c, --config <file>', 'the configuration that the server runs with', 'postern.yaml')
      .option('--admin <url>', 'where its admin listener is, if not where the file says')
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'));

  ask('list', 'list who is signed in')
    .option('--user <user>', 'only those of this e-mail address or subject')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 3 no server answers.\nExample:\n  postern sessions list --user ada@corp.example',
    )
    .action(async (options: ListOptions) => exit(await listSessions(options, context)));

  ask('show', 'show one session')
    .argument('<id>', 'ses_…, as sessions list prints it')
    .addHelpText('after', '\nExit codes: 0 done, 3 no such session, or no server answers.')
    .action(async (id: string, options: SessionsOptions) => exit(await showSession(id, options, context)));

  ask('end', 'end a session, or all of a person; answers when every worker has confirmed')
    .argument('[id]', 'ses_…; or give --user')
    .option('--user <user>', 'all sessions of this e-mail address or subject')
    .requiredOption('--reason <text>', 'why, for the audit trail')
    .option('-y, --yes', 'do not ask first')
    .addHelpText(
      'after',
      "\nExit codes: 0 ended, 1 you said no, or nothing to end, 2 wrong words, 3 no server answers, or one could not be ended.\nExample:\n  postern sessions end --user kim@vendor.example --reason 'laptop reported lost, INC-812'",
    )
    .action(async (id: string | undefined, options: EndOptions) => exit(await endSessions(id, options, context)));
}

type Listed = z.infer<typeof session>;

async function find(
  query: Readonly<Record<string, string | undefined>>,
  options: SessionsOptions,
  context: CliContext,
) {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const body = await askServer(options, `/api/v1/sessions?${new URLSearchParams(given)}`, gone, context);
  if (body === undefined) return undefined;
  const parsed = listed.safeParse(body);
  if (parsed.success) return parsed.data;
  context.output.stderr(strange);
  return undefined;
}

/** Page by page, each printed as it comes: neither side ever holds all of them. */
async function listSessions(options: ListOptions, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const isJson = options.format === 'json';
  let shown = 0;
  for (let after: string | undefined; ; ) {
    const page = await find({ user: options.user, after }, options, context);
    if (page === undefined) return 3;
    if (isJson) stdout(jsonOf(page.sessions, shown === 0));
    else if (page.sessions.length > 0)
      stdout(renderTable([...(shown === 0 ? [heading] : []), ...page.sessions.map(rowOf)]));
    shown += page.sessions.length;
    after = page.next;
    if (after !== undefined) continue;
    if (isJson) stdout(`${shown === 0 ? '' : '\n  '}],\n  "total": ${shown}\n}\n`);
    stderr(`${countOf(shown, 'session')}.\n`);
    return 0;
  }
}

const heading = ['ID', 'WHO', 'SIGNED IN', 'LAST SEEN', 'EXPIRES', 'FROM'];

function rowOf(one: Listed): string[] {
  return [one.id, whoIn(one), one.signed_in_at, one.last_seen_at ?? '-', one.expires_at, one.signed_in_from.address];
}

function jsonOf(sessions: readonly Listed[], isFirst: boolean): string {
  const items = sessions.map((one) => `\n    ${JSON.stringify(one, null, 2).replaceAll('\n', '\n    ')}`).join(',');
  if (isFirst) return `{\n  "sessions": [${items}`;
  return items === '' ? '' : `,${items}`;
}

async function showSession(id: string, options: SessionsOptions, context: CliContext): Promise<ExitCode> {
  const body = await askServer(options, `/api/v1/sessions/${encodeURIComponent(id)}`, gone, context);
  if (body === undefined) return 3;
  const parsed = session.safeParse(body);
  if (!parsed.success) {
    context.output.stderr(strange);
    return 3;
  }
  if (options.format === 'json') {
    context.output.stdout(`${JSON.stringify(body, null, 2)}\n`);
    return 0;
  }
  for (const [key, value] of Object.entries(parsed.data)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    context.output.stdout(`${`${key}:`.padEnd(20)}${cleanText(text)}\n`);
  }
  return 0;
}

async function endSessions(id: string | undefined, options: EndOptions, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const { user, reason } = options;
  if ((id === undefined) === (user === undefined)) {
    stderr('Say which: the id of one session, or --user for all of a person.\n');
    return 2;
  }
  if (reason.length === 0 || reason.length > 500) {
    stderr('--reason takes 1 to 500 characters.\n');
    return 2;
  }
  const ids = id === undefined ? await idsOf(user, options, context) : [id];
  if (ids === undefined) return 3;
  if (ids.length === 0) {
    stderr(`"${cleanText(user ?? '')}" has no session.\n`);
    return 1;
  }
  if (options.yes !== true) {
    if (context.confirm === undefined) {
      stderr('Nobody sits at a terminal to be asked. Add --yes to end them without a question.\n');
      return 2;
    }
    const isSure = await context.confirm(
      `${countOf(ids.length, 'session')}. They will read: "An administrator ended your session."  Continue? [y/N] `,
    );
    if (!isSure) {
      stderr('Nothing was ended.\n');
      return 1;
    }
  }
  const client = await openAdminClient(options, context);
  if (typeof client === 'string') {
    stderr(`${client}\n`);
    return 3;
  }
  const total = { sessions: [] as string[], streams: 0, workers: 0, fenced: 0, killed: 0, tookMs: 0 };
  const kept: KeptIn[] = [];
  let failed = 0;
  for (const one of ids) {
    const answer = await client.call('DELETE', `/api/v1/sessions/${encodeURIComponent(one)}`, { reason });
    const parsed = answer.outcome === 'answered' && answer.status === 200 ? ended.safeParse(answer.body) : undefined;
    if (parsed?.success !== true) {
      failed += 1;
      const isGone = answer.outcome === 'answered' && answer.status === 404;
      stderr(`${cleanText(one)}: ${isGone ? gone : describeAdminFailure(client, answer)}\n`);
      continue;
    }
    const { confirmed } = parsed.data;
    kept.push(parsed.data.kept_in);
    total.sessions.push(one);
    total.streams += confirmed?.streams_closed ?? 0;
    total.workers = Math.max(total.workers, confirmed?.workers ?? 0);
    total.fenced = Math.max(total.fenced, confirmed?.workers_fenced ?? 0);
    total.killed += confirmed?.workers_killed ?? 0;
    total.tookMs = Math.max(total.tookMs, confirmed?.took_ms ?? 0);
  }
  if (options.format === 'json') {
    const { sessions, streams, workers, fenced, killed, tookMs } = total;
    const confirmed = {
      streams_closed: streams,
      workers,
      workers_fenced: fenced,
      workers_killed: killed,
      took_ms: tookMs,
    };
    const said = { ended: sessions, failed, ...confirmed, kept_in: worstOfKept(kept) };
    stdout(`${JSON.stringify(said, null, 2)}\n`);
  } else if (total.sessions.length > 0) {
    const fenced = total.fenced === 0 ? '' : `, ${total.fenced} busy and fenced`;
    const killed = total.killed === 0 ? '' : `, ${total.killed} killed because they could not read the state`;
    stdout(
      `ended ${total.sessions.length}, closed ${total.streams}, confirmed by ${countOf(total.workers, 'worker')}${fenced}${killed} in ${total.tookMs.toFixed(1)} ms.   Still able to sign in. To prevent: postern lock\n`,
    );
  }
  stderr(noteOnKept(worstOfKept(kept)));
  return failed === 0 ? 0 : 3;
}

async function idsOf(user: string | undefined, options: EndOptions, context: CliContext) {
  const ids: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await find({ user, after }, options, context);
    if (page === undefined) return undefined;
    ids.push(...page.sessions.map(({ id }) => id));
    after = page.next;
    if (after === undefined) return ids;
  }
}

function whoIn({ email, subject }: Listed): string {
  return email ?? subject;
}

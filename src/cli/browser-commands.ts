import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { MakeCommand } from './add-access-commands.ts';
import { type AdminClientOptions, askServer, describeAdminFailure, openAdminClient } from './admin-client.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { keptIn, noteOnKept } from './kept-in.ts';
import { cleanText, countOf, renderTable } from './table.ts';

interface BrowserOptions extends AdminClientOptions {
  readonly format: 'text' | 'json';
  readonly user: string;
}

interface RemoveOptions extends BrowserOptions {
  readonly reason: string;
}

const browser = z.looseObject({ id: z.string(), name: z.string(), address: z.string(), registered_at: z.string() });
const listed = z.looseObject({ browsers: z.array(browser), total: z.number() });
const removed = z.looseObject({
  sessions_ended: z.number(),
  kept_in: keptIn,
  confirmed: z.looseObject({ workers: z.number(), streams_closed: z.number(), took_ms: z.number() }).optional(),
});
const strange = 'The server answered in a form that this postern does not know. Use the version that it runs.\n';
const unknown = 'Nobody who has signed in has this e-mail address or subject. See who has: postern who-can';
const notThere = 'This person has registered no browser with this key. See which: postern browsers list --user …';

/** `browsers list` and `browsers remove`: the browsers that a person registered. */
export function addBrowserCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  const browsers = command(program, 'browsers', 'list and remove the browsers that a person registered');
  const ask = (name: string, summary: string) =>
    command(browsers, name, summary)
      .requiredOption('--user <user>', 'whose: e-mail address or subject')
      .option('-c, --config <file>', 'the configuration that the server runs with', 'postern.yaml')
      .option('--admin <url>', 'where its admin listener is, if not where the file says')
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'));

  ask('list', 'list the registered browsers of a person')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 3 nobody known, or no server answers.\nExample:\n  postern browsers list --user ada@corp.example',
    )
    .action(async (options: BrowserOptions) => exit(await listBrowsers(options, context)));

  ask('remove', 'remove a registered browser; sessions that it proved end, answers when every worker has confirmed')
    .argument('<key>', 'the id of its key, as browsers list prints it')
    .requiredOption('--reason <text>', 'why, for the audit trail')
    .addHelpText('after', '\nExit codes: 0 removed, 3 not there, or no server answers.')
    .action(async (key: string, options: RemoveOptions) => exit(await removeBrowser(key, options, context)));
}

function pathOf({ user }: BrowserOptions): string {
  return `/api/v1/people/${encodeURIComponent(user)}/browsers`;
}

async function listBrowsers(options: BrowserOptions, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const body = await askServer(options, pathOf(options), unknown, context);
  if (body === undefined) return 3;
  const parsed = listed.safeParse(body);
  if (!parsed.success) {
    stderr(strange);
    return 3;
  }
  if (options.format === 'json') {
    stdout(`${JSON.stringify(parsed.data, null, 2)}\n`);
    return 0;
  }
  const rows = parsed.data.browsers.map((one) => [one.id, cleanText(one.name), one.address, one.registered_at]);
  if (rows.length > 0) stdout(renderTable([['KEY', 'BROWSER', 'FROM', 'REGISTERED'], ...rows]));
  stderr(`${countOf(parsed.data.total, 'browser')}.\n`);
  return 0;
}

async function removeBrowser(key: string, options: RemoveOptions, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const client = await openAdminClient(options, context);
  if (typeof client === 'string') {
    stderr(`${client}\n`);
    return 3;
  }
  const path = `${pathOf(options)}/${encodeURIComponent(key)}`;
  const answer = await client.call('DELETE', path, { reason: options.reason });
  if (answer.outcome !== 'answered' || answer.status !== 200) {
    const isGone = answer.outcome === 'answered' && answer.status === 404;
    stderr(`${isGone ? notThere : describeAdminFailure(client, answer)}\n`);
    return 3;
  }
  const parsed = removed.safeParse(answer.body);
  if (!parsed.success) {
    stderr(strange);
    return 3;
  }
  if (options.format === 'json') {
    stdout(`${JSON.stringify(parsed.data, null, 2)}\n`);
    return 0;
  }
  const { sessions_ended: ended, confirmed } = parsed.data;
  const how =
    confirmed === undefined
      ? ''
      : `, closed ${countOf(confirmed.streams_closed, 'stream')}, confirmed by ${countOf(confirmed.workers, 'worker')} in ${confirmed.took_ms} ms`;
  stdout(`removed ${key}\nended ${countOf(ended, 'session')}${how}\n`);
  context.output.stderr(noteOnKept(parsed.data.kept_in));
  return 0;
}

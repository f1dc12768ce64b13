import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { MakeCommand } from './add-access-commands.ts';
import { type AdminClientOptions, askServer, describeAdminFailure, openAdminClient } from './admin-client.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { cleanText, countOf } from './table.ts';

interface PeopleOptions extends AdminClientOptions {
  readonly format: 'text' | 'json';
}

interface ForgiveOptions extends PeopleOptions {
  readonly reason: string;
  readonly issuer?: string;
}

const person = z.looseObject({
  issuer: z.string(),
  subject: z.string(),
  email: z.string().optional(),
  revoked_at: z.string().optional(),
});
const shown = z.looseObject({ people: z.array(person) });
const forgiven = z.looseObject({ forgiven: z.array(person) });
const strange = 'The server answered in a form that this postern does not know. Use the version that it runs.\n';
const unknown = 'Nobody who has signed in has this e-mail address or subject.';
const notRevoked = 'No revocation of this person is kept, so there is nothing to forgive. See: postern people show WHO';

/** `people show` and `people forgive`: whether a person's sign-ins are revoked, and the way back in. */
export function addPeopleCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  const people = command(program, 'people', 'show a person, and forgive after a revocation');
  const ask = (name: string, summary: string) =>
    command(people, name, summary)
      .argument('<who>', 'e-mail address or subject')
      .option('-c, --config <file>', 'the configuration that the server runs with', 'postern.yaml')
      .option('--admin <url>', 'where its admin listener is, if not where the file says')
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'));

  ask('show', 'show a person, and since when their sign-ins are revoked')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 3 nobody known, or no server answers.\nExample:\n  postern people show ada@corp.example',
    )
    .action(async (who: string, options: PeopleOptions) => exit(await showPerson(who, options, context)));

  ask('forgive', "lift a revocation: the provider's next sign-in counts, however old it is")
    .requiredOption('--reason <text>', 'why, for the audit trail')
    .option('--issuer <url>', 'for somebody who is not known any more: <who> is the subject at this issuer')
    .addHelpText(
      'after',
      "\nWhoever still has the person's session at the provider can sign in again, a thief too: end it there first.\nExit codes: 0 forgiven, 3 nothing to forgive, or no server answers.\nExample:\n  postern people forgive ada@corp.example --reason 'laptop found, INC-812'",
    )
    .action(async (who: string, options: ForgiveOptions) => exit(await forgivePerson(who, options, context)));
}

async function showPerson(who: string, options: PeopleOptions, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const body = await askServer(options, `/api/v1/people/${encodeURIComponent(who)}`, unknown, context);
  if (body === undefined) return 3;
  const parsed = shown.safeParse(body);
  if (!parsed.success) {
    stderr(strange);
    return 3;
  }
  if (options.format === 'json') {
    stdout(`${JSON.stringify(parsed.data, null, 2)}\n`);
    return 0;
  }
  for (const one of parsed.data.people) {
    for (const [key, value] of Object.entries(one)) {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      stdout(`${`${key}:`.padEnd(20)}${cleanText(text)}\n`);
    }
    stdout(
      one.revoked_at === undefined
        ? 'Not revoked.\n'
        : 'Revoked: only a sign-in that was begun since then counts. The way back in: postern people forgive\n',
    );
  }
  return 0;
}

async function forgivePerson(who: string, options: ForgiveOptions, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const client = await openAdminClient(options, context);
  if (typeof client === 'string') {
    stderr(`${client}\n`);
    return 3;
  }
  const { reason, issuer } = options;
  const path = `/api/v1/people/${encodeURIComponent(who)}/forgive`;
  const answer = await client.call('POST', path, { reason, ...(issuer === undefined ? {} : { issuer }) });
  if (answer.outcome !== 'answered' || answer.status !== 200) {
    const isNothing = answer.outcome === 'answered' && answer.status === 404;
    stderr(`${isNothing ? notRevoked : describeAdminFailure(client, answer)}\n`);
    return 3;
  }
  const parsed = forgiven.safeParse(answer.body);
  if (!parsed.success) {
    stderr(strange);
    return 3;
  }
  if (options.format === 'json') stdout(`${JSON.stringify(parsed.data, null, 2)}\n`);
  else stdout(`forgave ${countOf(parsed.data.forgiven.length, 'person', 'people')}\n`);
  return 0;
}

import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { parseDuration } from '../config/values/duration.ts';
import type { MakeCommand } from './add-access-commands.ts';
import { type AdminClientOptions, describeAdminFailure, openAdminClient } from './admin-client.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { keptIn, noteOnKept } from './kept-in.ts';
import { cleanText, countOf, renderTable } from './table.ts';

interface RiskOptions extends AdminClientOptions {
  readonly format: 'text' | 'json';
}

interface SetOptions extends RiskOptions {
  readonly score: number;
  readonly for: number;
  readonly source: string;
  readonly reason: string;
}

const outside = z.object({ score: z.number(), expires_at: z.string(), source: z.string(), reason: z.string() });
const shown = z.looseObject({
  people: z.array(
    z.looseObject({
      person: z.string(),
      issuer: z.string(),
      outside_score: outside.optional(),
      sessions: z.array(
        z.looseObject({
          id: z.string(),
          score: z.number(),
          reported_score: z.number().optional(),
          points: z.array(
            z.looseObject({
              signal: z.string(),
              points: z.number(),
              reported_points: z.number().optional(),
              since: z.string(),
              detail: z.string(),
            }),
          ),
        }),
      ),
    }),
  ),
});
const wasSet = z.looseObject({ people: z.array(z.string()), outside_score: outside, kept_in: keptIn });
const wasCleared = z.looseObject({ people: z.array(z.string()), cleared: z.boolean() });

/** `risk show`, `risk set` and `risk clear`: the scores of a person. */
export function addRiskCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  const risk = command(program, 'risk', 'show the risk of a person, and set or clear a score from outside');
  const ask = (name: string, summary: string) =>
    command(risk, name, summary)
      .argument('<user>', 'an e-mail address or a subject')
      .option('-c, --config <file>', 'the configuration that the server runs with', 'postern.yaml')
      .option('--admin <url>', 'where its admin listener is, if not where the file says')
      .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'));
  const codes = '\nExit codes: 0 done, 3 nobody known, or no server answers.\nExample:\n';

  ask('show', 'show the score of each session of a person, and where every point comes from')
    .addHelpText('after', `${codes}  postern risk show ada@corp.example`)
    .action(async (user: string, options: RiskOptions) => exit(await showRisk(user, options, context)));

  ask('set', 'set a score that another system has found for a person; it acts on the next request')
    .requiredOption('--score <score>', 'from 0 to 100', readScore)
    .requiredOption('--for <duration>', 'how long it holds: 1m to 90d', readDuration)
    .requiredOption('--reason <text>', 'why, for the analyst')
    .option('--source <name>', 'which system found it', 'postern risk set')
    .addHelpText(
      'after',
      `${codes}  postern risk set ada@corp.example --score 80 --for 24h --reason 'token seen on a paste site'`,
    )
    .action(async (user: string, options: SetOptions) => exit(await setRisk(user, options, context)));

  ask('clear', 'take back the score that was set for a person')
    .addHelpText('after', `${codes}  postern risk clear ada@corp.example`)
    .action(async (user: string, options: RiskOptions) => exit(await clearRisk(user, options, context)));
}

function readScore(text: string): number {
  const score = Number(text);
  if (/^\d{1,3}$/.test(text) && score <= 100) return score;
  throw new InvalidArgumentError('a score is a number from 0 to 100');
}

const longestMs = 90 * 86_400_000;

function readDuration(text: string): number {
  const parsed = parseDuration(text, 60_000, longestMs);
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(`"${text}" ${parsed.says}${parsed.help === undefined ? '' : `: ${parsed.help}`}`);
}

async function showRisk(user: string, options: RiskOptions, context: CliContext): Promise<ExitCode> {
  const answer = await call('GET', user, undefined, shown, options, context);
  if (answer === undefined) return 3;
  if (options.format === 'json') return 0;
  for (const one of answer.people) {
    const { stdout } = context.output;
    stdout(`${cleanText(one.person)}   ${countOf(one.sessions.length, 'session')}   ${cleanText(one.issuer)}\n`);
    if (one.outside_score !== undefined) stdout(`set from outside: ${describe(one.outside_score)}\n`);
    for (const session of one.sessions) {
      const reported =
        session.reported_score === undefined ? '' : `, ${session.reported_score} with report-only signals`;
      stdout(`${cleanText(session.id)}   score ${session.score}${reported}\n`);
      const rows = session.points.map((point) => [
        point.reported_points === undefined ? String(point.points) : `(${point.reported_points})`,
        point.signal,
        point.since,
        point.detail,
      ]);
      if (rows.length > 0) stdout(renderTable([['POINTS', 'SIGNAL', 'SINCE', 'DETAIL'], ...rows]));
    }
  }
  return 0;
}

async function setRisk(user: string, options: SetOptions, context: CliContext): Promise<ExitCode> {
  const { score, for: ms, source, reason } = options;
  const body = { score, seconds: Math.round(ms / 1000), source, reason };
  const answer = await call('PUT', user, body, wasSet, options, context);
  if (answer === undefined) return 3;
  if (options.format === 'json') return 0;
  for (const person of answer.people)
    context.output.stdout(`${cleanText(person)}: ${describe(answer.outside_score)}. It acts on the next request.\n`);
  context.output.stderr(noteOnKept(answer.kept_in));
  return 0;
}

async function clearRisk(user: string, options: RiskOptions, context: CliContext): Promise<ExitCode> {
  const answer = await call('DELETE', user, undefined, wasCleared, options, context);
  if (answer === undefined) return 3;
  if (options.format === 'json') return 0;
  const what = answer.cleared ? 'the score from outside is cleared' : 'there was no score from outside';
  for (const person of answer.people) context.output.stdout(`${cleanText(person)}: ${what}.\n`);
  return 0;
}

function describe({ score, expires_at, source, reason }: z.infer<typeof outside>): string {
  return `score ${score} until ${expires_at} by ${cleanText(source)}: ${cleanText(reason)}`;
}

/** Asks the server. Prints what went wrong on stderr (`undefined`: exit code 3), and the answer itself where JSON is wanted. */
async function call<Output>(
  method: 'GET' | 'PUT' | 'DELETE',
  user: string,
  body: unknown,
  schema: z.ZodType<Output>,
  options: RiskOptions,
  context: CliContext,
): Promise<Output | undefined> {
  const { stderr } = context.output;
  const client = await openAdminClient(options, context);
  if (typeof client === 'string') {
    stderr(`${client}\n`);
    return undefined;
  }
  const answer = await client.call(method, `/api/v1/people/${encodeURIComponent(user)}/risk`, body);
  if (answer.outcome !== 'answered' || answer.status !== 200) {
    const isUnknown = answer.outcome === 'answered' && answer.status === 404;
    const nobody = `Nobody who has signed in has the e-mail address or subject "${cleanText(user)}".`;
    stderr(`${isUnknown ? nobody : describeAdminFailure(client, answer)}\n`);
    return undefined;
  }
  const parsed = schema.safeParse(answer.body);
  if (options.format === 'json' && parsed.success) {
    context.output.stdout(`${JSON.stringify(answer.body, null, 2)}\n`);
    return parsed.data;
  }
  if (!parsed.success) {
    stderr('The server answered in a form that this postern does not know. Use the version that it runs.\n');
    return undefined;
  }
  return parsed.data;
}

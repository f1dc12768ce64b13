import { Option } from 'commander';
import { escapeConfusing } from '../audit/escape-confusing.ts';
import type { AdminAnswer } from './admin-client.ts';
import { describeAdminFailure, openAdminClient } from './admin-client.ts';
import type { AdminCommand, AdminOptions, Asked } from './admin-command.ts';
import { either, nothing, number, object, optional, type ShapeOf, text } from './answer-shape.ts';
import type { ExitCode } from './commands.ts';
import { paintHeads } from './paint.ts';
import { cleanText } from './table.ts';

interface TailOptions extends AdminOptions {
  readonly user?: string;
  readonly route?: string;
  readonly outcome?: string;
  readonly reason?: string;
}

/** `postern tail`. */
export const tail: AdminCommand<TailOptions> = {
  name: 'tail',
  summary: 'show decisions as they are made, of every worker',
  options: [
    new Option('--user <user>', 'only of this e-mail address, subject or service'),
    new Option('--route <name>', 'only at this route'),
    new Option('--outcome <outcome>', 'only what comes out so').choices([
      'allow',
      'deny',
      'step_up',
      'sign_in',
      'refusal',
    ]),
    new Option('--reason <code>', 'only for this reason'),
  ],
  note: 'With --format json a line is an event of the audit trail. It goes on until Ctrl+C, and connects again when the server was away.',
  exitCodes: '0 ended by a signal, 3 no server answers, or it wants not to.',
  example: 'postern tail --outcome deny --route payroll',
  act: followDecisions,
};

const firstRetryMs = 1_000;
const longestRetryMs = 30_000;

const word = optional(either(text, nothing));
const person = object({ email: word, subject: word });
const event = object({
  type: text,
  time: text,
  decision_id: text,
  reason: word,
  outcome: word,
  route: word,
  host: word,
  method: word,
  path: word,
  facts: optional(object({ person: optional(person), service: optional(object({ service_id: text })) })),
});
const line = object({ event: optional(event), skipped: optional(number) });

async function followDecisions({ options, context }: Asked<TailOptions>): Promise<ExitCode> {
  const { stdout, stderr, color } = context.output;
  const client = await openAdminClient(options, context);
  if (typeof client === 'string') {
    stderr(`${client}\n`);
    return 3;
  }
  const { user, route, outcome, reason } = options;
  const query = new URLSearchParams(
    Object.entries({ user, route, outcome, reason }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    ),
  );
  const ending = new AbortController();
  let retryMs = firstRetryMs;
  let hasBegun = false;

  const show = (written: string) => {
    hasBegun = true;
    retryMs = firstRetryMs;
    const said: unknown = parseLine(written);
    if (!line(said)) return;
    if (said.skipped !== undefined)
      stderr(`${said.skipped} decisions were not shown: they came faster than they were read.\n`);
    if (said.event === undefined) return;
    if (options.format === 'json') stdout(`${escapeConfusing(JSON.stringify(said.event))}\n`);
    else stdout(paintHeads(renderEvent(said.event), color));
  };

  const stopped = stopBySignal(ending);
  try {
    for (;;) {
      const answer = await client.follow(`/api/v1/decisions?${query}`, show, ending.signal);
      if (ending.signal.aborted) return 0;
      const isRefused = answer.outcome === 'answered';
      if (isRefused || (answer.outcome === 'failed' && !hasBegun)) {
        stderr(`${describeAdminFailure(client, answer as AdminAnswer)}\n`);
        return 3;
      }
      stderr(
        `${client.address} does not answer any more; trying again in ${retryMs / 1000} s. What is decided meanwhile is in the trail.\n`,
      );
      if (context.pause === undefined || (await context.pause(retryMs)) === 'stopped') return 0;
      retryMs = Math.min(longestRetryMs, retryMs * 2);
    }
  } finally {
    stopped();
  }
}

/** Ends what runs at the first signal. Answers how to hear no more of them. */
function stopBySignal(ending: AbortController): () => void {
  const stop = () => ending.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return () => void process.off('SIGINT', stop).off('SIGTERM', stop);
}

function parseLine(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}

const headings: ReadonlyMap<string, string> = new Map([
  ['allow', 'ALLOW'],
  ['deny', 'DENY'],
  ['step_up', 'STEP UP'],
  ['sign_in', 'SIGN IN'],
]);

function renderEvent({
  time,
  decision_id,
  outcome,
  reason,
  route,
  host,
  method,
  path,
  facts,
}: ShapeOf<typeof event>): string {
  const who =
    facts?.person?.email ??
    facts?.person?.subject ??
    (facts?.service === undefined ? '-' : `service:${facts.service.service_id}`);
  const where = `${method ?? '-'} ${path ?? ''}`.trim();
  const columns = [time.slice(11, 19), who, route ?? host ?? '-', reason ?? '', where, decision_id];
  return `${(headings.get(outcome ?? '') ?? 'REFUSAL').padEnd(7)}  ${columns.map(cleanText).join('  ')}\n`;
}

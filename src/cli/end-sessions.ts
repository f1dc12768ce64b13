import { type AdminOptions, type Asked, type AskedServer, printJson } from './admin-command.ts';
import { number, object, optional } from './answer-shape.ts';
import type { ExitCode } from './commands.ts';
import { type KeptIn, keptIn, noteOnKept, worstOfKept } from './kept-in.ts';
import { goneSession, problemOfSessionId, readSessionPages } from './session-pages.ts';
import { cleanText, countOf } from './table.ts';

export interface EndOptions extends AdminOptions {
  readonly user?: string;
  readonly reason: string;
  readonly yes?: true;
}

const ended = object({
  confirmed: optional(
    object({
      workers: number,
      workers_fenced: optional(number),
      workers_killed: number,
      streams_closed: number,
      took_ms: number,
    }),
  ),
  kept_in: keptIn,
});

/** `sessions end`: one session, or all of a person, after a question. */
export async function endSessions({ argument, options, server, context }: Asked<EndOptions>): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const { user, reason } = options;
  if ((argument === '') === (user === undefined)) {
    stderr('Say which: the id of one session, or --user for all of a person.\n');
    return 2;
  }
  const problem = argument === '' ? undefined : problemOfSessionId(argument);
  if (problem !== undefined) {
    stderr(`${problem}\n`);
    return 2;
  }
  if (reason.length === 0 || reason.length > 500) {
    stderr('--reason takes 1 to 500 characters.\n');
    return 2;
  }
  const ids = argument === '' ? await idsOf(user, server) : [argument];
  if (typeof ids === 'string') {
    stderr(`${ids}\n`);
    return 3;
  }
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
  const total = { sessions: [] as string[], streams: 0, workers: 0, fenced: 0, killed: 0, tookMs: 0 };
  const kept: KeptIn[] = [];
  let failed = 0;
  for (const id of ids) {
    const path = `/api/v1/sessions/${encodeURIComponent(id)}`;
    const reply = await server.ask({ method: 'DELETE', path, body: { reason }, answer: ended, notFound: goneSession });
    if (reply.outcome === 'failed') {
      failed += 1;
      stderr(`${cleanText(id)}: ${reply.why}\n`);
      continue;
    }
    const { confirmed, kept_in } = reply.answer;
    kept.push(kept_in);
    total.sessions.push(id);
    total.streams += confirmed?.streams_closed ?? 0;
    total.workers = Math.max(total.workers, confirmed?.workers ?? 0);
    total.fenced = Math.max(total.fenced, confirmed?.workers_fenced ?? 0);
    total.killed += confirmed?.workers_killed ?? 0;
    total.tookMs = Math.max(total.tookMs, confirmed?.took_ms ?? 0);
  }
  const { sessions, streams, workers, fenced, killed, tookMs } = total;
  if (options.format === 'json') {
    const confirmed = { streams_closed: streams, workers, workers_fenced: fenced, workers_killed: killed };
    printJson({ ended: sessions, failed, ...confirmed, took_ms: tookMs, kept_in: worstOfKept(kept) }, context);
  } else if (sessions.length > 0) {
    const busy = fenced === 0 ? '' : `, ${fenced} busy and fenced`;
    const blind = killed === 0 ? '' : `, ${killed} killed because they could not read the state`;
    stdout(
      `ended ${sessions.length}, closed ${streams}, confirmed by ${countOf(workers, 'worker')}${busy}${blind} in ${tookMs.toFixed(1)} ms.   Still able to sign in. To prevent: postern lock\n`,
    );
  }
  stderr(noteOnKept(worstOfKept(kept)));
  return failed === 0 ? 0 : 3;
}

/** A sentence where they could not be had. */
async function idsOf(user: string | undefined, server: AskedServer): Promise<readonly string[] | string> {
  const ids: string[] = [];
  for await (const page of readSessionPages(server, user)) {
    if (typeof page === 'string') return page;
    ids.push(...page.map(({ id }) => id));
  }
  return ids;
}

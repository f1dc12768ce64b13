import type { z } from 'zod';
import { type AdminClientOptions, askServer } from './admin-client.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { routesAnswer, type StatusAnswer, statusAnswer } from './reload-answers.ts';
import { describeProblem, describeShadow } from './reload-command.ts';
import { cleanText, renderTable } from './table.ts';

export interface StatusOptions extends AdminClientOptions {
  readonly format: 'text' | 'json';
}

/** `postern status`. 1: the last reload failed, or the server is not ready. */
export async function printStatus(options: StatusOptions, context: CliContext): Promise<ExitCode> {
  const answer = await read(statusAnswer, '/api/v1/status', options, context);
  if (answer === undefined) return 3;
  if (options.format === 'text') showStatus(answer, context);
  return answer.last_reload?.successful === false || answer.readiness.status !== 'ready' ? 1 : 0;
}

function showStatus(status: StatusAnswer, { output }: CliContext): void {
  const lines: [string, string][] = [['running', runningText(status)]];
  const { last_reload: last, shadow, readiness, waiting } = status;
  if (waiting) {
    const { config, since, opens } = waiting;
    lines.push([
      'waiting',
      `${config}, since ${since}, until its files are known to be whole (postern reload says so): ${opens.join('; ')}`,
    ]);
  }
  if (last !== null) {
    lines.push([
      'reload',
      `${last.successful ? 'ok' : 'FAILED'}, ${last.at}, by ${last.trigger}: ${last.detail ?? last.outcome}`,
    ]);
    for (const problem of last.problems ?? []) lines.push(['', describeProblem(problem)]);
  }
  if (shadow !== null) lines.push(['shadow', describeShadow(shadow)]);
  const parts = Object.entries(readiness.checks).map(([name, result]) => `${name} ${result}`);
  lines.push(['ready', `${readiness.status === 'ready' ? 'yes' : 'NO'}: ${parts.join(', ')}`]);
  lines.push(['up', `${status.uptime_seconds} s`]);
  for (const worker of status.workers) lines.push([`worker ${worker.id}`, workerText(worker, status.config)]);
  for (const [name, text] of lines) output.stdout(`${name.padEnd(8)} ${cleanText(text)}\n`);
}

function runningText({ config, origin, file, file_hash: fileHash, since }: StatusAnswer): string {
  if (origin === 'file') return `${config} from ${file}, since ${since}`;
  const holds = fileHash === null ? 'has errors' : `holds ${fileHash.slice(0, config.length)}`;
  return `${config} from history, since ${since}; the file ${file} ${holds}`;
}

const kindWords: Readonly<Record<string, string>> = { exact: ' (exact)', regex: ' (regex)' };

function workerText(worker: StatusAnswer['workers'][number], running: string): string {
  const { pid, state, since, restarts, last_end: lastEnd, config, streams } = worker;
  const parts = [`${state} since ${since}`];
  if (pid !== null) parts.push(`pid ${pid}`);
  if (streams !== null) parts.push(`${streams} ${streams === 1 ? 'stream' : 'streams'}`);
  if (config !== null && config !== running) parts.push(`decides by ${config}`);
  if (restarts > 0) parts.push(`started again ${restarts === 1 ? 'once' : `${restarts} times`}, last end: ${lastEnd}`);
  return parts.join(', ');
}

/** `postern routes`: the table of routes that the running server decides by. */
export async function printRoutes(options: StatusOptions, context: CliContext): Promise<ExitCode> {
  const answer = await read(routesAnswer, '/api/v1/routes', options, context);
  if (answer === undefined) return 3;
  if (options.format === 'json') return 0;
  const rows = answer.routes.map((route) => [
    route.name,
    `${route.from}${route.match.kind === 'regex' ? ' ' : ''}${route.match.path}${kindWords[route.match.kind] ?? ''}`,
    route.to === 'next' ? 'next' : route.to.join(', '),
    route.public ? 'public' : `${route.grants} allow, ${route.denials} deny`,
    `${route.at.file}:${route.at.line}`,
  ]);
  context.output.stdout(renderTable([['ROUTE', 'FROM', 'TO', 'RULES', 'WHERE'], ...rows]));
  return 0;
}

async function read<Schema extends z.ZodType>(
  schema: Schema,
  path: string,
  options: StatusOptions,
  context: CliContext,
): Promise<z.infer<Schema> | undefined> {
  const body = await askServer(options, path, 'The server does not know this call: it is an older Postern.', context);
  if (body === undefined) return undefined;
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    context.output.stderr('The answer of the server is not as expected: is it another version of Postern?\n');
    return undefined;
  }
  if (options.format === 'json') context.output.stdout(`${JSON.stringify(body, null, 2)}\n`);
  return parsed.data;
}

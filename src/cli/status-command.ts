import { type AdminCommand, adminCommands, askOnce } from './admin-command.ts';
import type { CliContext } from './commands.ts';
import { routesAnswer, type StatusAnswer, statusAnswer, whoAmIAnswer } from './reload-answers.ts';
import { describeProblem, describeShadow, reload } from './reload-command.ts';
import { cleanText, renderTable } from './table.ts';
import { tail } from './tail-command.ts';

const olderServer = 'The server does not know this call: it is an older Postern.';

const status: AdminCommand = {
  name: 'status',
  summary: 'show which configuration runs, and how the last reload went',
  isWatched: true,
  exitCodes: '0 all is well, 1 the last reload failed or it is not ready, 3 no server answers.',
  act: askOnce({
    answer: statusAnswer,
    question: () => ({ path: '/api/v1/status', notFound: olderServer }),
    print: (answer, { context }) => showStatus(answer, context),
    exitCode: ({ last_reload: last, readiness }) =>
      last?.successful === false || readiness.status !== 'ready' ? 1 : 0,
  }),
};

const routes: AdminCommand = {
  name: 'routes',
  summary: 'list the routes that the running server decides by',
  isWatched: true,
  exitCodes: '0 listed, 3 no server answers.',
  act: askOnce({
    answer: routesAnswer,
    question: () => ({ path: '/api/v1/routes', notFound: olderServer }),
    print(answer, { context: { output } }) {
      const rows = answer.routes.map((route) => [
        route.name,
        `${route.from}${route.match.kind === 'regex' ? ' ' : ''}${route.match.path}${kindWords[route.match.kind] ?? ''}`,
        typeof route.to === 'string' ? route.to : route.to.join(', '),
        route.public ? 'public' : `${route.grants} allow, ${route.denials} deny`,
        `${route.at.file}:${route.at.line}`,
      ]);
      output.stdout(renderTable([['ROUTE', 'FROM', 'TO', 'RULES', 'WHERE'], ...rows]));
    },
  }),
};

const whoAmI: AdminCommand = {
  name: 'whoami',
  summary: 'say which token this is, and which server answers to it',
  exitCodes: '0 it is taken, 3 it is not, or no server answers.',
  example: 'postern whoami -c /etc/postern/postern.yaml',
  act: askOnce({
    answer: whoAmIAnswer,
    question: () => ({ path: '/api/v1/whoami', notFound: olderServer }),
    print({ role, token, version, node, config, address }, { context: { output, version: own } }) {
      const which = {
        only: 'the token of the file',
        new: 'the first of two tokens',
        former: 'the second of two tokens',
      };
      const other = version === own ? '' : `; this command is ${own}`;
      const lines = [
        ['role', `${role}, by ${which[token]}`],
        ['from', address ?? 'an unknown address'],
        ['server', `postern ${version} (node ${node})${other}`],
        ['running', config],
      ];
      for (const [name = '', said = ''] of lines) output.stdout(`${name.padEnd(8)} ${cleanText(said)}\n`);
    },
  }),
};

/** `reload`, `status`, `routes`, `whoami` and `tail`: the running server. */
export const addServerCommands = adminCommands([reload, status, routes, whoAmI, tail]);

function showStatus(status: StatusAnswer, { output }: CliContext): void {
  const lines: [string, string][] = [['running', runningText(status)]];
  const { last_reload: last, shadow, waiting } = status;
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
  lines.push(['ready', readyText(status)]);
  for (const { id, state, since } of status.providers ?? []) {
    if (state === 'away') lines.push(['sign-in', `${id} DOES NOT ANSWER since ${since}: nobody can sign in there`]);
  }
  lines.push(['up', `${status.uptime_seconds} s`]);
  for (const worker of status.workers) lines.push([`worker ${worker.id}`, workerText(worker, status.config)]);
  for (const [name, text] of lines) output.stdout(`${name.padEnd(8)} ${cleanText(text)}\n`);
}

function runningText({ config, origin, file, file_hash: fileHash, since }: StatusAnswer): string {
  if (origin === 'file') return `${config} from ${file}, since ${since}`;
  const holds = fileHash === null ? 'has errors' : `holds ${fileHash.slice(0, config.length)}`;
  return `${config} from history, since ${since}; the file ${file} ${holds}`;
}

function readyText({ readiness: { status, checks }, workers }: StatusAnswer): string {
  const parts = Object.entries(checks);
  const isWaitedFor = parts.every(([name, result]) => result === 'ok' || name === 'serving' || name === 'workers');
  const isFirstStart = workers.every(({ state, restarts }) => restarts === 0 && /^(starting|serving)$/.test(state));
  const serving = workers.filter(({ state }) => state === 'serving').length;
  if (status !== 'ready' && isWaitedFor && isFirstStart && serving < workers.length)
    return `not yet: it is starting, and ${serving} of ${workers.length} workers serve`;
  return `${status === 'ready' ? 'yes' : 'NO'}: ${parts.map(([name, result]) => `${name} ${result}`).join(', ')}`;
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

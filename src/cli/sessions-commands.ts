import { Option } from 'commander';
import {
  type AdminCommand,
  type AdminOptions,
  type Asked,
  adminCommands,
  askOnce,
  requiredOption,
} from './admin-command.ts';
import type { ExitCode } from './commands.ts';
import { type EndOptions, endSessions } from './end-sessions.ts';
import { goneSession, problemOfSessionId, readSessionPages, type Session, session } from './session-pages.ts';
import { countOf, renderFields, renderTable } from './table.ts';

interface ListOptions extends AdminOptions {
  readonly user?: string;
}

const listSessions: AdminCommand<ListOptions> = {
  name: 'list',
  summary: 'list who is signed in',
  options: [new Option('--user <user>', 'only those of this e-mail address or subject')],
  isWatched: true,
  exitCodes: '0 done, 3 no server answers.',
  example: 'postern sessions list --user ada@corp.example',
  act: printSessions,
};

const showSession: AdminCommand = {
  name: 'show',
  summary: 'show one session',
  arguments: [['<id>', 'ses_…, as sessions list prints it']],
  exitCodes: '0 done, 2 no session id, 3 no such session, or no server answers.',
  act: askOnce({
    answer: session,
    question: ({ argument }) =>
      problemOfSessionId(argument) ?? {
        path: `/api/v1/sessions/${encodeURIComponent(argument)}`,
        notFound: goneSession,
      },
    print: (one, { context: { output } }) => output.stdout(renderFields(one)),
  }),
};

const endAll: AdminCommand<EndOptions> = {
  name: 'end',
  summary: 'end a session, or all of a person; answers when every worker has confirmed',
  arguments: [['[id]', 'ses_…; or give --user']],
  options: [
    new Option('--user <user>', 'all sessions of this e-mail address or subject'),
    requiredOption('--reason <text>', 'why, for the audit trail'),
    new Option('-y, --yes', 'do not ask first'),
  ],
  exitCodes:
    '0 ended, 1 you said no, or nothing to end, 2 wrong words, 3 no server answers, or one could not be ended.',
  example: "postern sessions end --user kim@vendor.example --reason 'laptop reported lost, INC-812'",
  act: endSessions,
};

/** `sessions list`, `sessions show` and `sessions end`: who is signed in, and ending it. */
export const addSessionsCommands = adminCommands([listSessions, showSession, endAll], {
  name: 'sessions',
  summary: 'list, show and end sessions',
});

/** Page by page, each printed as it comes: neither side ever holds all of them. */
async function printSessions({ server, options, context }: Asked<ListOptions>): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const isJson = options.format === 'json';
  let shown = 0;
  for await (const page of readSessionPages(server, options.user)) {
    if (typeof page === 'string') {
      stderr(`${page}\n`);
      return 3;
    }
    if (isJson) stdout(jsonOf(page, shown === 0));
    else if (page.length > 0) stdout(renderTable([...(shown === 0 ? [heading] : []), ...page.map(rowOf)]));
    shown += page.length;
  }
  if (isJson) stdout(`${shown === 0 ? '' : '\n  '}],\n  "total": ${shown}\n}\n`);
  stderr(`${countOf(shown, 'session')}.\n`);
  return 0;
}

const heading = ['ID', 'WHO', 'SIGNED IN', 'LAST SEEN', 'EXPIRES', 'FROM'];

function rowOf(one: Session): string[] {
  const { id, email, subject, signed_in_at, last_seen_at = '-', expires_at, signed_in_from } = one;
  return [id, email ?? subject, signed_in_at, last_seen_at, expires_at, signed_in_from.address];
}

function jsonOf(sessions: readonly Session[], isFirst: boolean): string {
  const items = sessions.map((one) => `\n    ${JSON.stringify(one, null, 2).replaceAll('\n', '\n    ')}`).join(',');
  if (isFirst) return `{\n  "sessions": [${items}`;
  return items === '' ? '' : `,${items}`;
}

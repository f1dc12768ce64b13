import { Option } from 'commander';
import {
  type AdminCommand,
  type AdminOptions,
  adminCommands,
  askOnce,
  readDuration,
  requiredOption,
} from './admin-command.ts';
import { list, number, object, oneOf, optional, text } from './answer-shape.ts';
import { confirmation, keptIn } from './kept-in.ts';
import { cleanText, countOf, renderTable } from './table.ts';

interface TargetOptions extends AdminOptions {
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

const longestMs = 366 * 86_400_000;
const targets = [
  new Option('--user <user>', 'a person, by e-mail address or subject: their sessions end as well'),
  new Option('--session <id>', 'one session: ses_…'),
  new Option('--device <id>', 'a device, by the name in its certificate'),
  new Option('--route <name>', 'a route of the configuration, for everybody'),
];

const wasSet = object({
  locked: list(text),
  outcome: oneOf('set', 'replaced'),
  expires_at: optional(text),
  sessions_ended: number,
  kept_in: keptIn,
  confirmed: confirmation,
});

const setLock: AdminCommand<LockOptions> = {
  name: 'lock',
  summary: 'pause access at once, for requests and for what is open',
  options: [
    ...targets,
    requiredOption('--reason <text>', 'why, for administrators and the audit trail'),
    new Option('--message <text>', 'what the person reads'),
    new Option('--for <duration>', 'how long: 1s to 366d; without it until `postern unlock`').argParser(
      readDuration(1_000, longestMs),
    ),
  ],
  exitCodes: '0 locked, 2 wrong words, 3 nobody known, or no server answers.',
  example:
    "postern lock --user kim@vendor.example --for 24h --reason 'laptop reported lost, INC-812' --message 'Call the helpdesk: 123.'",
  act: askOnce({
    answer: wasSet,
    question({ options }) {
      const { reason, message, for: ms } = options;
      const path = pathOf(options);
      if (path === undefined) return nameOne;
      const body = {
        reason,
        ...(message === undefined ? {} : { message }),
        ...(ms === undefined ? {} : { seconds: Math.ceil(ms / 1_000) }),
      };
      return { method: 'PUT', path, body };
    },
    print({ locked, outcome, expires_at, sessions_ended, confirmed }, { context: { output } }) {
      const until = expires_at === undefined ? 'until postern unlock' : `until ${expires_at}`;
      const replaced = outcome === 'replaced' ? ' (in place of the lock before)' : '';
      output.stdout(`locked ${locked.map(cleanText).join(', ')} ${until}${replaced}\n`);
      if (confirmed === undefined) return;
      const { workers, streams_closed, took_ms } = confirmed;
      const ended = sessions_ended === 0 ? '' : `ended ${countOf(sessions_ended, 'session')}, `;
      output.stdout(
        `${ended}closed ${countOf(streams_closed, 'stream')}, confirmed by ${countOf(workers, 'worker')} in ${took_ms.toFixed(1)} ms\n`,
      );
    },
  }),
};

const wasLifted = object({ unlocked: list(text) });

const liftLock: AdminCommand<TargetOptions> = {
  name: 'unlock',
  summary: 'lift a lock',
  options: targets,
  exitCodes: '0 lifted, 2 wrong words, 3 nothing was locked, or no server answers.',
  example: 'postern unlock --user kim@vendor.example',
  act: askOnce({
    answer: wasLifted,
    question({ options }) {
      const path = pathOf(options);
      return path === undefined ? nameOne : { method: 'DELETE', path };
    },
    print: ({ unlocked }, { context: { output } }) =>
      output.stdout(`unlocked ${unlocked.map(cleanText).join(', ')}. It acts on the next request.\n`),
  }),
};

const listed = object({
  locks: list(
    object({
      kind: text,
      subject: optional(text),
      session_id: optional(text),
      device_id: optional(text),
      route: optional(text),
      reason: text,
      set_by: text,
      set_at: text,
      expires_at: optional(text),
    }),
  ),
  total: number,
});

const listLocks: AdminCommand = {
  name: 'locks',
  summary: 'list what is locked',
  exitCodes: '0 done, 3 no server answers.',
  example: 'postern locks',
  act: askOnce({
    answer: listed,
    question: () => ({ path: '/api/v1/locks' }),
    print({ locks, total }, { context: { output } }) {
      const rows = locks.map((one) => [
        one.kind,
        one.subject ?? one.session_id ?? one.device_id ?? one.route ?? '',
        one.expires_at ?? 'lifted',
        one.set_by,
        one.set_at,
        one.reason,
      ]);
      if (rows.length > 0)
        output.stdout(renderTable([['KIND', 'WHICH', 'UNTIL', 'SET BY', 'SET AT', 'REASON'], ...rows]));
      output.stderr(`${countOf(total, 'lock')}.\n`);
    },
  }),
};

/** `lock`, `unlock` and `locks`: access that is paused at once, and what is paused. */
export const addLockCommands = adminCommands([setLock, liftLock, listLocks]);

const nameOne = 'Name one of --user, --session, --device and --route.';

/** The path of the target; `undefined` where none or several are named. */
function pathOf({ user, session, device, route }: TargetOptions): string | undefined {
  const named = Object.entries({ person: user, session, device, route }).flatMap(([kind, which]) =>
    which === undefined ? [] : [`/api/v1/locks/${kind}/${encodeURIComponent(which)}`],
  );
  return named.length === 1 ? named[0] : undefined;
}

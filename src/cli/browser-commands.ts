import { type AdminCommand, type AdminOptions, adminCommands, askOnce, requiredOption } from './admin-command.ts';
import { list, number, object, text } from './answer-shape.ts';
import { confirmation, keptIn } from './kept-in.ts';
import { cleanText, countOf, renderTable } from './table.ts';

interface BrowserOptions extends AdminOptions {
  readonly user: string;
}

interface RemoveOptions extends BrowserOptions {
  readonly reason: string;
}

const user = requiredOption('--user <user>', 'whose: e-mail address or subject');

const listed = object({
  browsers: list(object({ id: text, name: text, address: text, registered_at: text })),
  total: number,
});

const listBrowsers: AdminCommand<BrowserOptions> = {
  name: 'list',
  summary: 'list the registered browsers of a person',
  options: [user],
  exitCodes: '0 done, 3 nobody known, or no server answers.',
  example: 'postern browsers list --user ada@corp.example',
  act: askOnce({
    answer: listed,
    question: ({ options }) => ({
      path: pathOf(options),
      notFound: 'Nobody who has signed in has this e-mail address or subject. See who has: postern who-can',
    }),
    print({ browsers, total }, { context: { output } }) {
      const rows = browsers.map((one) => [one.id, cleanText(one.name), one.address, one.registered_at]);
      if (rows.length > 0) output.stdout(renderTable([['KEY', 'BROWSER', 'FROM', 'REGISTERED'], ...rows]));
      output.stderr(`${countOf(total, 'browser')}.\n`);
    },
  }),
};

const removed = object({
  sessions_ended: number,
  kept_in: keptIn,
  confirmed: confirmation,
});

const removeBrowser: AdminCommand<RemoveOptions> = {
  name: 'remove',
  summary: 'remove a registered browser; sessions that it proved end, answers when every worker has confirmed',
  arguments: [['<key>', 'the id of its key, as browsers list prints it']],
  options: [user, requiredOption('--reason <text>', 'why, for the audit trail')],
  exitCodes: '0 removed, 3 not there, or no server answers.',
  act: askOnce({
    answer: removed,
    question: ({ argument: key, options }) => ({
      method: 'DELETE',
      path: `${pathOf(options)}/${encodeURIComponent(key)}`,
      body: { reason: options.reason },
      notFound: 'This person has registered no browser with this key. See which: postern browsers list --user …',
    }),
    print({ sessions_ended: ended, confirmed }, { argument: key, context: { output } }) {
      const how =
        confirmed === undefined
          ? ''
          : `, closed ${countOf(confirmed.streams_closed, 'stream')}, confirmed by ${countOf(confirmed.workers, 'worker')} in ${confirmed.took_ms} ms`;
      output.stdout(`removed ${cleanText(key)}\nended ${countOf(ended, 'session')}${how}\n`);
    },
  }),
};

/** `browsers list` and `browsers remove`: the browsers that a person registered. */
export const addBrowserCommands = adminCommands([listBrowsers, removeBrowser], {
  name: 'browsers',
  summary: 'list and remove the browsers that a person registered',
});

function pathOf({ user: whose }: BrowserOptions): string {
  return `/api/v1/people/${encodeURIComponent(whose)}/browsers`;
}

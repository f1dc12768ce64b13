import { InvalidArgumentError, Option } from 'commander';
import {
  type AdminCommand,
  type AdminOptions,
  adminCommands,
  askOnce,
  readDuration,
  requiredOption,
} from './admin-command.ts';
import { flag, list, number, object, optional, type ShapeOf, text } from './answer-shape.ts';
import { keptIn } from './kept-in.ts';
import { cleanText, countOf, renderTable } from './table.ts';

interface SetOptions extends AdminOptions {
  readonly score: number;
  /** Milliseconds. */
  readonly for: number;
  readonly source: string;
  readonly reason: string;
}

const longestMs = 90 * 86_400_000;
const exitCodes = '0 done, 3 nobody known, or no server answers.';
const user = [['<user>', 'an e-mail address or a subject']] as const;
const outside = object({ score: number, expires_at: text, source: text, reason: text });

const shown = object({
  people: list(
    object({
      person: text,
      issuer: text,
      outside_score: optional(outside),
      sessions: list(
        object({
          id: text,
          score: number,
          reported_score: optional(number),
          points: list(
            object({ signal: text, points: number, reported_points: optional(number), since: text, detail: text }),
          ),
        }),
      ),
    }),
  ),
});

const showRisk: AdminCommand = {
  name: 'show',
  summary: 'show the score of each session of a person, and where every point comes from',
  arguments: user,
  exitCodes,
  example: 'postern risk show ada@corp.example',
  act: askOnce({
    answer: shown,
    question: ({ argument }) => riskOf(argument),
    print({ people }, { context: { output } }) {
      for (const one of people) {
        output.stdout(
          `${cleanText(one.person)}   ${countOf(one.sessions.length, 'session')}   ${cleanText(one.issuer)}\n`,
        );
        if (one.outside_score !== undefined) output.stdout(`set from outside: ${describe(one.outside_score)}\n`);
        for (const session of one.sessions) {
          const reported =
            session.reported_score === undefined ? '' : `, ${session.reported_score} with report-only signals`;
          output.stdout(`${cleanText(session.id)}   score ${session.score}${reported}\n`);
          const rows = session.points.map((point) => [
            point.reported_points === undefined ? String(point.points) : `(${point.reported_points})`,
            point.signal,
            point.since,
            point.detail,
          ]);
          if (rows.length > 0) output.stdout(renderTable([['POINTS', 'SIGNAL', 'SINCE', 'DETAIL'], ...rows]));
        }
      }
    },
  }),
};

const wasSet = object({ people: list(text), outside_score: outside, kept_in: keptIn });

const setRisk: AdminCommand<SetOptions> = {
  name: 'set',
  summary: 'set a score that another system has found for a person; it acts on the next request',
  arguments: user,
  options: [
    requiredOption('--score <score>', 'from 0 to 100', readScore),
    requiredOption('--for <duration>', 'how long it holds: 1m to 90d', readDuration(60_000, longestMs)),
    requiredOption('--reason <text>', 'why, for the analyst'),
    new Option('--source <name>', 'which system found it').default('postern risk set'),
  ],
  exitCodes,
  example: "postern risk set ada@corp.example --score 80 --for 24h --reason 'token seen on a paste site'",
  act: askOnce({
    answer: wasSet,
    question: ({ argument, options: { score, for: ms, source, reason } }) => ({
      ...riskOf(argument),
      method: 'PUT',
      body: { score, seconds: Math.round(ms / 1000), source, reason },
    }),
    print({ people, outside_score }, { context: { output } }) {
      for (const person of people)
        output.stdout(`${cleanText(person)}: ${describe(outside_score)}. It acts on the next request.\n`);
    },
  }),
};

const wasCleared = object({ people: list(text), cleared: flag });

const clearRisk: AdminCommand = {
  name: 'clear',
  summary: 'take back the score that was set for a person',
  arguments: user,
  exitCodes,
  example: 'postern risk clear ada@corp.example',
  act: askOnce({
    answer: wasCleared,
    question: ({ argument }) => ({ ...riskOf(argument), method: 'DELETE' }),
    print({ people, cleared }, { context: { output } }) {
      const what = cleared ? 'the score from outside is cleared' : 'there was no score from outside';
      for (const person of people) output.stdout(`${cleanText(person)}: ${what}.\n`);
    },
  }),
};

/** `risk show`, `risk set` and `risk clear`: the scores of a person. */
export const addRiskCommands = adminCommands([showRisk, setRisk, clearRisk], {
  name: 'risk',
  summary: 'show the risk of a person, and set or clear a score from outside',
});

function riskOf(who: string) {
  return {
    path: `/api/v1/people/${encodeURIComponent(who)}/risk`,
    notFound: `Nobody who has signed in has the e-mail address or subject "${cleanText(who)}".`,
  };
}

function readScore(typed: string): number {
  const score = Number(typed);
  if (/^\d{1,3}$/.test(typed) && score <= 100) return score;
  throw new InvalidArgumentError('a score is a number from 0 to 100');
}

function describe({ score, expires_at, source, reason }: ShapeOf<typeof outside>): string {
  return `score ${score} until ${expires_at} by ${cleanText(source)}: ${cleanText(reason)}`;
}

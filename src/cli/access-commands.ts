import { Option } from 'commander';
import { type AdminCommand, type AdminOptions, adminCommands, askOnce } from './admin-command.ts';
import { flag, list, object, oneOf, optional, type ShapeOf, text } from './answer-shape.ts';
import { cleanText, countOf, renderTable } from './table.ts';

interface AccessOptions extends AdminOptions {
  /** Also those without access. */
  readonly all: boolean;
}

const accessMembers = {
  access: oneOf('now', 'conditional', 'no'),
  via: optional(object({ rule: text, at: text })),
  reason: optional(text),
  needs: optional(list(text)),
  last_used_at: optional(text),
  is_stale: flag,
};
const claimsMembers = { person: text, provider: text, issuer: text, groups_as_of: text };
const access = object(accessMembers);
type Access = ShapeOf<typeof access>;

const order = { now: 0, conditional: 1, no: 2 } as const;
const names = new Intl.Collator('en');

function byAccessAndName(one: Access & { person: string }, other: Access & { person: string }): number {
  return order[one.access] - order[other.access] || names.compare(one.person, other.person);
}

const notice = 'No directory sync: people who never signed in are not listed.';
const all = new Option('--all', 'also what they have no access to').default(false);

const peopleOfApp = object({ people: list(object({ ...claimsMembers, ...accessMembers })) });

const whoCan: AdminCommand<AccessOptions> = {
  name: 'who-can',
  summary: 'list who of the people who have signed in can open an app',
  arguments: [['<app>', 'the name of its route']],
  options: [all],
  exitCodes: '0 listed, 3 no such app, or no server answers.',
  example: 'postern who-can payroll',
  act: askOnce({
    answer: peopleOfApp,
    question: ({ argument: route }) => ({
      path: `/api/v1/routes/${encodeURIComponent(route)}/people`,
      notFound: `The running server has no route named "${cleanText(route)}".`,
    }),
    arrange: (answer) => ({ ...answer, people: [...answer.people].sort(byAccessAndName) }),
    print({ people }, { options, context: { output, ports } }) {
      const nowMs = ports.now();
      const shown = people.filter((one) => options.all || one.access !== 'no');
      const rows = shown.map((one) => [
        one.person,
        one.access,
        viaText(one),
        daysText(one.last_used_at, nowMs, 'never'),
        `${one.provider} sign-in, ${timeText(one.groups_as_of, nowMs)}${one.is_stale ? ' (stale)' : ''}`,
      ]);
      if (rows.length > 0)
        output.stdout(renderTable([['PERSON', 'ACCESS', 'VIA', 'LAST USED', 'GROUPS AS OF'], ...rows]));
      const hidden = withoutAccess(people.length - shown.length);
      output.stdout(`${countOf(shown.length, 'person', 'people')}.${hidden}${legend(shown)} ${notice}\n`);
    },
  }),
};

const appsOfPeople = object({
  people: list(object({ ...claimsMembers, routes: list(object({ route: text, ...accessMembers })) })),
});

const accessOf: AdminCommand<AccessOptions> = {
  name: 'access',
  summary: 'list what a person can open',
  arguments: [['<user>', 'an e-mail address or a subject']],
  options: [all],
  exitCodes: '0 listed, 3 nobody known, or no server answers.',
  example: 'postern access ada@corp.example',
  act: askOnce({
    answer: appsOfPeople,
    question: ({ argument: user }) => ({
      path: `/api/v1/people/${encodeURIComponent(user)}/access`,
      notFound: `Nobody who has signed in has the e-mail address or subject "${cleanText(user)}". ${notice}`,
    }),
    print({ people }, { options, context: { output, ports } }) {
      const nowMs = ports.now();
      for (const one of people) {
        const isStale = one.routes.some(({ is_stale }) => is_stale);
        const asOf = `${timeText(one.groups_as_of, nowMs)}${isStale ? ' (stale)' : ''}`;
        output.stdout(
          `${cleanText(one.person)}   groups as of ${cleanText(one.provider)} sign-in, ${asOf}   ${cleanText(one.issuer)}\n`,
        );
        const rows = one.routes
          .filter((route) => options.all || route.access !== 'no')
          .map((route) => [
            route.route,
            route.access,
            viaText(route),
            daysText(route.last_used_at, nowMs, 'never'),
            route.needs?.join(', ') ?? route.reason ?? '',
          ]);
        if (rows.length > 0) output.stdout(renderTable([['APP', 'ACCESS', 'VIA', 'LAST USED', 'NEEDS'], ...rows]));
        const hidden = withoutAccess(one.routes.length - rows.length);
        output.stdout(`${countOf(rows.length, 'app')}.${hidden}${legend(one.routes)}\n`);
      }
    },
  }),
};

/** `who-can` and `access`: what people can open, as the running server knows them. */
export const addAccessCommands = adminCommands([whoCan, accessOf]);

function withoutAccess(hidden: number): string {
  return hidden === 0 ? '' : ` ${hidden} more without access (--all lists them).`;
}

function viaText({ via, reason, access }: Access): string {
  if (via === undefined) return access === 'no' ? (reason ?? '') : 'public';
  return `${via.rule} ${via.at}`;
}

function legend(shown: readonly Access[]): string {
  const needs = [...new Set(shown.filter(({ access }) => access === 'conditional').flatMap((one) => one.needs ?? []))];
  const conditional = needs.length === 0 ? '' : `; conditional = needs: ${needs.map(cleanText).join(', ')}`;
  return shown.length === 0 ? '' : ` now = would be let in at this moment${conditional}.`;
}

const dayMs = 86_400_000;

/** `today`, `1 day`, `41 days`. */
function daysText(iso: string | undefined, nowMs: number, none: string): string {
  if (iso === undefined) return none;
  const days = Math.floor(nowMs / dayMs) - Math.floor(Date.parse(iso) / dayMs);
  return days <= 0 ? 'today' : countOf(days, 'day');
}

/** `14:01 UTC` on the same day, otherwise `41 days ago`. */
function timeText(iso: string, nowMs: number): string {
  const days = daysText(iso, nowMs, '');
  return days === 'today' ? `${iso.slice(11, 16)} UTC` : `${days} ago`;
}

import { z } from 'zod';
import { type AdminClientOptions, askServer } from './admin-client.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { cleanText, countOf, renderTable } from './table.ts';

export interface AccessOptions extends AdminClientOptions {
  readonly format: 'text' | 'json';
  /** Also those without access. */
  readonly all: boolean;
}

const accessShape = {
  access: z.enum(['now', 'conditional', 'no']),
  via: z.object({ rule: z.string(), at: z.string() }).optional(),
  reason: z.string().optional(),
  needs: z.array(z.string()).optional(),
  last_used_at: z.string().optional(),
  is_stale: z.boolean(),
};
const claimsShape = { person: z.string(), provider: z.string(), issuer: z.string(), groups_as_of: z.string() };
const whoCanSchema = z.looseObject({
  people: z.array(z.looseObject({ ...claimsShape, ...accessShape })),
});
const accessSchema = z.looseObject({
  people: z.array(
    z.looseObject({ ...claimsShape, routes: z.array(z.looseObject({ route: z.string(), ...accessShape })) }),
  ),
});
type Access = z.infer<z.ZodObject<typeof accessShape>>;

const notice = 'No directory sync: people who never signed in are not listed.';

/** `postern who-can APP`: who of the people who have signed in can open it. */
export async function printWhoCan(route: string, options: AccessOptions, context: CliContext): Promise<ExitCode> {
  const path = `/api/v1/routes/${encodeURIComponent(route)}/people`;
  const body = await askServer(options, path, `The running server has no route named "${cleanText(route)}".`, context);
  const answer = read(whoCanSchema, body, options, context);
  if (answer === undefined) return 3;
  if (options.format === 'json') return 0;
  const nowMs = context.ports.now();
  const shown = answer.people.filter(({ access }) => options.all || access !== 'no');
  const rows = shown.map((one) => [
    one.person,
    one.access,
    viaText(one),
    daysText(one.last_used_at, nowMs, 'never'),
    `${one.provider} sign-in, ${timeText(one.groups_as_of, nowMs)}${one.is_stale ? ' (stale)' : ''}`,
  ]);
  if (rows.length > 0)
    context.output.stdout(renderTable([['PERSON', 'ACCESS', 'VIA', 'LAST USED', 'GROUPS AS OF'], ...rows]));
  const hidden = answer.people.length - shown.length;
  const without = hidden === 0 ? '' : ` ${hidden} more without access (--all lists them).`;
  context.output.stdout(`${countOf(shown.length, 'person', 'people')}.${without}${legend(shown)} ${notice}\n`);
  return 0;
}

/** `postern access USER`: what a person can open. */
export async function printAccess(user: string, options: AccessOptions, context: CliContext): Promise<ExitCode> {
  const missing = `Nobody who has signed in has the e-mail address or subject "${cleanText(user)}". ${notice}`;
  const body = await askServer(options, `/api/v1/people/${encodeURIComponent(user)}/access`, missing, context);
  const answer = read(accessSchema, body, options, context);
  if (answer === undefined) return 3;
  if (options.format === 'json') return 0;
  const nowMs = context.ports.now();
  for (const one of answer.people) {
    const isStale = one.routes.some(({ is_stale }) => is_stale);
    const asOf = `${timeText(one.groups_as_of, nowMs)}${isStale ? ' (stale)' : ''}`;
    context.output.stdout(
      `${cleanText(one.person)}   groups as of ${cleanText(one.provider)} sign-in, ${asOf}   ${cleanText(one.issuer)}\n`,
    );
    const rows = one.routes
      .filter(({ access }) => options.all || access !== 'no')
      .map((route) => [
        route.route,
        route.access,
        viaText(route),
        daysText(route.last_used_at, nowMs, 'never'),
        route.needs?.join(', ') ?? route.reason ?? '',
      ]);
    if (rows.length > 0) context.output.stdout(renderTable([['APP', 'ACCESS', 'VIA', 'LAST USED', 'NEEDS'], ...rows]));
    const hidden = one.routes.length - rows.length;
    const without = hidden === 0 ? '' : ` ${hidden} more without access (--all lists them).`;
    context.output.stdout(`${countOf(rows.length, 'app')}.${without}${legend(one.routes)}\n`);
  }
  return 0;
}

function read<Output>(
  schema: z.ZodType<Output>,
  body: unknown,
  { format }: AccessOptions,
  { output }: CliContext,
): Output | undefined {
  if (body === undefined) return undefined;
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    output.stderr('The server answered in a form that this postern does not know. Use the version that it runs.\n');
    return undefined;
  }
  if (format === 'json') output.stdout(`${JSON.stringify(body, null, 2)}\n`);
  return parsed.data;
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

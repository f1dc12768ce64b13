import { type ConfigurationChange, diffSnapshots } from '../config/diff/diff-snapshots.ts';
import { diffEffects, type EffectDiff } from '../config/diff/effects/diff-effects.ts';
import { renderEffect } from '../config/diff/effects/render-effect.ts';
import { renderChange } from '../config/diff/render-diff.ts';
import { renderNotice } from '../config/render-problems.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { ClaimValue } from '../decision/facts.ts';
import { impactOf, type PeoplePages, type RouteImpact, renderImpact } from '../preview/impact.ts';
import type { ReplayReport } from '../preview/tally-replays.ts';
import { createAskedServer } from './admin-command.ts';
import { flag, list, object, optional, table, text } from './answer-shape.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { parseSince, renderReplay, replayToJson, replayTrail } from './replay-trail.ts';
import { loadForCommand } from './run-command.ts';
import { cleanText, countOf } from './table.ts';

export interface DiffOptions {
  readonly format: 'text' | 'json' | 'github';
  /** Also who gains and loses, of the people whom the running server knows. */
  readonly people: boolean;
  /** Also what the decisions that the trail has of so long come to, as a duration. */
  readonly trail?: string | undefined;
  /** The folder of the trail; default: the old file's. */
  readonly audit?: string | undefined;
  /** The file that the server runs with; default: the old one. */
  readonly config?: string | undefined;
  readonly admin?: string | undefined;
}

/** `postern diff OLD NEW`: what differs in meaning and in answers. 0: nothing; 1: something; 2: wrong usage; 3: it could not be told. */
export async function diffFiles(
  oldFile: string,
  newFile: string,
  options: DiffOptions,
  context: CliContext,
): Promise<ExitCode> {
  const sinceMs = options.trail === undefined ? undefined : parseSince('--trail', options.trail, context);
  if (options.trail !== undefined && sinceMs === undefined) return 2;
  const before = await loadForCommand(oldFile, context);
  const after = await loadForCommand(newFile, context);
  if (typeof before === 'number' || typeof after === 'number') return 3;
  const changes = await diffSnapshots(before, after);
  const effects = await diffEffects(before, after, context.ports.now());
  let impact: readonly RouteImpact[] | undefined;
  if (options.people) {
    const people = await askForPeople({ config: options.config ?? oldFile, admin: options.admin }, context);
    if (people === undefined) return 3;
    impact = await impactOf(before, after, people, context.ports.now());
  }
  let replayed: ReplayReport | undefined;
  if (sinceMs !== undefined) {
    const stage = { next: after, running: before, folder: options.audit ?? before.audit.path };
    replayed = await replayTrail(stage, context.ports.now() - sinceMs, context);
    if (replayed === undefined) return 3;
  }
  print({ before, after, changes, effects, impact, replayed }, options.format, context);
  const replayedDiffer = replayed !== undefined && replayed.groups.length > 0;
  return changes.length > 0 || effects.effects.length > 0 || replayedDiffer ? 1 : 0;
}

interface Differences {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly changes: readonly ConfigurationChange[];
  readonly effects: EffectDiff;
  readonly impact: readonly RouteImpact[] | undefined;
  readonly replayed: ReplayReport | undefined;
}

/** Effects told one by one; the rest are counted. */
const mostEffects = 40;
const cutLine = 'There is more than could be tried out: some answers that differ may not be shown.';

function print(
  { before, after, changes, effects: { effects, isCut }, impact, replayed }: Differences,
  format: DiffOptions['format'],
  { output }: CliContext,
): void {
  if (isCut) output.stderr(`${cutLine}\n`);
  switch (format) {
    case 'json':
      output.stdout(
        `${JSON.stringify({ before: before.hash, after: after.hash, changes, effects, ...(impact === undefined ? {} : { impact }), ...(replayed === undefined ? {} : { trail: replayToJson(replayed) }) }, null, 2)}\n`,
      );
      return;
    case 'github':
      for (const change of changes)
        for (const line of renderChange(change)) output.stdout(`${renderNotice('notice', change.at, line)}\n`);
      for (const effect of effects.slice(0, mostEffects)) {
        const name = effect.after.route ?? effect.before.route;
        const at = after.routes.find((route) => route.name === name)?.at ?? { file: after.file, line: 1, column: 1 };
        output.stdout(`${renderNotice('notice', at, cleanText(renderEffect(effect)))}\n`);
      }
      for (const one of impact ?? []) {
        const at = after.routes.find(({ name }) => name === one.route)?.at ?? { file: after.file, line: 1, column: 1 };
        for (const line of renderImpact(one))
          output.stdout(`${renderNotice(one.lost.length > 0 ? 'warning' : 'notice', at, cleanText(line))}\n`);
      }
      if (replayed !== undefined && replayed.groups.length > 0) {
        const at = { file: after.file, line: 1, column: 1 };
        for (const line of renderReplay(replayed)) output.stdout(`${renderNotice('notice', at, cleanText(line))}\n`);
      }
      return;
    case 'text':
      for (const change of changes) for (const line of renderChange(change)) output.stdout(`${cleanText(line)}\n`);
      for (const effect of effects.slice(0, mostEffects)) output.stdout(`${cleanText(renderEffect(effect))}\n`);
      if (effects.length > mostEffects) output.stdout(`! and ${effects.length - mostEffects} answers more\n`);
      for (const one of impact ?? []) for (const line of renderImpact(one)) output.stdout(`  ${cleanText(line)}\n`);
      if (replayed !== undefined) {
        output.stdout(`of ${countOf(replayed.replayed, 'recorded decision')}:\n`);
        for (const line of renderReplay(replayed)) output.stdout(`  ${cleanText(line)}\n`);
      }
      if (changes.length === 0 && effects.length === 0) output.stderr('The two say the same.\n');
      else if (impact?.length === 0) output.stderr('Nobody who has signed in gains or loses anything.\n');
  }
}

/** Whatever JSON can say is a claim. */
const claim = (_value: unknown): _value is ClaimValue => true;

const peopleAnswer = object({
  people: list(
    object({
      provider: text,
      issuer: text,
      subject: text,
      name: optional(text),
      email: optional(text),
      email_verified: flag,
      groups: optional(list(text)),
      claims: optional(table(claim)),
      groups_as_of: text,
    }),
  ),
});

/** The people whom the running server knows; `undefined` after saying why there are none. */
async function askForPeople(
  server: { readonly config: string; readonly admin: string | undefined },
  context: CliContext,
): Promise<PeoplePages | undefined> {
  const notFound = 'The running server keeps no directory of people: it is an older Postern.';
  const question = { path: '/api/v1/people', answer: peopleAnswer, notFound };
  const reply = await createAskedServer(server, context).ask(question);
  if (reply.outcome === 'failed') {
    context.output.stderr(`${reply.why}\n`);
    return undefined;
  }
  const people = reply.answer.people.map((one) => ({
    person: {
      providerId: one.provider,
      issuer: one.issuer,
      subject: one.subject,
      name: one.name,
      email: one.email,
      isEmailVerified: one.email_verified,
      groups: one.groups,
      claims: one.claims,
      source: `idp:${one.provider}`,
      asOfMs: Date.parse(one.groups_as_of),
    },
  }));
  return (async function* () {
    yield people;
  })();
}

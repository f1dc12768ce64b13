import { documentOf } from '../config/configuration-document.ts';
import { diffOrder } from '../config/diff/diff-order.ts';
import { diffSnapshots } from '../config/diff/diff-snapshots.ts';
import { diffEffects } from '../config/diff/effects/diff-effects.ts';
import { renderEffect } from '../config/diff/effects/render-effect.ts';
import { renderChange } from '../config/diff/render-diff.ts';
import type { ReloadCheck } from '../config/reload/reload.ts';
import type { Snapshot } from '../config/snapshot.ts';
import type { KnownPerson, People } from '../people/known-person.ts';
import type { LastOpenings } from '../people/last-openings.ts';
import { guardLockout, type LockoutSources } from './guard-lockout.ts';
import { impactOf, renderImpact } from './impact.ts';

/** Changes that are told line by line; the rest are counted. */
const mostLines = 50;

/** Answers that differ and are told one by one. */
const mostEffects = 20;
/** Judgements of people whom the rules speak of: a second, in slices. */
const mostSamples = 200_000;

/** As many judgements as a person waits for: each known person at each route of both. */
const mostJudgements = 2_000_000;

/** What every candidate is held against before it may run: what it changes for whom, and whom it locks out. */
export function previewChecks(
  parts: LockoutSources & { readonly lastOpenings: Pick<LastOpenings, 'all' | 'forget'> },
): readonly ReloadCheck[] {
  const { people, now } = parts;
  return [
    {
      name: 'diff',
      async run(candidate, running, { trigger }) {
        const isAsked = trigger === 'admin';
        const { effects } = await diffEffects(running, candidate, now(), isAsked ? mostSamples : 0);
        const effectLines = effects.slice(0, mostEffects).map(renderEffect);
        if (effects.length > mostEffects) effectLines.push(`! and ${effects.length - mostEffects} answers more`);
        if (documentOf(running) === undefined || documentOf(candidate) === undefined) {
          const order = diffOrder(running, candidate).map(
            ({ route }) => `~ route ${route.name}  is asked in another order`,
          );
          return { outcome: 'passed', lines: [...notCompared, ...order.slice(0, mostEffects), ...effectLines] };
        }
        const changes = await diffSnapshots(running, candidate);
        // Somebody waits for it and reads it; a file that was saved must not wait for a look at everybody.
        const isWanted = isAsked && changes.length > 0;
        const compared = limit(isWanted ? mostJudgements : 0, people, candidate, running);
        const impact = await impactOf(running, candidate, compared.pages(), now());
        const lines = [...changes.flatMap(renderChange), ...effectLines, ...impact.flatMap(renderImpact)];
        if (compared.isCut()) lines.push('too many people to compare all of them here: postern diff --people does');
        const more = lines.length - mostLines;
        return {
          outcome: 'passed',
          lines: more > 0 ? [...lines.slice(0, mostLines), `and ${more} lines more: postern diff shows them`] : lines,
          detail: { routes: impact.map(({ route, gained, lost, requests }) => ({ route, gained, lost, requests })) },
        };
      },
    },
    {
      name: 'lockout',
      async run(candidate, running, { allowLockout, checkOnly }) {
        const { outcome, lines, lost } = await guardLockout(candidate, running, parts);
        if (outcome !== 'refused') return { outcome: 'passed', lines };
        if (allowLockout !== true) return { outcome: 'blocked', lines };
        // Somebody decided it: the reloads to come are not refused for the same.
        if (checkOnly !== true)
          for (const { person, attempts } of lost) await parts.lastOpenings.forget(person, attempts);
        return { outcome: 'passed', lines: [...lines.slice(0, -1), 'forced by --allow-lockout'] };
      },
    },
  ];
}

/** What keeps no document cannot be told apart route by route, and all routes for all people would take hours. */
const notCompared = ['too large to be compared key by key here: postern diff compares the files'];

/** People until there were enough of them; `isCut` when some were left out although any were wanted. */
function limit(judgements: number, people: Pick<People, 'pages'>, candidate: Snapshot, running: Snapshot) {
  const most = Math.ceil(judgements / Math.max(1, candidate.routes.length + running.routes.length));
  let isCut = false;
  return {
    isCut: () => isCut,
    async *pages(): AsyncGenerator<readonly KnownPerson[]> {
      if (most === 0) return;
      let seen = 0;
      for await (const page of people.pages()) {
        if (seen >= most) {
          isCut = true;
          return;
        }
        seen += page.length;
        yield page;
      }
    },
  };
}

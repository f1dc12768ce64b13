import { guardLockout } from '../access/guard-lockout.ts';
import { impactOf } from '../access/impact.ts';
import { renderImpact } from '../access/render-impact.ts';
import { diffSnapshots } from '../config/diff/diff-snapshots.ts';
import { renderChange } from '../config/diff/render-diff.ts';
import type { ReloadCheck } from '../config/reload/reload.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { createTestsCheck } from '../config/tryout/check-tests-before-reload.ts';
import type { KnownPerson, People } from '../people/known-person.ts';

/** As many judgements as a person waits for. */
const mostJudgements = 2_000_000;

/** What an admin sees before a configuration runs: the tests in the file, what differs and for whom, who would be locked out. */
export function previewChecks(people: Pick<People, 'pages'>, now: () => number): readonly ReloadCheck[] {
  return [createTestsCheck(now), createDiffCheck(people, now), createLockoutCheck(people, now)];
}

/** Never blocks: it tells. Who gains and loses is asked for by people, and costs too much for every save of a file. */
function createDiffCheck(people: Pick<People, 'pages'>, now: () => number): ReloadCheck {
  return {
    name: 'diff',
    async run(candidate, running, request) {
      const changes = diffSnapshots(running, candidate);
      const lines = changes.flatMap((change) => [...renderChange(change)]);
      if (request.trigger !== 'admin') return { outcome: 'passed', lines, detail: { changes } };
      const counted = limit(people, candidate, running);
      const impact = await impactOf(running, candidate, counted.pages(), now());
      const told = [...lines, ...impact.flatMap(renderImpact)];
      if (counted.isCut()) told.push('Not everybody was compared, there are too many: postern diff --people does it.');
      return { outcome: 'passed', lines: told, detail: { changes, impact } };
    },
  };
}

function limit(people: Pick<People, 'pages'>, { routes }: Snapshot, running: Snapshot) {
  const most = Math.ceil(mostJudgements / Math.max(1, routes.length + running.routes.length));
  let isCut = false;
  return {
    isCut: () => isCut,
    async *pages(): AsyncGenerator<readonly KnownPerson[]> {
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

function createLockoutCheck(people: Pick<People, 'pages'>, now: () => number): ReloadCheck {
  return {
    name: 'lockout',
    async run(candidate, running, { allowLockout }) {
      const { outcome, lines } = await guardLockout(candidate, running, { people, now });
      const detail = { verdict: outcome, forced: outcome === 'refused' && allowLockout === true };
      const isBlocked = outcome === 'refused' && allowLockout !== true;
      const marked =
        outcome === 'refused' ? lines : lines.map((line, index) => (index === 0 ? `${outcome}: ${line}` : line));
      return { outcome: isBlocked ? 'blocked' : 'passed', lines: marked, detail };
    },
  };
}

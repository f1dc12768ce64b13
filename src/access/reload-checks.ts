import { diffSnapshots } from '../config/diff/diff-snapshots.ts';
import { renderChange } from '../config/diff/render-diff.ts';
import type { ReloadCheck } from '../config/reload/reload.ts';
import type { People } from '../people/known-person.ts';
import { guardLockout } from './guard-lockout.ts';
import { impactOf, renderImpact } from './impact.ts';

/** What the checks ask of the people who have signed in. */
export interface ReloadCheckSources {
  readonly people: Pick<People, 'pages'>;
  readonly now: () => number;
}

/** Whom the candidate would lock out. `allowLockout` lets it pass, and it still says so. */
export function lockoutCheck({ people, now }: ReloadCheckSources): ReloadCheck {
  return {
    name: 'lockout',
    async run(candidate, running, { allowLockout }) {
      const { outcome, lines } = await guardLockout(candidate, running, { people, now });
      if (outcome !== 'refused') return { outcome: 'passed', lines, detail: { verdict: outcome } };
      if (allowLockout !== true) return { outcome: 'blocked', lines, detail: { verdict: outcome } };
      return {
        outcome: 'passed',
        lines: [...lines.slice(0, -1), 'forced by --allow-lockout'],
        detail: { verdict: 'forced' },
      };
    },
  };
}

/** Past this many lines nobody reads on. */
const mostLines = 200;

/** What the candidate means otherwise, and who gains and who loses. Never blocks. */
export function diffCheck({ people, now }: ReloadCheckSources): ReloadCheck {
  return {
    name: 'diff',
    async run(candidate, running) {
      const changes = await diffSnapshots(running, candidate);
      const impact = changes.length === 0 ? [] : await impactOf(running, candidate, people.pages(), now());
      const lines = [...changes.flatMap(renderChange), ...impact.flatMap(renderImpact)];
      const rest = lines.length - mostLines;
      return {
        outcome: 'passed',
        lines: rest > 0 ? [...lines.slice(0, mostLines), `… and ${rest} more`] : lines,
        detail: { changes, impact },
      };
    },
  };
}

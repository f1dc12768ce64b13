import type { Snapshot } from '../snapshot.ts';
import type { PolicyTest } from './policy-test.ts';

/** Names of the tests of the running configuration that another one lacks, or that expect less there. */
export function lostTests(candidate: Pick<Snapshot, 'tests'>, running: Pick<Snapshot, 'tests'>): readonly string[] {
  const kept = new Map((candidate.tests ?? []).map((test) => [test.name, expectations(test)]));
  return (running.tests ?? [])
    .filter((test) => (kept.get(test.name) ?? 0) < expectations(test))
    .map(({ name }) => name);
}

function expectations({ accept, step_up, deny }: PolicyTest): number {
  return (accept?.length ?? 0) + (step_up?.length ?? 0) + Object.keys(deny ?? {}).length;
}

import type { ConfigurationChange } from '../config/diff/diff-snapshots.ts';
import { renderKey } from '../config/diff/render-diff.ts';
import type { Replay, ReplayChange } from './replay-decision.ts';

/** Decisions that came out otherwise for the same cause. */
export interface ReplayGroup {
  readonly change: ReplayChange;
  readonly route: string;
  /** The rule that is the likeliest cause. */
  readonly rule: string | undefined;
  readonly reason: string;
  /** What the new file changes there: `rollout.percent 25 -> 60`; empty where the cause is elsewhere. */
  readonly because: readonly string[];
  readonly decisions: number;
  /** Distinct; at most 10,000 are told apart. */
  readonly people: readonly string[];
}

export interface ReplayReport {
  readonly replayed: number;
  /** Most decisions first. */
  readonly groups: readonly ReplayGroup[];
  readonly notComparable: readonly { readonly why: string; readonly decisions: number }[];
  /** Those of `break_glass` whom a difference meets. */
  readonly breakGlass: readonly string[];
}

/** Adds up replays, in memory that does not grow with their number. */
export interface ReplayTally {
  add(replay: Replay): void;
  addNotComparable(why: string, decisions?: number): void;
  report(): ReplayReport;
}

const mostPeople = 10_000;

interface Counting {
  readonly group: Omit<ReplayGroup, 'decisions' | 'people'>;
  readonly people: Set<string>;
  decisions: number;
}

/** @param differences of the two files: of the rules that had a say, the one that was changed is the cause. */
export function createReplayTally(
  differences: readonly ConfigurationChange[],
  breakGlass: ReadonlySet<string>,
): ReplayTally {
  const changedRules = new Map<string, readonly string[]>();
  for (const { type, name, kind, keys } of differences) {
    if (type !== 'allow' && type !== 'deny') continue;
    changedRules.set(name, kind === 'changed' ? keys.map(renderKey) : [`${kind} ${type} rule`]);
  }
  const groups = new Map<string, Counting>();
  const causes = new Map<string, number>();
  const affected = new Set<string>();
  let replayed = 0;

  /** A rule that had a say and was changed; else the one that decided. */
  const blame = (route: string, rules: readonly string[]): string | undefined =>
    rules.find((rule) => changedRules.has(`${route}/${rule}`)) ?? rules[0];

  const addNotComparable = (why: string, decisions = 1): void => {
    if (decisions > 0) causes.set(why, (causes.get(why) ?? 0) + decisions);
  };

  return {
    add(replay) {
      replayed += 1;
      if (replay.outcome === 'same') return;
      if (replay.outcome === 'not_comparable') return addNotComparable(replay.why);
      const { change, route, reason, person } = replay;
      const rule = blame(route, replay.rules);
      const key = `${change} ${route}/${rule ?? ''} ${reason}`;
      let counting = groups.get(key);
      if (counting === undefined) {
        const because = changedRules.get(`${route}/${rule ?? ''}`) ?? [];
        counting = { group: { change, route, rule, reason, because }, people: new Set(), decisions: 0 };
        groups.set(key, counting);
      }
      counting.decisions += 1;
      if (person === undefined) return;
      if (counting.people.size < mostPeople) counting.people.add(person);
      if (breakGlass.has(person)) affected.add(person);
    },
    addNotComparable,
    report: () => ({
      replayed,
      groups: [...groups.values()]
        .sort((one, other) => other.decisions - one.decisions)
        .map(({ group, decisions, people }) => ({ ...group, decisions, people: [...people].sort() })),
      notComparable: [...causes].map(([why, decisions]) => ({ why, decisions })),
      breakGlass: [...affected].sort(),
    }),
  };
}

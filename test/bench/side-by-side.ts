import { join } from 'node:path';
import type { Contender } from './contender.ts';
import { type Entrant, inTurns, ratioOf } from './in-turns.ts';
import { openStage, type Stage, type StageNeeds } from './stage.ts';
import type { Bound, Figure, RunOptions } from './targets/row.ts';
import { writeTurns } from './write-turns.ts';

/** Postern in two settings that differ in one thing. */
export interface SideBySide {
  /** The left one against the right one: `10,000 routes against 10`. */
  readonly what: string;
  readonly left: StageNeeds;
  readonly right: StageNeeds;
  /** How many sessions take turns, of those that there are. */
  readonly counts: readonly number[];
  /** How often each session asks before each round. Default: once. */
  readonly laps?: number;
  readonly bound: Bound;
  /** Default: `startPostern`. */
  readonly start?: (stage: Stage) => Promise<Contender>;
  /** Looks at the left one once it was driven. */
  readonly after?: (stage: Stage, postern: Contender) => readonly Figure[];
}

/** What a request costs in the left setting, against the right one; every session has had a request before. */
export async function sideBySide(asked: SideBySide, options: RunOptions): Promise<readonly Figure[]> {
  const { laps = 1, start = (stage) => stage.startPostern() } = asked;
  const stages: Stage[] = [];
  try {
    const posterns: Contender[] = [];
    for (const needs of [asked.left, asked.right]) {
      const stage = await openStage(needs);
      stages.push(stage);
      posterns.push(await start(stage));
    }
    const figures: Figure[] = [];
    for (const count of asked.counts) {
      const entrants = stages.map((stage, at): Entrant => {
        const contender = posterns[at];
        if (contender === undefined) throw new Error('A stage has no Postern.');
        return { name: at === 0 ? 'left' : 'right', contender, script: turnsOf(stage, count), lap: count * laps };
      });
      figures.push({
        what: `${asked.what}, ${count === 1 ? 'one session' : `${count.toLocaleString('en')} sessions in use`}`,
        ...ratioOf(await inTurns(entrants, options), 'left', 'right'),
        bound: asked.bound,
      });
    }
    const [[left], [postern]] = [stages, posterns];
    if (left === undefined || postern === undefined) return figures;
    return [...figures, ...(asked.after?.(left, postern) ?? [])];
  } finally {
    for (const stage of stages) await stage.close();
  }
}

/** Sessions that lie as far apart as they can, each asking the host at which it is signed in. */
function turnsOf({ folder, people }: Stage, count: number): string {
  const stride = people.length / count;
  const asking = Array.from({ length: count }, (_, at) => people[Math.floor(at * stride)]);
  return writeTurns(join(folder, `turns-${count}.lua`), {
    secrets: asking.map((person) => person?.secret ?? ''),
    hosts: asking.map((person) => person?.host ?? ''),
  });
}

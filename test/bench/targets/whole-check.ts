import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Costs, driveWell, ratioOf } from '../in-turns.ts';
import { drive, type Round } from '../load.ts';
import { openStage } from '../stage.ts';
import { writeTurns } from '../write-turns.ts';
import type { Bound, Figure, Row } from './row.ts';

/** Assertions are renewed after 40 s; whoever has rested for longer is signed for anew. */
const restMs = 41_000;
const longestLapSeconds = 600;

interface People {
  readonly count: number;
  readonly bound?: Bound;
  readonly script: string;
}

/** The whole check against the same forwarder without any, over plain HTTP. */
export const wholeCheck: Row = {
  name: 'whole-check',
  async measure({ rounds, seconds, inUse, say }) {
    const counts: readonly Omit<People, 'script'>[] = [
      { count: 1, bound: { atMost: 1.25 } },
      { count: 32 },
      ...(inUse > 10_000 ? [{ count: 10_000, bound: { atMost: 1.5 } }] : []),
      { count: inUse, bound: { atMost: 2 } },
    ];
    const stage = await openStage({ sessions: counts.reduce((sum, { count }) => sum + count, 0) });
    try {
      const [bare, postern] = [await stage.startBare(), await stage.startPostern()];
      let taken = 0;
      const people = counts.map(({ count, ...rest }): People => {
        const secrets = stage.secrets.slice(taken, taken + count);
        taken += count;
        return { ...rest, count, script: writeTurns(join(stage.folder, `turns-${count}.lua`), { secrets }) };
      });
      const costs = new Map<string, number[]>();
      const note = (name: string, { microsecondsEach: each, slowest }: Round) => {
        costs.set(name, [...(costs.get(name) ?? []), each]);
        say(`${name}: ${each.toFixed(1)} µs, slowest answer ${slowest}`);
      };
      for (const { script } of people) {
        await drive(bare, { seconds: 1, script });
        await drive(postern, { seconds: longestLapSeconds, script, enough: 10_000 });
      }
      const lapMs = new Map<number, number>();
      let began = performance.now();
      for (let round = 1; round <= rounds; round += 1) {
        await pause(Math.max(0, began + restMs - performance.now()));
        began = performance.now();
        note('bare', await driveWell(bare, { seconds, script: people[0]?.script ?? '' }));
        for (const { count, script } of people) {
          if (count > 32) {
            const lapBegan = performance.now();
            note(`signed ${count}`, await driveWell(postern, { seconds: longestLapSeconds, script, enough: count }));
            lapMs.set(count, performance.now() - lapBegan);
          }
          note(`fresh ${count}`, await driveWell(postern, { seconds, script }));
        }
      }
      return people.flatMap(({ count, bound }) => figuresOf(costs, count, bound, lapMs.get(count)));
    } finally {
      await stage.close();
    }
  },
};

function figuresOf(costs: Costs, count: number, bound: Bound | undefined, lapMs: number | undefined): Figure[] {
  const who = count === 1 ? 'one session' : `${count.toLocaleString('en')} sessions in use`;
  const fresh = ratioOf(costs, `fresh ${count}`, 'bare');
  const whole = `whole check against the bare forwarder, ${who}`;
  const remark =
    count === 1
      ? '; no person asks that often: the risk signal for it is raised, and judged each time'
      : lapMs !== undefined && lapMs > restMs
        ? `; their turns took ${(lapMs / 1000).toFixed(0)} s, so assertions were not fresh`
        : '';
  const first: Figure = { what: whole, ...fresh, from: fresh.from + remark, ...(bound === undefined ? {} : { bound }) };
  if (lapMs === undefined) return [first];
  return [
    first,
    { what: `${whole}, each signed for`, ...ratioOf(costs, `signed ${count}`, 'bare'), bound: { atMost: 3 } },
  ];
}

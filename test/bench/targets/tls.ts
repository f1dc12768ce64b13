import { join } from 'node:path';
import { type Entrant, inTurns, ratioOf } from '../in-turns.ts';
import { openStage } from '../stage.ts';
import { writeTurns } from '../write-turns.ts';
import { atPath, exchanges } from './exchanges.ts';
import type { Figure, Row } from './row.ts';

const atMost = new Map([
  ['GET 300 B', 1.25],
  ['GET 10 KB', 1.25],
  ['POST 10 KB', 1.2],
  ['GET 1 MB', 1.1],
]);

/** TLS to the client and to the app: the whole check against the bare forwarder. */
export const tls: Row = {
  name: 'tls',
  async measure({ inUse, ...options }) {
    const many = Math.min(10_000, inUse);
    const stage = await openStage({ isTls: true, sessions: many });
    try {
      const [bare, postern] = [await stage.startBare(), await stage.startPostern()];
      const figures: Figure[] = [];
      for (const { name, path, ...request } of exchanges) {
        const entrants = [1, many].map((count): Entrant => {
          const script = writeTurns(join(stage.folder, `turns-${count}.lua`), {
            ...request,
            secrets: stage.secrets.slice(0, count),
          });
          return { name: `${name}, ${count}`, contender: atPath(postern, path), script, lap: count };
        });
        const [one] = entrants;
        const floor = { name: `${name}, bare`, contender: atPath(bare, path), script: one?.script ?? '' };
        const costs = await inTurns([floor, ...entrants], options);
        for (const entrant of entrants) {
          figures.push({
            what: `TLS on both sides, ${name}, against the bare forwarder: ${entrant === one ? 'one session' : `${many.toLocaleString('en')} sessions`}`,
            ...ratioOf(costs, entrant.name, floor.name),
            bound: { atMost: atMost.get(name) ?? Number.NaN },
          });
        }
      }
      return figures;
    } finally {
      await stage.close();
    }
  },
};

import { clientLoad } from '../client-load.ts';
import type { Contender } from '../contender.ts';
import { ratioOf } from '../in-turns.ts';
import { sideBySide } from '../side-by-side.ts';
import { openStage, type Stage } from '../stage.ts';
import type { Figure, Row, RunOptions } from './row.ts';

/** What several workers cost that one process does not. */
export const workers: Row = {
  name: 'workers',
  async measure(options) {
    const many = Math.min(10_000, options.inUse);
    // One worker stands on the left, so that the ratio is one of requests for a second of CPU time.
    const requests = await sideBySide(
      {
        what: 'requests for a second of CPU time, two workers against one',
        left: { isTls: true, sessions: many, workers: 1 },
        right: { isTls: true, sessions: many, workers: 2 },
        counts: [1, many],
        // Whichever worker a session comes to next, it has been there.
        laps: 5,
        bound: { atLeast: 0.95 },
        start: (stage) => stage.startProgram(),
      },
      options,
    );
    return [...requests, await connections(options)];
  },
};

async function connections({ rounds, seconds, say }: RunOptions): Promise<Figure> {
  const stages: Stage[] = [];
  try {
    const entrants: (Contender & { readonly args: readonly string[] })[] = [];
    for (const count of [2, 1]) {
      const stage = await openStage({ isTls: true, sessions: 1, workers: count });
      stages.push(stage);
      const postern = await stage.startProgram();
      const args = [String(stage.port), stage.certificates.ca, stage.secrets[0] ?? '', String(seconds)];
      entrants.push({ ...postern, name: `${count}`, args });
    }
    const costs = new Map<string, number[]>(entrants.map(({ name }) => [name, []]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const entrant of entrants) {
        const each = await clientLoad(entrant, 'connecting-client.ts', entrant.args);
        costs.get(entrant.name)?.push(each);
        say(`round ${round}  a new connection, ${entrant.name} workers: ${each.toFixed(0)} µs`);
      }
    }
    return {
      what: 'a new connection with a full handshake and one request, two workers against one',
      ...ratioOf(costs, '2', '1'),
      bound: { atMost: 1.25 },
    };
  } finally {
    for (const stage of stages) await stage.close();
  }
}

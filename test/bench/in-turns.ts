import type { Contender } from './contender.ts';
import { type Drive, drive, type Round } from './load.ts';
import { median } from './targets/row.ts';

/** One who is measured, and what is asked of it. */
export interface Entrant {
  readonly name: string;
  readonly contender: Contender;
  /** Default: the same request again and again. */
  readonly script?: string;
  /** So many requests go before each round, so that everybody has been there a moment ago and assertions are fresh. Default: none. */
  readonly lap?: number;
}

/** What it cost: CPU time of one request in µs, round by round. */
export type Costs = ReadonlyMap<string, readonly number[]>;

const warmUpSeconds = 3;
const longestLapSeconds = 600;
/** wrk ends with the last one asked, and counts only what was answered. */
const fewest = 1_000;

/** Measures entrants in turns, so that what else the machine does hits all alike. The compiler is done before. */
export async function inTurns(
  entrants: readonly Entrant[],
  { rounds, seconds, say }: { readonly rounds: number; readonly seconds: number; readonly say: (text: string) => void },
): Promise<Costs> {
  const costs = new Map<string, number[]>(entrants.map(({ name }) => [name, []]));
  for (const { contender, script } of entrants)
    await drive(contender, asked(Math.min(warmUpSeconds, seconds * 2), script));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, contender, script, lap } of entrants) {
      if (lap !== undefined) {
        const enough = Math.max(fewest, lap);
        await drive(contender, { ...asked(longestLapSeconds, script), enough });
      }
      const { microsecondsEach: each } = await driveWell(contender, asked(seconds, script));
      costs.get(name)?.push(each);
      say(`round ${round}  ${name}: ${each.toFixed(1)} µs`);
    }
  }
  return costs;
}

const asked = (seconds: number, script?: string): Drive => ({ seconds, ...(script === undefined ? {} : { script }) });

/** Drives a contender; throws where some requests were answered with a no, since those cost something else. */
export async function driveWell(contender: Contender, asked: Drive): Promise<Round> {
  const round = await drive(contender, asked);
  if (round.failures.length === 0) return round;
  throw new Error(`${contender.name} answered requests with a no, or not at all: ${round.failures.join(' ')}.`);
}

/** How many times as much one costs as the other, as the median of the rounds; and the medians themselves, for people. */
export function ratioOf(costs: Costs, one: string, other: string): { readonly figure: number; readonly from: string } {
  const [mine, theirs] = [costs.get(one) ?? [], costs.get(other) ?? []];
  return {
    figure: median(mine.map((each, round) => each / (theirs[round] ?? Number.NaN))),
    from: `${median(mine).toFixed(1)} / ${median(theirs).toFixed(1)} µs`,
  };
}

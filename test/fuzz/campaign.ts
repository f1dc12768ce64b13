import { type FuzzTarget, playScript } from './play.ts';
import { createRandom } from './random.ts';
import { createScript } from './script.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** How many connections are open at once. */
  readonly atOnce: number;
  /** False ends it: it is asked before each connection. */
  readonly goesOn: (played: number) => boolean;
  /** Hears of everything that must not have happened. */
  readonly violated: (what: string) => void;
}

/**
 * Plays one script after another against the targets in turn. Script number n of a seed is always the same, whatever the
 * others did. Answers how many were played.
 */
export async function runCampaign(
  targets: readonly [FuzzTarget, ...FuzzTarget[]],
  options: CampaignOptions,
): Promise<number> {
  let played = 0;
  async function playOn(): Promise<void> {
    while (options.goesOn(played)) {
      const number = played;
      played += 1;
      const target = targets[number % targets.length] ?? targets[0];
      const script = createScript(createRandom(options.seed * 1_000_003 + number), target.hosts);
      try {
        for (const fault of await playScript(target, script))
          options.violated(`${fault} [script ${number} of seed ${options.seed}]`);
      } catch (thrown) {
        options.violated(
          `${target.name} took no connection: ${String(thrown)} [script ${number} of seed ${options.seed}]`,
        );
      }
    }
  }
  await Promise.all(Array.from({ length: options.atOnce }, playOn));
  return played;
}

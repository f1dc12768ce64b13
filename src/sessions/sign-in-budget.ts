import { createLimiter, limitKeyOf } from '../http/limit-attempts.ts';
import type { AttemptSecrets } from './attempt-secret.ts';
import type { SessionId } from './session.ts';

/** Who begins a sign-in or a step-up, as far as the request shows it. */
export interface Beginner {
  readonly sessionId: SessionId | undefined;
  /** The secrets of the attempts that this browser brings. */
  readonly attempts: readonly string[];
  readonly address: string;
}

/**
 * Brakes sign-ins that are begun without end. Three budgets: a person's, a browser's that has begun one lately, and for
 * strangers one for each address. No stranger spends what is another's (security-rules.md 32). In memory of one worker: with
 * several, a client whose connections meet all of them has as many budgets.
 */
export interface SignInBudget {
  /** `undefined` when there is room; else the seconds to wait. */
  take(beginner: Beginner): Promise<number | undefined>;
}

/** More than a person presses, and less than a flood. */
const personPerMinute = 60;
/** Tabs that a browser restores together. One who keeps its cookies gains so much beside the strangers' budget, once. */
const browserInAll = 20;
/** As long as one sign-in may take. */
const browserSeconds = 600;

/** @param strangersPerMinute by IPv4 address or IPv6 /64. Offices share an address: keep it generous. */
export function createSignInBudget(deps: {
  readonly secrets: Pick<AttemptSecrets, 'lineageOf'>;
  readonly strangersPerMinute: number;
  readonly now: () => number;
}): SignInBudget {
  const people = createLimiter(personPerMinute, 60);
  const browsers = createLimiter(browserInAll, browserSeconds);
  const strangers = createLimiter(deps.strangersPerMinute, 60);

  function lineageOf(attempts: readonly string[]): string | undefined {
    const earliestMs = deps.now() - browserSeconds * 1000;
    for (const attempt of attempts) {
      const lineage = deps.secrets.lineageOf(attempt);
      if (lineage !== undefined && lineage.begunAtMs >= earliestMs) return lineage.id;
    }
    return undefined;
  }

  return {
    async take({ sessionId, attempts, address }) {
      if (sessionId !== undefined) return people.take(sessionId);
      const lineage = lineageOf(attempts);
      if (lineage !== undefined && (await browsers.take(lineage)) === undefined) return undefined;
      return strangers.take(limitKeyOf(address));
    },
  };
}

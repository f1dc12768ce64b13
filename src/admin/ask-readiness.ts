import type { ReadinessCheck, Shortfall } from './admin-dependencies.ts';
import { toIso } from './describe-configuration.ts';

const patienceMs = 2_000;

/** Whether this program can do its work, and what it lacks. */
export interface Readiness {
  readonly status: 'ready' | 'not_ready';
  readonly checks: Readonly<Record<string, 'ok' | 'failed'>>;
  /** Present where something failed. */
  readonly failures?: readonly {
    readonly check: string;
    readonly reason: string;
    readonly since: string;
    readonly worker?: number | undefined;
    readonly part?: string | undefined;
  }[];
}

/** Asks every check but those that are left out, and remembers since when one says no. */
export type AskReadiness = (without?: readonly string[]) => Promise<Readiness>;

export function createReadiness(checks: Readonly<Record<string, ReadinessCheck>>, now: () => number): AskReadiness {
  const failingSinceMs = new Map<string, number>();

  async function ask(name: string, check: ReadinessCheck) {
    const found = await answerOf(check);
    if (found.length === 0) failingSinceMs.delete(name);
    else if (!failingSinceMs.has(name)) failingSinceMs.set(name, now());
    const firstSeenMs = failingSinceMs.get(name) ?? now();
    const failures = found.map(({ why, sinceMs = firstSeenMs, worker, part }) => ({
      check: name,
      reason: why,
      since: toIso(sinceMs),
      ...(worker === undefined ? {} : { worker, part }),
    }));
    return { name, failures };
  }

  return async (without = []) => {
    const asked = Object.entries(checks).filter(([name]) => !without.includes(name));
    const results = await Promise.all(asked.map(([name, check]) => ask(name, check)));
    const failures = results.flatMap((result) => result.failures);
    return {
      status: failures.length === 0 ? 'ready' : 'not_ready',
      checks: Object.fromEntries(
        results.map(({ name, failures: own }) => [name, own.length === 0 ? ('ok' as const) : ('failed' as const)]),
      ),
      ...(failures.length === 0 ? {} : { failures }),
    };
  };
}

async function answerOf(check: ReadinessCheck): Promise<readonly Shortfall[]> {
  const silence = Promise.withResolvers<readonly Shortfall[]>();
  const timer = setTimeout(() => silence.resolve([{ why: 'silent' }]), patienceMs);
  try {
    const answer = await Promise.race([check(), silence.promise]);
    if (typeof answer === 'boolean') return answer ? [] : [{ why: 'unavailable' }];
    return answer;
  } catch {
    return [{ why: 'unavailable' }];
  } finally {
    clearTimeout(timer);
  }
}

/** One line for people and simple probes. */
export function readinessText({ status, failures = [] }: Readiness): string {
  if (status === 'ready') return 'ready\n';
  const parts = failures.map(({ check, worker, part, reason, since }) => {
    const where = worker === undefined ? check : `worker ${worker}${part === undefined ? '' : ` ${part}`}`;
    return `${where} ${reason} since ${since}`;
  });
  return `not ready: ${parts.join('; ')}\n`;
}

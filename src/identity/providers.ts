import type { IdentityProvider, Snapshot } from '../config/snapshot.ts';
import { toFault } from '../decision/fault.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Log } from './identity-deps.ts';
import { discoverProvider, type ReachableProvider } from './openid-client.ts';
import { type Later, type ProviderStanding, type ProviderWatch, watchProvider } from './watch-provider.ts';

/** Providers, found once and remembered; looked at in the background, and found again there. */
export interface Providers {
  /** Rejects with `Fault('idp_unavailable')` when it is not known and does not answer now (at most 5 s). */
  reach(provider: IdentityProvider): Promise<ReachableProvider>;
  /** What the last looks found. Asks nobody; `unknown` for one that is not watched, or not yet looked at. */
  standingOf(provider: IdentityProvider): ProviderStanding;
  /** Whether `reach` has an answer without asking anybody. */
  isKnown(provider: IdentityProvider): boolean;
  /** Watches every provider of the snapshot, without waiting; forgets all others. */
  warmUp(snapshot: Snapshot): void;
  close(): void;
}

interface Entry {
  reachable: ReachableProvider | undefined;
  foundAtMs: number;
  inFlight: Promise<ReachableProvider> | undefined;
  watch: ProviderWatch | undefined;
}

/** What a provider says of itself is read again after an hour. */
const refreshAfterMs = 3_600_000;

export interface ProvidersParts {
  readonly metrics: Pick<Metrics, 'providerCalled' | 'providerSeen'>;
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Default: a timer that does not hold the process. */
  readonly later?: Later | undefined;
}

/** Builds the memory of providers. One that is away never delays the start. */
export function createProviders(parts: ProvidersParts): Providers {
  const { metrics, log, now, later = laterByTimer } = parts;
  const entries = new Map<string, Entry>();

  function entryOf(provider: IdentityProvider): Entry {
    const key = keyOf(provider);
    const known = entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = { reachable: undefined, foundAtMs: 0, inFlight: undefined, watch: undefined };
    entries.set(key, entry);
    return entry;
  }

  function find(provider: IdentityProvider, entry: Entry): Promise<ReachableProvider> {
    entry.inFlight ??= discoverProvider(provider, parts)
      .then((reachable) => {
        entry.reachable = reachable;
        entry.foundAtMs = now();
        return reachable;
      })
      .finally(() => {
        entry.inFlight = undefined;
      });
    return entry.inFlight;
  }

  function watch(provider: IdentityProvider, entry: Entry): ProviderWatch {
    return watchProvider({
      now,
      later,
      fraction: () => parts.randomBytes(4).readUInt32BE() / 2 ** 32,
      async look() {
        const isOld = now() - entry.foundAtMs > refreshAfterMs;
        await (entry.reachable === undefined || isOld ? find(provider, entry) : entry.reachable.look());
      },
      onTurn({ state }, cause) {
        metrics.providerSeen(provider.id, state === 'answers');
        const facts = { provider: provider.id, issuer: provider.issuer };
        if (state === 'answers') log.info(facts, 'The provider answers: people can sign in there.');
        else {
          const text =
            'The provider does not answer: sign-ins there get a page that says so. It is looked at again by itself.';
          log.warn({ ...facts, error: toFault(cause).message }, text);
        }
      },
    });
  }

  return {
    async reach(provider) {
      const entry = entryOf(provider);
      return entry.reachable ?? find(provider, entry);
    },
    standingOf: (provider) => entries.get(keyOf(provider))?.watch?.standing() ?? { state: 'unknown' },
    isKnown: (provider) => entries.get(keyOf(provider))?.reachable !== undefined,
    warmUp(snapshot) {
      const wanted = new Set([...snapshot.providers.values()].map(keyOf));
      for (const [key, entry] of entries) {
        if (wanted.has(key)) continue;
        entry.watch?.close();
        entries.delete(key);
      }
      for (const provider of snapshot.providers.values()) {
        const entry = entryOf(provider);
        entry.watch ??= watch(provider, entry);
      }
    },
    close() {
      for (const entry of entries.values()) entry.watch?.close();
      entries.clear();
    },
  };
}

function laterByTimer(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms).unref();
  return () => clearTimeout(timer);
}

/** A reload that changes the client, the issuer or what is read from its claims makes another provider of it. */
function keyOf(provider: IdentityProvider): string {
  const { id, issuer, clientId, clientSecret, scopes, claims } = provider;
  return JSON.stringify([id, issuer, clientId, clientSecret, scopes, claims]);
}

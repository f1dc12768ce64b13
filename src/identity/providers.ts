import type { IdentityProvider, Snapshot } from '../config/snapshot.ts';
import { toFault } from '../decision/fault.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Log } from './identity-deps.ts';
import { discoverProvider, type ReachableProvider } from './openid-client.ts';

/** Providers, found once and remembered; found again in the background. */
export interface Providers {
  /** Rejects with `Fault('idp_unavailable')` when it is not known and does not answer now (at most 5 s). */
  reach(provider: IdentityProvider): Promise<ReachableProvider>;
  /** Asks every provider of the snapshot for its discovery document, without waiting; forgets all others. */
  warmUp(snapshot: Snapshot): void;
  close(): void;
}

interface Entry {
  reachable: ReachableProvider | undefined;
  foundAtMs: number;
  inFlight: Promise<ReachableProvider> | undefined;
  retry: NodeJS.Timeout | undefined;
}

const refreshAfterMs = 3_600_000;
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;

/** Builds the memory of providers. One that is away never delays the start and is asked again by itself, ever more slowly. */
export function createProviders(deps: {
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly log: Log;
}): Providers {
  const entries = new Map<string, Entry>();
  let isClosed = false;

  function entryOf(provider: IdentityProvider): Entry {
    const key = keyOf(provider);
    const known = entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = { reachable: undefined, foundAtMs: 0, inFlight: undefined, retry: undefined };
    entries.set(key, entry);
    return entry;
  }

  function find(provider: IdentityProvider, entry: Entry): Promise<ReachableProvider> {
    entry.inFlight ??= discoverProvider(provider, deps)
      .then((reachable) => {
        entry.reachable = reachable;
        entry.foundAtMs = deps.now();
        clearTimeout(entry.retry);
        entry.retry = undefined;
        return reachable;
      })
      .finally(() => {
        entry.inFlight = undefined;
      });
    return entry.inFlight;
  }

  function findInBackground(provider: IdentityProvider, entry: Entry, retryMs: number): void {
    find(provider, entry).catch((thrown: unknown) => {
      const facts = { provider: provider.id, issuer: provider.issuer, error: toFault(thrown).message, retryMs };
      deps.log.warn(facts, 'The provider cannot be used; sign-ins wait for it.');
      if (isClosed || entry.retry !== undefined || entries.get(keyOf(provider)) !== entry) return;
      entry.retry = setTimeout(() => {
        entry.retry = undefined;
        findInBackground(provider, entry, Math.min(retryMs * 2, longestRetryMs));
      }, retryMs).unref();
    });
  }

  return {
    async reach(provider) {
      const entry = entryOf(provider);
      if (entry.reachable === undefined) return find(provider, entry);
      if (deps.now() - entry.foundAtMs > refreshAfterMs && entry.inFlight === undefined && entry.retry === undefined) {
        findInBackground(provider, entry, firstRetryMs);
      }
      return entry.reachable;
    },
    warmUp(snapshot) {
      const wanted = new Set([...snapshot.providers.values()].map(keyOf));
      for (const [key, entry] of entries) {
        if (wanted.has(key)) continue;
        clearTimeout(entry.retry);
        entries.delete(key);
      }
      for (const provider of snapshot.providers.values()) {
        const entry = entryOf(provider);
        if (entry.reachable === undefined && entry.inFlight === undefined) {
          findInBackground(provider, entry, firstRetryMs);
        }
      }
    },
    close() {
      isClosed = true;
      for (const entry of entries.values()) clearTimeout(entry.retry);
      entries.clear();
    },
  };
}

/** A reload that changes the client, the issuer or what is read from its claims makes another provider of it. */
function keyOf(provider: IdentityProvider): string {
  const { id, issuer, clientId, clientSecret, scopes, claims } = provider;
  return JSON.stringify([id, issuer, clientId, clientSecret, scopes, claims]);
}

import type { SessionId } from '../../sessions/session.ts';
import type { StateStore } from '../../state/state-store.ts';

/** Longer than every call to a provider together may take; a process that dies with a lease holds others up for so long. */
const leaseMs = 60_000;

/** Lets one process at a time read a session's claims again: a refresh token that is used twice ends the session (security-rules.md 7). */
export interface RefreshLeases {
  /** Answers how to give the lease back; `undefined`: somebody has it, or the session is over. */
  take(id: SessionId, providerId: string): Promise<(() => Promise<void>) | undefined>;
}

export function createRefreshLeases(store: StateStore, now: () => number): RefreshLeases {
  return {
    async take(id, providerId) {
      const key = `${id} ${providerId}`;
      const expiresAtMs = now() + leaseMs;
      const written = await store.write({
        kind: 'refresh_lease',
        key,
        owner: id,
        value: '{}',
        expiresAtMs,
        // What has expired counts as not there, so of two that come one writes.
        expectedVersion: 0,
        isLogged: false,
      });
      if (written.outcome !== 'written') return undefined;
      return async () => {
        // One that has run out, as in a process that stood still, may be somebody else's by now.
        if (now() < expiresAtMs) await store.remove('refresh_lease', key);
      };
    },
  };
}

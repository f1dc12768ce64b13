import { limitKeyOf } from '../http/limit-attempts.ts';
import type { Judged } from './stages.ts';

/** One request's place among those that a client may have running. */
export interface InFlightPlace {
  /** Gives the place back; again is nothing. */
  leave(): void;
}

export interface InFlightLimit {
  /** A place for a request that is about to be carried, or `undefined` where its client has too many running. */
  enter(judged: Pick<Judged, 'identity' | 'received'>): InFlightPlace | undefined;
}

/**
 * Bounds what one client has running at apps at once. A session, a service and the address of those who have not signed in
 * (an IPv6 address as its /64) each have a budget of their own: a stranger never spends a colleague's (security-rules.md
 * 32). Event streams and WebSockets count until they are open.
 * @param most as of now; counted in each process for itself.
 */
export function createInFlightLimit(most: () => number, onLimited: () => void): InFlightLimit {
  const running = new Map<string, number>();
  return {
    enter(judged) {
      const key = clientOf(judged);
      const count = running.get(key) ?? 0;
      if (count >= most()) {
        onLimited();
        return undefined;
      }
      running.set(key, count + 1);
      let isHeld = true;
      return {
        leave() {
          if (!isHeld) return;
          isHeld = false;
          const left = (running.get(key) ?? 1) - 1;
          if (left === 0) running.delete(key);
          else running.set(key, left);
        },
      };
    },
  };
}

function clientOf({ identity, received }: Pick<Judged, 'identity' | 'received'>): string {
  if (identity.session !== undefined) return `session ${identity.session.id}`;
  if (identity.service !== undefined) return `service ${identity.service.service.id}`;
  return `address ${limitKeyOf(received.address)}`;
}

import type { StateStore } from '../state/state-store.ts';
import type { EndCause, Session, Sessions } from './session.ts';
import { decodeCredential, decodeSession, decodeTicket } from './session-record.ts';

/**
 * Builds `Sessions.endProvedBy`. Tickets count as well as credentials: one that is redeemed a moment later would outlive
 * the removal of its browser.
 */
export function createEndProvedBy(store: StateStore, end: Sessions['end']): Sessions['endProvedBy'] {
  async function holdsProofBy(keyId: string, { id: owner }: Session): Promise<boolean> {
    const credentials = (await store.list('credential', { owner })).map(decodeCredential);
    const tickets = (await store.list('ticket', { owner })).map(decodeTicket);
    return [...credentials, ...tickets].some(({ browserKeyId }) => browserKeyId === keyId);
  }

  return async (keyId, { issuer, subject }, cause: EndCause) => {
    let ended = 0;
    for (const session of (await store.list('session')).map(decodeSession)) {
      if (session.person.issuer !== issuer || session.person.subject !== subject) continue;
      if ((await holdsProofBy(keyId, session)) && (await end(session.id, cause))) ended += 1;
    }
    return ended;
  };
}

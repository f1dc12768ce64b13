import { setImmediate as breathe } from 'node:timers/promises';
import { isSamePerson, type PersonId } from '../state/person-key.ts';
import type { StateStore, StoredRecord } from '../state/state-store.ts';
import { browserTag, personTag } from '../state/tags.ts';
import { graceMs, isByTime, isRevocation } from './expiry.ts';
import type { Revocations } from './revocations.ts';
import type { EndCause, Session, SessionId, Sessions } from './session.ts';
import { asSessionId, decodeCredential, decodeSession, decodeTicket } from './session-record.ts';

/** Ends sessions: the one by its id, those of a person, those that a browser proved; each found without a look at the others. */
export type EndSessions = Pick<Sessions, 'end' | 'endAllOf' | 'endProvedBy'>;

/** How many end in one transaction: it holds the write lock, and the event loop, for some milliseconds. */
const sliceLength = 50;

export function createEndSessions(deps: {
  readonly store: StateStore;
  readonly revocations: Pick<Revocations, 'mark' | 'markWrite'>;
  readonly now: () => number;
  /** Hears once of each session that ended. */
  readonly onEnded: ((session: Session, cause: EndCause) => void) | undefined;
}): EndSessions {
  const { store, revocations, now, onEnded } = deps;

  /**
   * The mark and the ends are one transaction (security-rules.md 34): no sign-in of before slips in between. Answers how many
   * there were to end.
   */
  async function endTogether(sessions: readonly Session[], cause: EndCause, subject?: PersonId): Promise<number> {
    const burials = sessions.map(({ id, expiresAtMs }) => ({
      key: id,
      cause,
      untilMs: Math.max(expiresAtMs, now()) + graceMs,
    }));
    const writes = subject === undefined ? [] : [revocations.markWrite(subject)];
    const gone = await store.buryAll('session', burials, { writes, isClosing: !isByTime(cause) });
    const ended = sessions.filter((_, index) => gone[index] !== 0);
    for (const session of ended) onEnded?.(session, cause);
    return ended.length;
  }

  async function end(id: SessionId, cause: EndCause): Promise<boolean> {
    const stored = await store.read('session', id);
    if (stored.found !== 'record') return false;
    const session = decodeSession(stored.record);
    return (await endTogether([session], cause, isRevocation(cause) ? session.person : undefined)) > 0;
  }

  const ownersProvedBy = async (keyId: string): Promise<ReadonlySet<string>> => {
    // Tickets count as well: one that is redeemed a moment later would outlive the removal of its browser.
    const credentials = (await store.list('credential', { tag: browserTag(keyId) })).map(decodeCredential);
    const tickets = (await store.list('ticket', { tag: browserTag(keyId) })).map(decodeTicket);
    const proved = [...credentials, ...tickets].filter(({ browserKeyId }) => browserKeyId === keyId);
    return new Set(proved.map(({ sessionId }) => sessionId));
  };

  return {
    end,
    async endAllOf(person, cause) {
      let ended = 0;
      for (let isMarked = false; ; isMarked = true) {
        const page = await sessionsOf(store, person, { limit: sliceLength });
        if (page.length === 0 && isMarked) return ended;
        if (page.length === 0) await revocations.mark(person);
        else ended += await endTogether(page, cause, isMarked ? undefined : person);
        await breathe();
      }
    },
    async endProvedBy(keyId, person, cause) {
      let ended = 0;
      for (const owner of await ownersProvedBy(keyId)) {
        const stored = await store.read('session', owner);
        if (stored.found !== 'record' || !isSamePerson(decodeSession(stored.record).person, person)) continue;
        if (await end(asSessionId(owner), cause)) ended += 1;
      }
      return ended;
    },
  };
}

/** The session records of a person. */
export async function sessionsOf(
  store: Pick<StateStore, 'list'>,
  person: PersonId,
  page: { readonly limit?: number; readonly after?: string } = {},
): Promise<readonly Session[]> {
  const records: readonly StoredRecord[] = await store.list('session', { tag: personTag(person), ...page });
  return records.map(decodeSession).filter((session) => isSamePerson(session.person, person));
}

import type { SessionSettings } from '../config/snapshot.ts';
import { takeTurns } from '../config/take-turns.ts';
import { isSamePerson } from '../state/person-key.ts';
import type { StateStore, StoredRecord } from '../state/state-store.ts';
import { nameTag, personTag } from '../state/tags.ts';
import type { Activity } from './activity.ts';
import { sessionsOf } from './end-sessions.ts';
import { overdueCause } from './expiry.ts';
import type { PeopleNamed, SeenSession, Session, Sessions } from './session.ts';
import { decodeSession } from './session-record.ts';

/** Lists sessions: those of a person by the person, everybody's page by page. */
export type ListSessions = Pick<Sessions, 'ofPerson' | 'page' | 'count'>;

/** Read at once: a millisecond or two. */
const sliceLength = 20;

/** Waits where the event loop was held for long. */
type Turns = ReturnType<typeof takeTurns>;

export function createListSessions(deps: {
  readonly store: StateStore;
  readonly settings: () => SessionSettings;
  readonly activity: Pick<Activity, 'load'>;
  readonly now: () => number;
}): ListSessions {
  const { store, settings, activity, now } = deps;

  /** With when they were last used; those that are over by time are left out, although nobody has ended them yet. */
  const seen = async (sessions: readonly Session[], turns: Turns): Promise<readonly SeenSession[]> => {
    const live: SeenSession[] = [];
    for (const session of sessions) {
      await turns();
      const usedAtMs = Math.max((await activity.load(session.id)) ?? 0, session.signedInAtMs);
      if (overdueCause(session, usedAtMs, settings(), now()) !== undefined) continue;
      live.push({ ...session, lastSeenAtMs: usedAtMs });
    }
    return live;
  };

  /** Page after page of what `list` answers. */
  async function* slices(
    list: (page: { limit: number; after: string }) => Promise<readonly StoredRecord[]>,
    turns: Turns,
    from = '',
  ) {
    for (let after = from; ; ) {
      const page = await list({ limit: sliceLength, after });
      yield page;
      const last = page.at(-1);
      if (page.length < sliceLength || last === undefined) return;
      after = last.key;
      await turns();
    }
  }

  async function* tagged(
    tag: string,
    isMeant: (session: Session) => boolean,
    turns: Turns,
  ): AsyncGenerator<readonly SeenSession[]> {
    for await (const page of slices((part) => store.list('session', { tag, ...part }), turns))
      yield await seen(page.map(decodeSession).filter(isMeant), turns);
  }

  async function allOf({ emails, people }: PeopleNamed, turns: Turns): Promise<readonly SeenSession[]> {
    const byId = new Map<string, SeenSession>();
    const searches = [
      ...emails.map((email) => tagged(nameTag(email), ({ person }) => person.email === email, turns)),
      ...people.map((one) => tagged(personTag(one), (session) => isSamePerson(session.person, one), turns)),
    ];
    for (const search of searches)
      for await (const part of search) for (const session of part) byId.set(session.id, session);
    return [...byId.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  return {
    ofPerson: async (person) => seen(await sessionsOf(store, person), takeTurns()),
    count: () => store.count('session'),
    async page({ limit, after = '', of }) {
      const found: SeenSession[] = [];
      const turns = takeTurns();
      if (of !== undefined) {
        const all = await allOf(of, turns);
        found.push(...all.filter(({ id }) => id > after));
        const shown = found.slice(0, limit);
        return { sessions: shown, total: all.length, next: found.length > limit ? shown.at(-1)?.id : undefined };
      }
      const total = [...(await store.count('session')).values()].reduce((sum, count) => sum + count, 0);
      for await (const part of slices((page) => store.list('session', page), turns, after)) {
        found.push(...(await seen(part.map(decodeSession), turns)));
        if (found.length > limit) break;
      }
      const shown = found.slice(0, limit);
      return { sessions: shown, total, next: found.length > limit ? shown.at(-1)?.id : undefined };
    },
  };
}

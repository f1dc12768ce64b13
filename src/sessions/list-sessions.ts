import { setImmediate as breathe } from 'node:timers/promises';
import type { SessionSettings } from '../config/snapshot.ts';
import type { StateStore, StoredRecord } from '../state/state-store.ts';
import { nameTag } from '../state/tags.ts';
import type { Activity } from './activity.ts';
import { sessionsOf } from './end-sessions.ts';
import { overdueCause } from './expiry.ts';
import type { SeenSession, Session, Sessions } from './session.ts';
import { decodeSession } from './session-record.ts';

/** Lists sessions: those of a person by the person, everybody's page by page. */
export type ListSessions = Pick<Sessions, 'ofPerson' | 'page' | 'count'>;

/** A few milliseconds of the event loop. */
const sliceLength = 20;

export function createListSessions(deps: {
  readonly store: StateStore;
  readonly settings: () => SessionSettings;
  readonly activity: Pick<Activity, 'load'>;
  readonly now: () => number;
}): ListSessions {
  const { store, settings, activity, now } = deps;

  /** With when they were last used; those that are over by time are left out, although nobody has ended them yet. */
  const seen = async (sessions: readonly Session[]): Promise<readonly SeenSession[]> => {
    const live: SeenSession[] = [];
    for (const session of sessions) {
      const usedAtMs = Math.max((await activity.load(session.id)) ?? 0, session.signedInAtMs);
      if (overdueCause(session, usedAtMs, settings(), now()) !== undefined) continue;
      live.push({ ...session, lastSeenAtMs: usedAtMs });
    }
    return live;
  };

  /** Page after page of what `list` answers, with a turn of the event loop between two. */
  async function* slices(
    list: (page: { limit: number; after: string }) => Promise<readonly StoredRecord[]>,
    from = '',
  ) {
    for (let after = from; ; ) {
      const page = await list({ limit: sliceLength, after });
      yield page;
      const last = page.at(-1);
      if (page.length < sliceLength || last === undefined) return;
      after = last.key;
      await breathe();
    }
  }

  async function* ofName(name: string): AsyncGenerator<readonly SeenSession[]> {
    for await (const page of slices((part) => store.list('session', { tag: nameTag(name), ...part }))) {
      const named = page.map(decodeSession).filter(({ person }) => person.email === name || person.subject === name);
      yield await seen(named);
    }
  }

  return {
    ofPerson: async (person) => seen(await sessionsOf(store, person)),
    count: () => store.count('session'),
    async page({ limit, after = '', names }) {
      const found: SeenSession[] = [];
      if (names !== undefined) {
        const byId = new Map<string, SeenSession>();
        for (const name of new Set(names)) {
          for await (const part of ofName(name)) for (const session of part) byId.set(session.id, session);
        }
        const all = [...byId.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
        found.push(...all.filter(({ id }) => id > after));
        const shown = found.slice(0, limit);
        return { sessions: shown, total: all.length, next: found.length > limit ? shown.at(-1)?.id : undefined };
      }
      const total = [...(await store.count('session')).values()].reduce((sum, count) => sum + count, 0);
      for await (const part of slices((page) => store.list('session', page), after)) {
        found.push(...(await seen(part.map(decodeSession))));
        if (found.length > limit) break;
      }
      const shown = found.slice(0, limit);
      return { sessions: shown, total, next: found.length > limit ? shown.at(-1)?.id : undefined };
    },
  };
}

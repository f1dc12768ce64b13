import type { Route } from '../config/route.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { takeTurns } from '../config/take-turns.ts';
import type { RequestFacts } from '../decision/facts.ts';
import type { KnownPerson, People, Person } from '../people/known-person.ts';
import { type LiveFacts, type Prospect, prospectOf } from '../policy/prospect.ts';
import { newestProofAtMs } from '../policy/step-up-satisfied.ts';
import type { Risk } from '../risk/risk.ts';
import type { Session, Sessions } from '../sessions/session.ts';

/** A person at a route. */
export interface PersonAccess {
  readonly known: KnownPerson;
  readonly route: Route;
  readonly prospect: Prospect;
  readonly lastUsedAtMs: number | undefined;
  /** True when the claims are older than a session lasts: a sign-in today may bring others. */
  readonly isStale: boolean;
}

/** Who can open what, asked of the running configuration, the people who have signed in and their live sessions. */
export interface AccessList {
  /** Everybody known, at one route, some at a time and in no order. `undefined`: there is no such route. */
  whoCan(route: string): AsyncIterable<PersonAccess> | undefined;
  /** A person, by e-mail address or `sub`, at every route; one entry for each who answers to it. */
  accessOf(emailOrSubject: string): Promise<readonly { known: KnownPerson; routes: readonly PersonAccess[] }[]>;
}

export interface AccessListDependencies {
  readonly snapshot: () => Snapshot;
  readonly people: Pick<People, 'pages' | 'find'>;
  readonly sessions: Pick<Sessions, 'ofPerson'>;
  readonly risk: Pick<Risk, 'load' | 'peek'>;
  readonly now: () => number;
}

/** A person's session with what it says beside who they are. */
interface Live {
  readonly session: Session;
  readonly facts: LiveFacts;
}

const order = { now: 0, conditional: 1, no: 2 } as const;

/** Builds the list. It previews: nothing is learned from what it asks. */
export function createAccessList({ snapshot, people, sessions, risk, now }: AccessListDependencies): AccessList {
  const liveSessions = async (person: Person, settings: Snapshot, nowMs: number): Promise<readonly Live[]> => {
    const live: Live[] = [];
    for (const session of await sessions.ofPerson(person)) {
      const subject = { sessionId: session.id, person: session.person };
      await risk.load(subject);
      const lastProofAtMs = newestProofAtMs(session.provedAtMs, nowMs) ?? 0;
      const facts: LiveFacts = {
        authentication: { provedAtMs: session.provedAtMs },
        risk: risk.peek(subject, lastProofAtMs, settings.risk, nowMs),
      };
      live.push({ session, facts });
    }
    return live;
  };

  async function* everybodyAt(route: Route, settings: Snapshot): AsyncGenerator<PersonAccess> {
    const nowMs = now();
    const turns = takeTurns();
    for await (const page of people.pages()) {
      for (const known of page) {
        await turns();
        yield judge(known, route, await liveSessions(known.person, settings, nowMs), settings, nowMs);
      }
    }
  }

  return {
    whoCan(name) {
      const settings = snapshot();
      const route = settings.routes.find((candidate) => candidate.name === name);
      return route && everybodyAt(route, settings);
    },
    async accessOf(emailOrSubject) {
      const [settings, nowMs] = [snapshot(), now()];
      const found = await people.find(emailOrSubject);
      return Promise.all(
        found.map(async (known) => {
          const live = await liveSessions(known.person, settings, nowMs);
          return { known, routes: settings.routes.map((route) => judge(known, route, live, settings, nowMs)) };
        }),
      );
    },
  };
}

function judge(
  known: KnownPerson,
  route: Route,
  live: readonly Live[],
  settings: Snapshot,
  nowMs: number,
): PersonAccess {
  return {
    known,
    route,
    prospect: bestOf(known.person, route, live, settings, nowMs),
    lastUsedAtMs: known.lastUsedAtMs.get(route.name),
    isStale: nowMs - known.person.asOfMs > settings.session.expirationMs,
  };
}

/** Of several sessions the one that gets furthest counts: it is what the person would use. */
function bestOf(person: Person, route: Route, live: readonly Live[], settings: Snapshot, nowMs: number): Prospect {
  if (live.length === 0) return prospectAt(settings, route, person, nowMs);
  return live
    .map(({ session, facts }) => prospectOf(route.policy, { ...session.person, sessionId: session.id }, facts, nowMs))
    .reduce((best, next) => (isBetter(next, best) ? next : best));
}

function isBetter(one: Prospect, other: Prospect): boolean {
  const difference = order[one.access] - order[other.access];
  return difference < 0 || (difference === 0 && one.needs.length < other.needs.length);
}

/** What a person may expect of a route of this configuration without a session. Nobody signs in by a provider that is not in it. */
export function prospectAt(
  settings: Snapshot,
  route: Route,
  person: Person,
  nowMs: number,
  request?: Pick<RequestFacts, 'method' | 'path'>,
): Prospect {
  const isPublic = route.policy.isPublic;
  if (!isPublic && settings.providers.get(person.providerId)?.issuer !== person.issuer)
    return { access: 'no', via: undefined, reason: 'wrong_account', needs: [] };
  return prospectOf(route.policy, { ...person, sessionId: '' }, undefined, nowMs, request);
}

/** The name that people know each other by. */
export function nameOf({ email, subject }: Pick<Person, 'email' | 'subject'>): string {
  return email ?? subject;
}

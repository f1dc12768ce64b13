import { type AuthenticationMethod, authenticationMethods } from '../decision/decision.ts';
import { Fault } from '../decision/fault.ts';
import { isSamePerson, type PersonId } from '../state/person-key.ts';
import type { StateStore, StoredRecord } from '../state/state-store.ts';
import type { ProofTimes, Session, SessionId, Sessions, SingleSignOnRecord } from './session.ts';
import { decodeSession, encodeSession, sessionMarks } from './session-record.ts';

const attempts = 5;

/** Builds `Sessions.raise` and `Sessions.renewPerson`: what changes a session that lives. */
export function createRaise(deps: {
  readonly store: StateStore;
  readonly rememberPerson: (person: Session['person']) => Promise<void>;
  readonly onBackgroundFault: (fault: unknown) => void;
}): Pick<Sessions, 'raise' | 'renewPerson'> {
  const { store } = deps;

  /** Writes what `next` makes of the newest version; `undefined` from it: nothing is written. */
  async function change(
    id: SessionId,
    next: (session: Session) => Session | undefined,
    beside: SingleSignOnRecord | undefined,
  ): Promise<Session | undefined> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const stored = await store.read('session', id);
      if (stored.found !== 'record')
        throw new Fault('state_conflict', 'The session ended before the step-up did. Sign in again.');
      const changed = next(decodeSession(stored.record));
      if (changed === undefined) return undefined;
      const version = await write(changed, stored.record, beside);
      if (version !== undefined) return { ...changed, version };
    }
    throw new Fault(
      'state_conflict',
      'The step-up could not be recorded, because the session kept changing. Try again.',
    );
  }

  async function write(
    session: Session,
    { key, expiresAtMs, version }: StoredRecord,
    beside: SingleSignOnRecord | undefined,
  ): Promise<number | undefined> {
    const value = encodeSession(session);
    const own = {
      ...sessionMarks(session),
      kind: 'session',
      key,
      value,
      expiresAtMs,
      expectedVersion: version,
    } as const;
    const [written] = await store.writeAll(beside === undefined ? [own] : [own, singleSignOnWrite(session.id, beside)]);
    return written?.outcome === 'written' ? written.version : undefined;
  }

  /** They stand for nobody since the session named another one; this only makes room. */
  async function removeOthers(id: SessionId, key: string): Promise<void> {
    try {
      for (const other of await store.list('single_sign_on', { owner: id })) {
        if (other.key !== key) await store.remove('single_sign_on', other.key);
      }
    } catch (fault) {
      deps.onBackgroundFault(fault);
    }
  }

  return {
    async raise(id, proof, { from, to }) {
      const raised = await change(
        id,
        (session) => {
          if (proof.person !== undefined) refuseOtherSubject(session, proof.person);
          // A record of before the key was kept has none; then whichever cookie comes first is the one that counts.
          if (session.singleSignOnKey !== from) return undefined;
          return {
            ...session,
            person: newerOf(session.person, proof.person),
            provedAtMs: latestOf(session.provedAtMs, proof.provedAtMs),
            acr: proof.acr ?? session.acr,
            amr: proof.amr.length > 0 ? proof.amr : session.amr,
            idToken: proof.idToken ?? session.idToken,
            singleSignOnKey: to.key,
          };
        },
        to,
      );
      if (raised === undefined) return undefined;
      await removeOthers(id, to.key);
      if (proof.person !== undefined) await deps.rememberPerson(raised.person);
      return raised;
    },
    async renewPerson(id, person) {
      const renewed = await change(
        id,
        (session) => {
          refuseOtherSubject(session, person);
          return { ...session, person: newerOf(session.person, person) };
        },
        undefined,
      );
      if (renewed === undefined) throw new Fault('internal', 'A change of claims came to nothing.');
      await deps.rememberPerson(renewed.person);
      return renewed;
    },
  };
}

/** The write of a browser's record, which belongs to the session and ends with it. */
export function singleSignOnWrite(owner: SessionId, { key, value, expiresAtMs }: SingleSignOnRecord) {
  return { kind: 'single_sign_on', key, owner, value, expiresAtMs, expectedVersion: 0, isLogged: false } as const;
}

function refuseOtherSubject(session: Session, person: PersonId): void {
  if (isSamePerson(person, session.person)) return;
  throw new Fault('idp_refused', 'The step-up was made by another account than the one that is signed in.');
}

/** What was said later; two sign-ins that cross may end in either order. */
function newerOf(known: Session['person'], said: Session['person'] | undefined): Session['person'] {
  return said === undefined || said.asOfMs < known.asOfMs ? known : said;
}

/** Of each method the later time: a step-up never lowers one. */
function latestOf(one: ProofTimes, other: ProofTimes): ProofTimes {
  const latest: Partial<Record<AuthenticationMethod, number>> = {};
  for (const method of authenticationMethods) {
    const times = [one[method], other[method]].filter((time) => time !== undefined);
    if (times.length > 0) latest[method] = Math.max(...times);
  }
  return latest;
}

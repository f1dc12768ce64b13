import { randomBytes } from 'node:crypto';
import type { NewSession, Proof, ReturnTarget, Session, Sessions } from '../../src/sessions/session.ts';
import { createSessions, type SessionsOptions } from '../../src/sessions/session-registry.ts';
import { hashSecret, mintSecret } from '../../src/state/secret.ts';
import type { RecordKind, StateStore } from '../../src/state/state-store.ts';
import { createStateFolder, noKey, type StateFolder } from './state-folder.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

export function newSession(subject = 'ada', provedAtMs: NewSession['provedAtMs'] = {}): NewSession {
  return {
    person: {
      providerId: 'corp',
      issuer: 'https://idp.example',
      subject,
      name: 'Ada',
      email: undefined,
      isEmailVerified: false,
      groups: ['engineering'],
      source: 'idp:corp',
      asOfMs: 1,
    },
    provedAtMs,
    acr: undefined,
    amr: ['pwd'],
    deviceFingerprint: undefined,
    signedInFrom: { address: '192.0.2.1', userAgent: undefined },
    idToken: 'id-token',
  };
}

/** One process's sessions, with the second that passes in the hand of the test. */
export interface SessionsProcess {
  readonly sessions: Sessions;
  readonly store: StateStore;
  /** Runs the work of a second, and waits for it. */
  tick(): Promise<void>;
}

/** A clock, a state file, and as many processes on it as a test wants. */
export interface SessionsWorld {
  readonly folder: StateFolder;
  nowMs: number;
  readonly settings: { expirationMs: number; inactivityMs: number };
  open(options?: Partial<SessionsOptions>): Promise<SessionsProcess>;
  dispose(): Promise<void>;
}

export function createSessionsWorld(): SessionsWorld {
  const world: SessionsWorld = {
    nowMs: 1_750_000_000_000,
    settings: { expirationMs: 12 * hourMs, inactivityMs: 30 * minuteMs },
    folder: createStateFolder(() => world.nowMs, noKey),
    async open(options = {}) {
      const store = await world.folder.open();
      let tick = async (): Promise<void> => {};
      const sessions = createSessions({
        store,
        settings: () => world.settings,
        now: () => world.nowMs,
        randomBytes,
        every: (_everyMs, work) => {
          tick = work;
          return () => {};
        },
        ...options,
      });
      return { sessions, store, tick: () => tick() };
    },
    dispose: () => world.folder.dispose(),
  };
  return world;
}

export function targetAt(host: string, attempt: string): ReturnTarget {
  return { host, origin: `https://${host}`, path: '/here?x=1', attemptHash: hashSecret(attempt) };
}

/** Goes the whole way from a session to a credential at a host. */
export async function credentialAt(sessions: Sessions, session: Session, host: string): Promise<string> {
  const attempt = mintSecret(randomBytes);
  const ticket = await sessions.mintTicket(session, targetAt(host, attempt));
  const redeemed = await sessions.redeemTicket(ticket, host, attempt);
  if (redeemed.outcome !== 'redeemed') throw new Error(`The ticket was refused: ${redeemed.cause}`);
  return redeemed.credential;
}

export async function startSession(sessions: Sessions, session: NewSession = newSession()): Promise<Session> {
  const started = await sessions.start(session, undefined);
  if (started.outcome !== 'started') throw new Error('The session was refused');
  return started.session;
}

/** A store on which something happens right after the first read of a kind, before its answer arrives. */
export function interruptAfterRead(store: StateStore, kind: RecordKind, happen: () => Promise<unknown>): StateStore {
  let hasHappened = false;
  const happenOnce = async (isMeant: boolean): Promise<void> => {
    if (!isMeant || hasHappened) return;
    hasHappened = true;
    await happen();
  };
  return {
    ...store,
    async read(readKind, key) {
      const answer = await store.read(readKind, key);
      await happenOnce(readKind === kind);
      return answer;
    },
    async readAll(names) {
      const answers = await store.readAll(names);
      await happenOnce(names.some((name) => name.kind === kind));
      return answers;
    },
  };
}

/** Adds proofs to a session as its browser's answer would, with a new single sign-on record. */
export async function raiseSession(sessions: Sessions, { id }: Pick<Session, 'id'>, proof: Proof): Promise<Session> {
  const from = (await sessions.find(id))?.singleSignOnKey;
  const to = { key: hashSecret(mintSecret(randomBytes)), value: '{}', expiresAtMs: Number.MAX_SAFE_INTEGER };
  const raised = await sessions.raise(id, proof, { from, to });
  if (raised === undefined) throw new Error('Another one was first');
  return raised;
}

import session from 'express-session';
import { Fault } from '../decision/fault.ts';
import { hashSecret, mintSecret } from '../state/secret.ts';
import type { StateStore } from '../state/state-store.ts';
import type { SessionId, SingleSignOnRecord } from './session.ts';

/** The one import of express-session: the sign-in host takes it from here. */
export { session };

/** What is known of the record behind a session object of express-session. */
interface RecordState {
  readonly version: number;
  readonly owner: string | undefined;
  /** What is in it beside the cookie, as JSON. */
  readonly content: string;
}

type SessionRequest = Parameters<session.Store['createSession']>[0];

/** A single sign-on record that is not yet a browser's: written by whoever writes what it stands for. */
export interface IssuedSingleSignOn {
  readonly record: SingleSignOnRecord;
  /** What the cookie will hold. A secret. */
  readonly secret: string;
  readonly sessionId: SessionId;
}

/** express-session's store, with records that others write in their own transaction (security-rules.md 34). */
export interface SingleSignOnStore extends session.Store {
  issue(sessionId: SessionId, cookie: session.CookieOptions): IssuedSingleSignOn;
  /** Makes an issued record, which has been written by now, this request's session: its answer sets the cookie. */
  adopt(request: SessionRequest, issued: IssuedSingleSignOn): void;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** How long a destroyed record stays buried: longer than any request that still holds it. */
const buriedForMs = 24 * 60 * 60 * 1000;

/**
 * The store behind express-session at the sign-in host. It closes the library's gaps:
 * - a slow request never brings back what was destroyed, nor overwrites what another request saved: `set` names the
 *   version that was read, and otherwise calls back with `Fault('state_conflict')`;
 * - a store that is away is an error for the callback, never an empty session; `disconnect` is never emitted, since the
 *   library then goes on without `req.session`;
 * - the record belongs to the session named by its `sessionId` and dies with it; the owner is fixed when the record is
 *   first saved, so `regenerate` must come before a sign-in is noted (session fixation).
 * @param maxAgeMs how long a record lives whose cookie says nothing.
 */
export function createSingleSignOnStore(deps: {
  readonly store: StateStore;
  readonly now: () => number;
  readonly maxAgeMs: () => number;
  readonly randomBytes: (count: number) => Buffer;
}): SingleSignOnStore {
  const { store, now, maxAgeMs } = deps;
  const states = new WeakMap<object, RecordState>();

  const load = async (id: string): Promise<session.SessionData | undefined> => {
    const stored = await store.read('single_sign_on', hashSecret(id));
    if (stored.found !== 'record') return undefined;
    const data = parseData(stored.record.value);
    states.set(data, { version: stored.record.version, owner: stored.record.owner, content: contentOf(data) });
    return data;
  };

  const save = async (id: string, data: session.SessionData): Promise<void> => {
    const state = states.get(data);
    const owner = ownerOf(data);
    const content = contentOf(data);
    // The library saves whatever is new to it, also what was written already; the cookie's own times need no write.
    if (state?.content === content) return;
    if (state !== undefined && state.owner !== owner) {
      throw new Fault(
        'state_conflict',
        'A single sign-on session cannot pass to another session in place: call regenerate first (session fixation).',
      );
    }
    const written = await store.write({
      kind: 'single_sign_on',
      key: hashSecret(id),
      owner,
      expiresAtMs: expiryOf(data, now(), maxAgeMs()),
      value: JSON.stringify(data),
      expectedVersion: state?.version ?? 0,
      isLogged: false,
    });
    switch (written.outcome) {
      case 'written':
        states.set(data, { version: written.version, owner, content });
        return;
      case 'buried':
        throw new Fault('state_conflict', 'This single sign-on session has ended; nothing was saved.');
      case 'conflict':
        throw new Fault(
          'state_conflict',
          'Another request has saved or ended this single sign-on session; nothing was saved.',
        );
    }
  };

  class VersionedStore extends session.Store implements SingleSignOnStore {
    issue(sessionId: SessionId, cookie: session.CookieOptions): IssuedSingleSignOn {
      const secret = mintSecret(deps.randomBytes);
      const value = JSON.stringify({ cookie: Object.assign(new session.Cookie(), cookie), sessionId });
      const expiresAtMs = expiryOf(parseData(value), now(), maxAgeMs());
      return { record: { key: hashSecret(secret), value, expiresAtMs }, secret, sessionId };
    }

    adopt(request: SessionRequest, { record, secret, sessionId }: IssuedSingleSignOn): void {
      const data = parseData(record.value);
      states.set(data, { version: 1, owner: sessionId, content: contentOf(data) });
      request.sessionID = secret;
      this.createSession(request, data);
    }

    override createSession(
      ...[request, data]: Parameters<session.Store['createSession']>
    ): session.Session & session.SessionData {
      const state = states.get(data);
      const created = super.createSession(request, data);
      if (state !== undefined) states.set(created, state);
      return created;
    }

    override get(...[id, callback]: Parameters<session.Store['get']>): void {
      load(id).then(
        (data) => callback(null, data),
        (fault: unknown) => callback(fault),
      );
    }

    override set(...[id, data, callback]: Parameters<session.Store['set']>): void {
      save(id, data).then(
        () => callback?.(),
        (fault: unknown) => callback?.(fault),
      );
    }

    override destroy(...[id, callback]: Parameters<session.Store['destroy']>): void {
      store.bury('single_sign_on', hashSecret(id), 'logout', now() + buriedForMs).then(
        () => callback?.(),
        (fault: unknown) => callback?.(fault),
      );
    }

    /** Does nothing: a record lives as long as its session, and reading one must not write. */
    override touch(...[, , callback]: Parameters<NonNullable<session.Store['touch']>>): void {
      callback?.();
    }
  }
  return new VersionedStore();
}

function ownerOf(data: session.SessionData): string | undefined {
  const sessionId: unknown = Reflect.get(data, 'sessionId');
  return typeof sessionId === 'string' ? sessionId : undefined;
}

function contentOf({ cookie: _, ...content }: session.SessionData): string {
  return JSON.stringify(content);
}

function parseData(text: string): session.SessionData {
  const data: unknown = JSON.parse(text);
  if (isSessionData(data)) return data;
  throw new Fault('state_corrupt', 'A single_sign_on record does not have the shape that express-session writes.');
}

const isSessionData = (data: unknown): data is session.SessionData => isObject(data) && isObject(data.cookie);

function expiryOf(data: session.SessionData, nowMs: number, maxAgeMs: number): number {
  const expires: unknown = data.cookie.expires;
  const atMs = typeof expires === 'string' ? Date.parse(expires) : isObject(expires) ? Number(expires) : Number.NaN;
  return Number.isNaN(atMs) ? nowMs + maxAgeMs : atMs;
}

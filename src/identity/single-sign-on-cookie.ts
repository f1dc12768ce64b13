import { hkdfSync } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { Fault } from '../decision/fault.ts';
import { ownCookieAttributes } from '../http/own-cookie.ts';
import type { Session, SessionId } from '../sessions/session.ts';
import { type IssuedSingleSignOn, type SingleSignOnStore, session } from '../sessions/single-sign-on-store.ts';
import { hashSecret } from '../state/secret.ts';

/** The single sign-on cookie, on the sign-in host alone. */
export const singleSignOnCookieName = '__Host-postern-sso';

/** The single sign-on session of a browser: which session record it has, and nothing else. */
export interface SingleSignOn {
  /** express-session with its traps closed; passes a `Fault` on when there is no session object. */
  readonly load: RequestHandler;
  /** The id of the session record that this browser's cookie was made for. Danger: ask `isCurrent` before it counts. */
  sessionIdOf(request: Request): SessionId | undefined;
  /** Whether this browser's cookie is the one that stands for the session now, and no older or copied one (security-rules.md 3). */
  isCurrent(request: Request, session: Session): boolean;
  /** A new record for a browser, at sign-in and at step-up; it is nobody's until whoever raises the session has written it. */
  issue(sessionId: SessionId): IssuedSingleSignOn;
  /** Gives the browser the cookie of a record that was written. */
  adopt(request: Request, issued: IssuedSingleSignOn): void;
  /** Ends it and takes the cookie back. */
  forget(request: Request, response: Response): Promise<void>;
}

/**
 * Builds it over a store that versions its writes and never writes over a tombstone.
 * @param secrets what signs the cookie, the same in every worker: the first signs, each is believed; only keys made from them are used
 */
export function createSingleSignOn(deps: {
  readonly store: SingleSignOnStore;
  readonly secrets: readonly string[];
  readonly maxAgeMs: () => number;
  /** Hears of a write that failed when the answer was already on its way. */
  readonly onLateFault: (fault: Fault, request: Request) => void;
}): SingleSignOn {
  const middleware = session({
    name: singleSignOnCookieName,
    secret: deps.secrets.map(signingKey),
    store: deps.store,
    resave: false,
    saveUninitialized: false,
    rolling: false,
    // Not 'destroy': a request whose session could not be read has none, and the library would then destroy it.
    unset: 'keep',
    cookie: () => ({ ...ownCookieAttributes, maxAge: deps.maxAgeMs() }),
  });

  return {
    load(request, response, next) {
      if (Reflect.get(request, 'session') !== undefined) {
        // express-session would take another one's session for ours, and set that one's cookie with our id.
        return next(new Fault('internal', 'Postern must be mounted before any other session middleware.'));
      }
      middleware(request, response, once(next, request, deps.onLateFault));
    },
    sessionIdOf: (request) => readSessionId(requireSession(request)),
    isCurrent(request, { singleSignOnKey }) {
      return singleSignOnKey === undefined || singleSignOnKey === hashSecret(requireSession(request).id);
    },
    issue: (sessionId) => deps.store.issue(sessionId, { ...ownCookieAttributes, maxAge: deps.maxAgeMs() }),
    adopt: (request, issued) => deps.store.adopt(request, issued),
    async forget(request, response) {
      const current = requireSession(request);
      await storing((done) => current.destroy(done));
      response.clearCookie(singleSignOnCookieName, ownCookieAttributes);
    },
  };
}

/**
 * express-session calls `next` without a session object when its store is away, and a second time when a write fails
 * while the answer is being sent. The first is a fault, never "nobody"; the second has no answer left to change.
 */
function once(
  next: NextFunction,
  request: Request,
  onLateFault: (fault: Fault, request: Request) => void,
): NextFunction {
  let wasCalled = false;
  return (error?: unknown) => {
    if (wasCalled) return onLateFault(storeFault(error), request);
    wasCalled = true;
    if (error !== undefined || Reflect.get(request, 'session') === undefined) return next(storeFault(error));
    next();
  };
}

/**
 * The stable id of the session record: the one thing that is kept here. All else lives in that record, since what two
 * requests write here at once is lost on one of them. The store makes it the owner of what it keeps.
 */
const sessionIdField = 'sessionId';

function readSessionId(current: session.Session): SessionId | undefined {
  const id: unknown = Reflect.get(current, sessionIdField);
  return typeof id === 'string' && id.startsWith('ses_') ? (id as SessionId) : undefined;
}

function requireSession(request: Request): session.Session {
  const current: typeof request.session | undefined = request.session;
  if (current === undefined) throw storeFault(undefined);
  return current;
}

function storing(run: (done: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    run((error) => (error === undefined || error === null ? resolve() : reject(storeFault(error))));
  });
}

function storeFault(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  return new Fault('state_unavailable', 'The store of single sign-on sessions does not answer.', { cause });
}

function signingKey(secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', 'postern single sign-on cookie', 32)).toString('base64url');
}

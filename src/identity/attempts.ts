import { parseCookie, stringifySetCookie } from 'cookie';
import type { StepUpNeed } from '../decision/decision.ts';
import { Fault } from '../decision/fault.ts';
import { ownCookieAttributes } from '../http/own-cookie.ts';
import type { AttemptSecrets as AttemptSecretMint } from '../sessions/attempt-secret.ts';
import type { SessionId } from '../sessions/session.ts';
import { hashSecret, isSameSecret } from '../state/secret.ts';
import type { StateStore } from '../state/state-store.ts';
import type { Exchange } from './exchange.ts';
import type { AttemptSecrets } from './openid-client.ts';

/** Why the provider is asked. */
export type AttemptPurpose =
  /** `isRepeated`: asked again with prompt=login because of a revocation; there is no third time. */
  | { readonly kind: 'sign_in'; readonly isRepeated: boolean }
  /** `onward`: a page of ours to go on to where no app was asked for; default the portal. */
  | {
      readonly kind: 'step_up';
      readonly sessionId: SessionId;
      readonly need: StepUpNeed;
      readonly onward?: string | undefined;
    };

/** One way to the provider and back. Each tab has its own. */
export interface Attempt extends AttemptSecrets {
  readonly providerId: string;
  /** Of the provider when it was asked: a reload may give its id to another one. */
  readonly issuer: string;
  readonly purpose: AttemptPurpose;
  readonly returnTargetId: string | undefined;
  readonly redirectUri: string;
  readonly askedAtMs: number;
}

export type AttemptClaim =
  | { readonly outcome: 'claimed'; readonly attempt: Attempt; readonly meetingKey: string }
  /** It was used already: where it led to is still known, so that a reloaded callback can go on. */
  | { readonly outcome: 'spent'; readonly returnTargetId: string | undefined }
  /** It is of another browser, or this one keeps no cookies. */
  | { readonly outcome: 'not_this_browser'; readonly hasAttemptCookies: boolean }
  | { readonly outcome: 'unknown' };

/** The attempts under way, each bound to the browser that began it. */
export interface Attempts {
  /** The secrets of this browser's attempts, the oldest first, 20 at most. Read from its cookies: unproved. */
  secretsOf(exchange: Exchange): readonly string[];
  /** Whether this browser brings a secret of ours for the attempt of a state, whatever became of it. */
  hasBegun(exchange: Exchange, state: string): boolean;
  /** Remembers an attempt and gives the browser its secret; the oldest beyond five is dropped. */
  begin(exchange: Exchange, attempt: Attempt): Promise<void>;
  /** Uses up the attempt of a state, once: of two callbacks with one state, one gets it. */
  claim(exchange: Exchange, state: string): Promise<AttemptClaim>;
  /**
   * Where callbacks of one browser that come at the same moment find each other: the first to arrive leaves its session
   * there, and the others learn of it. Without this, tabs that a browser restores together would each start a session,
   * and a sign-out would end only the one whose cookie came last.
   */
  meet(meetingKey: string, sessionId: SessionId, nowMs: number): Promise<SessionId>;
}

export const attemptCookiePrefix = '__Host-postern-attempt-';
export const attemptLifetimeMs = 600_000;
export const mostPendingAttempts = 5;
/** A header full of made-up ones costs no more than this many to look at; tabs that are restored together have fewer. */
const mostSecretsRead = 20;
const meetingLifetimeMs = 60_000;

/** What the store holds; encrypted there like all else. */
type AttemptRecord =
  | { readonly status: 'pending'; readonly browserHash: string; readonly attempt: Attempt }
  | { readonly status: 'spent'; readonly returnTargetId: string | undefined };

interface AttemptCookie {
  readonly name: string;
  readonly key: string;
  readonly begunAtMs: number;
  readonly secret: string;
}

/**
 * Builds it over the state store. Each attempt has a cookie of its own, so that two tabs that begin at once, neither
 * knowing of the other's cookie, both come back with theirs.
 */
export function createAttempts(deps: { readonly store: StateStore; readonly secrets: AttemptSecretMint }): Attempts {
  const secretsOf = (exchange: Exchange): readonly string[] =>
    attemptCookies(exchange)
      .sort((one, other) => one.begunAtMs - other.begunAtMs)
      .slice(0, mostSecretsRead)
      .map(({ secret }) => secret);

  return {
    secretsOf,
    hasBegun(exchange, state) {
      const own = attemptCookies(exchange).find(({ key }) => key === hashSecret(state));
      return own !== undefined && deps.secrets.lineageOf(own.secret) !== undefined;
    },
    async begin(exchange, attempt) {
      const key = hashSecret(attempt.state);
      const parent = secretsOf(exchange).find((known) => deps.secrets.lineageOf(known) !== undefined);
      const secret = deps.secrets.mint(parent);
      const record: AttemptRecord = { status: 'pending', browserHash: hashSecret(secret), attempt };
      const written = await deps.store.write({
        kind: 'sign_in_attempt',
        key,
        owner: attempt.purpose.kind === 'step_up' ? attempt.purpose.sessionId : undefined,
        expiresAtMs: attempt.askedAtMs + attemptLifetimeMs,
        value: JSON.stringify(record),
        expectedVersion: 0,
        isLogged: false,
      });
      if (written.outcome !== 'written') {
        throw new Fault('state_conflict', 'The attempt could not be kept: its session has just ended. Try again.');
      }
      const pending = attemptCookies(exchange).sort((one, other) => other.begunAtMs - one.begunAtMs);
      for (const dropped of pending.slice(mostPendingAttempts - 1)) {
        setCookie(exchange, dropped.name, '', 0);
        await discard(deps.store, dropped);
      }
      const value = `${attempt.askedAtMs.toString(36)}.${secret}`;
      setCookie(exchange, attemptCookiePrefix + key, value, attemptLifetimeMs / 1000);
    },

    async claim(exchange, state) {
      const key = hashSecret(state);
      const read = await deps.store.read('sign_in_attempt', key);
      if (read.found !== 'record') return { outcome: 'unknown' };
      const record = parseRecord(read.record.value);
      if (record.status === 'spent') return { outcome: 'spent', returnTargetId: record.returnTargetId };
      const cookies = attemptCookies(exchange);
      const own = cookies.find((cookie) => cookie.key === key);
      if (own === undefined || !isSameSecret(hashSecret(own.secret), record.browserHash)) {
        return { outcome: 'not_this_browser', hasAttemptCookies: cookies.length > 0 };
      }
      const { returnTargetId } = record.attempt;
      const spent: AttemptRecord = { status: 'spent', returnTargetId };
      const written = await deps.store.write({
        kind: 'sign_in_attempt',
        key,
        owner: read.record.owner,
        expiresAtMs: read.record.expiresAtMs,
        value: JSON.stringify(spent),
        expectedVersion: read.record.version,
        isLogged: false,
      });
      setCookie(exchange, own.name, '', 0);
      return written.outcome === 'written'
        ? { outcome: 'claimed', attempt: record.attempt, meetingKey: meetingKeyOf(cookies, own) }
        : { outcome: 'spent', returnTargetId };
    },

    async meet(meetingKey, sessionId, nowMs) {
      const written = await deps.store.write({
        kind: 'sign_in_attempt',
        key: meetingKey,
        owner: sessionId,
        expiresAtMs: nowMs + meetingLifetimeMs,
        value: JSON.stringify(sessionId),
        expectedVersion: 0,
        isLogged: false,
      });
      if (written.outcome !== 'conflict') return sessionId;
      const read = await deps.store.read('sign_in_attempt', meetingKey);
      // Only this function writes at such a key.
      return read.found === 'record' ? (JSON.parse(read.record.value) as SessionId) : sessionId;
    },
  };
}

/** Callbacks that come at once bring the same cookies, since no answer has taken one back yet: the oldest is common to all. */
function meetingKeyOf(cookies: readonly AttemptCookie[], own: AttemptCookie): string {
  const oldest = cookies.reduce((found, cookie) => (cookie.begunAtMs < found.begunAtMs ? cookie : found), own);
  return hashSecret(`meeting ${oldest.secret}`);
}

async function discard(store: StateStore, cookie: AttemptCookie): Promise<void> {
  const read = await store.read('sign_in_attempt', cookie.key);
  if (read.found !== 'record') return;
  const record = parseRecord(read.record.value);
  const isOwn = record.status === 'pending' && isSameSecret(hashSecret(cookie.secret), record.browserHash);
  if (isOwn) await store.remove('sign_in_attempt', cookie.key);
}

function attemptCookies(exchange: Exchange): AttemptCookie[] {
  const found: AttemptCookie[] = [];
  for (const [name, value] of Object.entries(parseCookie(exchange.request.headers.cookie ?? ''))) {
    if (!name.startsWith(attemptCookiePrefix) || value === undefined) continue;
    const match = /^([0-9a-z]{1,10})\.([\w-]{43})$/.exec(value);
    const [, begunAt, secret] = match ?? [];
    const key = name.slice(attemptCookiePrefix.length);
    if (begunAt === undefined || secret === undefined) continue;
    found.push({ name, key, begunAtMs: Number.parseInt(begunAt, 36), secret });
  }
  return found;
}

function setCookie(exchange: Exchange, name: string, value: string, maxAgeSeconds: number): void {
  exchange.response.append(
    'Set-Cookie',
    stringifySetCookie({ name, value, maxAge: maxAgeSeconds, ...ownCookieAttributes }),
  );
}

function parseRecord(value: string): AttemptRecord {
  // Only `begin` and `claim` write this kind, and the store authenticates what it decrypts.
  return JSON.parse(value) as AttemptRecord;
}

import type { SessionSettings } from '../config/snapshot.ts';
import { Fault } from '../decision/fault.ts';
import { hashSecret, isSameSecret, isSecret, mintSecret } from '../state/secret.ts';
import type { StateStore } from '../state/state-store.ts';
import { browserTag } from '../state/tags.ts';
import { absoluteEndMs, graceMs } from './expiry.ts';
import type { ProvedBrowser, RedeemResult, ReturnTarget, Session, SessionId } from './session.ts';
import { decodeCredential, decodeTicket, encodeCredential, encodeTicket, type Ticket } from './session-record.ts';

/** How an app host comes to its credential (security-rules.md 2, 3). */
export interface Tickets {
  mint(session: Session, target: ReturnTarget, browser?: ProvedBrowser): Promise<string>;
  redeem(
    ticket: string,
    host: string,
    attemptSecret: string | undefined,
    replacedCredential: string | undefined,
  ): Promise<RedeemResult>;
}

const ticketKeptMs = 60_000;
const spent: RedeemResult = { outcome: 'refused', cause: 'spent' };
const cookieMissing: RedeemResult = { outcome: 'refused', cause: 'cookie_missing' };

export function createTickets(deps: {
  readonly store: StateStore;
  readonly settings: () => SessionSettings;
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
  readonly findSession: (id: SessionId) => Promise<Session | undefined>;
}): Tickets {
  const { store, settings, now, randomBytes, findSession } = deps;

  const take = async (ticket: string): Promise<Ticket | undefined> => {
    if (!isSecret(ticket)) return undefined;
    const record = await store.take('ticket', hashSecret(ticket));
    return record === undefined ? undefined : decodeTicket(record);
  };

  const removeReplaced = async (secret: string | undefined, host: string): Promise<void> => {
    if (secret === undefined || !isSecret(secret)) return;
    const hash = hashSecret(secret);
    const stored = await store.read('credential', hash);
    if (stored.found !== 'record' || decodeCredential(stored.record).host !== host) return;
    await store.remove('credential', hash);
  };

  return {
    async mint(session, target, browser) {
      const provedAtMs = { ...session.provedAtMs, ...(browser && { registered_browser: browser.atMs }) };
      const ticket = mintSecret(randomBytes);
      const written = await store.write({
        kind: 'ticket',
        key: hashSecret(ticket),
        owner: session.id,
        expiresAtMs: now() + ticketKeptMs,
        tags: browser && [browserTag(browser.keyId)],
        value: encodeTicket({ sessionId: session.id, provedAtMs, browserKeyId: browser?.keyId, target }),
        expectedVersion: 0,
        isLogged: false,
      });
      if (written.outcome !== 'written') {
        throw new Fault('state_conflict', 'The session ended before its ticket was made. Sign in again.');
      }
      return ticket;
    },
    async redeem(ticket, host, attemptSecret, replacedCredential) {
      // Taken before anything is compared: a ticket that was shown once is worth nothing, to whomever.
      const taken = await take(ticket);
      if (attemptSecret === undefined) return cookieMissing;
      if (taken === undefined) return spent;
      const { target, sessionId, provedAtMs, browserKeyId } = taken;
      if (target.host !== host || !isSameSecret(target.attemptHash, hashSecret(attemptSecret))) return spent;
      const session = await findSession(sessionId);
      if (session === undefined) return spent;

      const credential = mintSecret(randomBytes);
      const expiresAtMs = absoluteEndMs(session, settings());
      const written = await store.write({
        kind: 'credential',
        key: hashSecret(credential),
        owner: sessionId,
        expiresAtMs: expiresAtMs + graceMs,
        tags: browserKeyId === undefined ? undefined : [browserTag(browserKeyId)],
        value: encodeCredential({ sessionId, host, mintedAtMs: now(), provedAtMs, browserKeyId }),
        expectedVersion: 0,
        isLogged: false,
      });
      if (written.outcome !== 'written') return spent;
      await removeReplaced(replacedCredential, host);
      return { outcome: 'redeemed', credential, maxAgeMs: expiresAtMs - now(), session, target };
    },
  };
}

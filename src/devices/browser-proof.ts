import { compactVerify } from 'jose/jws/compact/verify';
import { z } from 'zod';
import type { StateStore } from '../state/state-store.ts';
import type { BrowserKey } from './browser-key.ts';
import { createReportNonces } from './report-nonce.ts';

/** The longest proof that is looked at, in characters. */
const maxProofLength = 2_048;
/** Told apart from every other JWS of ours by its header (RFC 8725 §3.11). */
export const browserProofType = 'postern-browser-proof+jwt';

/** No time: how old it is, our nonce says, and many a machine's clock is minutes off. */
const proofPayload = z.strictObject({
  aud: z.string().max(512),
  nonce: z.string().min(16).max(128),
  kid: z.string().max(64),
});

export type BrowserProofResult =
  /** `provedAtMs` is our time, never the browser's. */
  | { readonly outcome: 'proved'; readonly keyId: string; readonly provedAtMs: number }
  /** `why` is for the audit trail and holds nothing of the proof. */
  | { readonly outcome: 'refused'; readonly why: string };

/** Proofs by the keys of registered browsers, each for one session, one audience and one time. */
export interface BrowserProofs {
  /** A nonce for the next proof of this session: single use, five minutes. */
  issueNonce(sessionId: string): Promise<string>;
  /** Checks a proof: a compact JWS by `key`, for `audience`, with a nonce of this very session. Faults of the store pass through. */
  check(jws: string, key: BrowserKey, sessionId: string, audience: string): Promise<BrowserProofResult>;
}

export interface BrowserProofsDependencies {
  readonly store: StateStore;
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
}

function refused(why: string): BrowserProofResult {
  return { outcome: 'refused', why };
}

/** Whom a nonce is for: never the name of a device by certificate, whose nonces lie in the same table. */
function holderOf(sessionId: string): string {
  return `browser\u0000${sessionId}`;
}

/** Builds the proofs. The nonce is spent last, so that a forged proof uses up nobody's. */
export function createBrowserProofs({ store, now, randomBytes }: BrowserProofsDependencies): BrowserProofs {
  const nonces = createReportNonces(store, now, randomBytes);
  return {
    issueNonce: (sessionId) => nonces.issue(holderOf(sessionId)),

    check: async (jws, key, sessionId, audience) => {
      if (jws.length > maxProofLength) return refused('The proof is too long.');
      let payload: unknown;
      try {
        const verified = await compactVerify(jws, key.publicKey, { algorithms: ['ES256'] });
        if (verified.protectedHeader.typ !== browserProofType) return refused('The proof is a JWS of another type.');
        payload = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(verified.payload));
      } catch {
        return refused('The proof is not a compact JWS of JSON by the key of this registered browser.');
      }
      const parsed = proofPayload.safeParse(payload);
      if (!parsed.success) return refused('The proof must hold aud, nonce and kid, and nothing else.');
      const { aud, nonce, kid } = parsed.data;
      if (aud !== audience) return refused('The proof is for another audience.');
      if (kid !== key.keyId) return refused('The proof names another key.');
      if (!(await nonces.spend(nonce, holderOf(sessionId)))) {
        return refused('The nonce is unknown, used, older than five minutes or of another session.');
      }
      return { outcome: 'proved', keyId: key.keyId, provedAtMs: now() };
    },
  };
}

import { z } from 'zod';
import type { IdentityProvider } from '../../config/snapshot.ts';
import { Fault } from '../../decision/fault.ts';
import type { Session, SessionId } from '../../sessions/session.ts';
import { parseRecord } from '../../state/parse-record.ts';
import type { StateStore } from '../../state/state-store.ts';
import type { ProviderTokens, VerifiedToken } from '../openid-client.ts';

const GrantShape = z.strictObject({
  providerId: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  subject: z.string(),
  refreshToken: z.string().nullable(),
  accessToken: z.string(),
  accessTokenEndsAtMs: z.number().nullable(),
});

/** What a session's claims are read again with. Secrets: never logged, never shown; encrypted in the state like every record. */
export type ProviderGrant = Readonly<z.infer<typeof GrantShape>>;

/** Grants of sessions, each kept under its session's id and ended with it. */
export interface ProviderGrants {
  /** Keeps what a sign-in or a step-up brought, where the provider's claims are to be refreshed. */
  keep(session: Session, provider: IdentityProvider, token: VerifiedToken): Promise<void>;
  find(id: SessionId): Promise<ProviderGrant | undefined>;
  /**
   * Keeps what came for a refresh token that was spent. A sign-in that brought another one meanwhile is newer and stays.
   * Answers the grant that holds from now on; `undefined`: the session is over.
   */
  renew(session: Session, spent: ProviderGrant, tokens: ProviderTokens): Promise<ProviderGrant | undefined>;
}

const attempts = 5;

export function createProviderGrants(store: StateStore, now: () => number): ProviderGrants {
  async function change(
    session: Session,
    next: (known: ProviderGrant | undefined) => ProviderGrant | undefined,
  ): Promise<ProviderGrant | undefined> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const stored = await store.read('provider_grant', session.id);
      if (stored.found === 'tombstone') return undefined;
      const known = stored.found === 'record' ? parseRecord(GrantShape, stored.record) : undefined;
      const grant = next(known);
      if (grant === undefined) return known;
      const written = await store.write({
        kind: 'provider_grant',
        key: session.id,
        owner: session.id,
        value: JSON.stringify(grant),
        expiresAtMs: session.expiresAtMs,
        expectedVersion: stored.found === 'record' ? stored.record.version : 0,
        isLogged: false,
      });
      if (written.outcome === 'written') return grant;
      if (written.outcome === 'buried') return undefined;
    }
    throw new Fault('state_conflict', 'What claims are read again with could not be kept, because it kept changing.');
  }

  return {
    async keep(session, provider, token) {
      if (provider.refreshMs === undefined) return;
      const { id: providerId, issuer, clientId } = provider;
      const subject = String(token.idTokenClaims['sub']);
      const kept = withTokens({ providerId, issuer, clientId, subject }, token.tokens, now());
      await change(session, (known) => {
        // A provider need not give another refresh token at each sign-in; the one it gave before still counts.
        const isSame = known !== undefined && isOf(known, provider) && known.subject === subject;
        return { ...kept, refreshToken: kept.refreshToken ?? (isSame ? known.refreshToken : null) };
      });
    },
    async find(id) {
      const stored = await store.read('provider_grant', id);
      return stored.found === 'record' ? parseRecord(GrantShape, stored.record) : undefined;
    },
    renew(session, spent, tokens) {
      const renewed = withTokens(spent, tokens, now());
      return change(session, (known) =>
        known?.refreshToken === spent.refreshToken
          ? { ...renewed, refreshToken: renewed.refreshToken ?? spent.refreshToken }
          : undefined,
      );
    },
  };
}

/** True when the grant is this client's at this issuer: tokens are shown to nobody else. */
export function isOf(grant: ProviderGrant, { id, issuer, clientId }: IdentityProvider): boolean {
  return grant.providerId === id && grant.issuer === issuer && grant.clientId === clientId;
}

function withTokens(
  { providerId, issuer, clientId, subject }: Pick<ProviderGrant, 'providerId' | 'issuer' | 'clientId' | 'subject'>,
  { refreshToken, accessToken, accessTokenLivesMs }: ProviderTokens,
  nowMs: number,
): ProviderGrant {
  return {
    providerId,
    issuer,
    clientId,
    subject,
    refreshToken: refreshToken ?? null,
    accessToken,
    accessTokenEndsAtMs: accessTokenLivesMs === undefined ? null : nowMs + accessTokenLivesMs,
  };
}

import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { SessionId } from '../sessions/session.ts';

/** The token of the sign-out form: another site cannot know it, so it cannot sign people out. */
export interface SignOutTokens {
  tokenFor(id: SessionId): string;
  isValid(token: unknown, id: SessionId): boolean;
}

/** Tokens are made from the session's id and a secret, so that every worker knows them and nothing is stored. */
export function createSignOutTokens(secret: string): SignOutTokens {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'postern sign-out form', 32));
  const tokenFor = (id: SessionId) => createHmac('sha256', key).update(id).digest('base64url');
  return {
    tokenFor,
    isValid(token, id) {
      if (typeof token !== 'string') return false;
      const [given, expected] = [Buffer.from(token), Buffer.from(tokenFor(id))];
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

import { createHmac, hkdfSync } from 'node:crypto';
import type { SessionId } from '../sessions/session.ts';
import { isSameSecret } from '../state/secret.ts';
import type { Exchange } from './exchange.ts';

/** What a form is for: a token of one is worth nothing in another. */
export type FormPurpose = 'sign-out form' | 'sessions form' | 'disowned notice' | 'browser form' | 'step-up link';

/** The token of a form: another site cannot know it, so it cannot press the form's button. */
export interface FormTokens {
  /** @param about what of the page it is good for, where that is not all of it */
  tokenFor(id: SessionId, about?: string): string;
  isValid(token: unknown, id: SessionId, about?: string): boolean;
}

/** Tokens are made from the session's id and a secret, so that every worker knows them and nothing is stored. */
export function createFormTokens(secret: string, purpose: FormPurpose): FormTokens {
  const key = Buffer.from(hkdfSync('sha256', secret, '', `postern ${purpose}`, 32));
  const tokenFor = (id: SessionId, about = '') =>
    createHmac('sha256', key)
      .update(about === '' ? id : `${id}\n${about}`)
      .digest('base64url');
  return {
    tokenFor,
    isValid: (token, id, about) => typeof token === 'string' && isSameSecret(token, tokenFor(id, about)),
  };
}

/** Whether a form was posted from a page of ours that this session was shown. */
export function isOwnForm(exchange: Exchange, tokens: FormTokens, token: unknown, id: SessionId): boolean {
  const site = exchange.request.headers['sec-fetch-site'];
  return (site === undefined || site === 'same-origin') && tokens.isValid(token, id);
}

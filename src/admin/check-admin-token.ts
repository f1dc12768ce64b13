import { hash, timingSafeEqual } from 'node:crypto';
import { Fault } from '../decision/fault.ts';

export type TokenCheck = 'right' | 'missing' | 'wrong';

/**
 * Builds the check of `Authorization: Bearer`. Both sides are hashed, so that neither content nor length shows in the
 * time (SECURITY.md 23). Cookies and query strings are never looked at.
 * Throws `Fault('config_invalid')` for a token of fewer than 32 bytes.
 */
export function createTokenCheck(token: string): (authorization: string | undefined) => TokenCheck {
  if (Buffer.byteLength(token) < 32) {
    throw new Fault('config_invalid', 'The admin token has fewer than 32 bytes. Make one: openssl rand -base64 32');
  }
  const expected = hash('sha256', token, 'buffer');
  return (authorization) => {
    if (authorization === undefined) return 'missing';
    const shown = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization)?.[1];
    if (shown === undefined) return 'missing';
    return timingSafeEqual(hash('sha256', shown, 'buffer'), expected) ? 'right' : 'wrong';
  };
}

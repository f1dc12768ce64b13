import { hash } from 'node:crypto';
import { Fault } from '../decision/fault.ts';
import { isSameSecret } from '../state/secret.ts';

export type TokenCheck = 'right' | 'missing' | 'wrong';

/**
 * Builds the check of `Authorization: Bearer`. Both sides are hashed, so that neither content nor length shows in the
 * time (security-rules.md 23), and each token is compared, so that neither does which one it was. Cookies and query strings
 * are never looked at. Throws `Fault('config_invalid')` for a token of fewer than 32 bytes.
 * @param token a list of two while it changes
 */
export function createTokenCheck(token: string | readonly string[]): (authorization: string | undefined) => TokenCheck {
  const tokens = [token].flat();
  if (tokens.length === 0 || tokens.some((one) => Buffer.byteLength(one) < 32)) {
    throw new Fault('config_invalid', 'The admin token has fewer than 32 bytes. Make one: openssl rand -base64 32');
  }
  const expected = tokens.map((one) => hash('sha256', one, 'buffer'));
  return (authorization) => {
    if (authorization === undefined) return 'missing';
    const shown = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization)?.[1];
    if (shown === undefined) return 'missing';
    const given = hash('sha256', shown, 'buffer');
    return expected.filter((one) => isSameSecret(given, one)).length > 0 ? 'right' : 'wrong';
  };
}

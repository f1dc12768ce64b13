/** In any spelling that some server would still read as a bearer token. */
const ownToken = /^bearer[\s:="']*pst_/i;

/**
 * True for an `Authorization` value that carries a token of ours: it is for us alone and never goes on; any other belongs
 * to the app (security-rules.md 8).
 */
export function isOwnToken(authorization: string): boolean {
  return ownToken.test(authorization);
}

/**
 * The token of the one `Authorization` header, in the one spelling that counts (RFC 6750 section 2.1). `undefined` for
 * anything else that looks like ours: several headers, another spelling, more than a token.
 */
export function readOwnToken(rawHeaders: readonly string[]): string | undefined {
  let value: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue;
    if (value !== undefined) return undefined;
    value = rawHeaders[index + 1] ?? '';
  }
  return value === undefined ? undefined : strictOwnToken.exec(value)?.[1];
}

const strictOwnToken = /^bearer +(pst_[A-Za-z0-9_-]{1,128})$/i;

/** True when any `Authorization` header does. `headers` keeps only the first of several; an app may read the last. */
export function carriesOwnToken(rawHeaders: readonly string[]): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 13 && name.toLowerCase() === 'authorization' && isOwnToken(rawHeaders[index + 1] ?? '')) {
      return true;
    }
  }
  return false;
}

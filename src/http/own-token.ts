/** In any spelling that some server would still read as a bearer token. */
const ownBearer = /^bearer[\s:="']*pst_/i;
/** In any spelling that some server would still read as a user and a password. */
const anyBasic = /^basic[\s:="']*(.*)$/i;

const strictBearer = /^bearer +(pst_[A-Za-z0-9_-]{1,128})$/i;
const strictBasic = /^basic +[A-Za-z0-9+/]+={0,2}$/i;
/** The user is free: some clients insist on one. It ends at the first colon (RFC 7617 section 2). */
const strictPassword = /^[^:]*:(pst_[A-Za-z0-9_-]{1,128})$/;
const strictToken = /^pst_[A-Za-z0-9_-]{1,128}$/;

/** A header for a token of ours alone: `Authorization` then is the app's own. */
const tokenHeader = 'x-postern-token';

/** What a request shows as a service's token. */
export type ShownToken =
  | { readonly shown: 'nothing' }
  /** `isPassword`: as the password of Basic, which a browser that was told it sends along by itself. */
  | { readonly shown: 'token'; readonly token: string; readonly isPassword: boolean }
  /** It looks like ours, and is not one token in one place in one spelling. */
  | { readonly shown: 'unreadable'; readonly detail: string }
  /** Two kinds at once: which of them the caller is cannot be told. */
  | { readonly shown: 'conflict'; readonly detail: string };

/**
 * True for an `Authorization` value that carries a token of ours: it is for us alone and never goes on; any other belongs
 * to the app (security-rules.md 8).
 */
export function isOwnToken(authorization: string): boolean {
  return ownBearer.test(authorization) || /(?:^|:)pst_/.test(basicPair(authorization) ?? '');
}

/** User and password of a Basic value, colon between them. Bytes that belong to no character stay apart. */
function basicPair(authorization: string): string | undefined {
  const encoded = anyBasic.exec(authorization)?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('latin1');
}

/** Shown as a credential: a user's name that looks like a token is none. */
function showsToken(authorization: string): boolean {
  return ownBearer.test(authorization) || (basicPair(authorization)?.includes(':pst_') ?? false);
}

/**
 * The token that a request shows, in the one spelling that counts of each place: `Authorization: Bearer` (RFC 6750 section
 * 2.1), the password of `Authorization: Basic` (RFC 7617), `X-Postern-Token`. `headers` keeps only the first of several;
 * an app may read the last, so the raw ones are read.
 */
export function readOwnToken(rawHeaders: readonly string[]): ShownToken {
  let authorization: string | undefined;
  let authorizations = 0;
  let isOwn = false;
  let own: string | undefined;
  let owns = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 13 && name.toLowerCase() === 'authorization') {
      authorization = rawHeaders[index + 1] ?? '';
      authorizations++;
      isOwn ||= showsToken(authorization);
    } else if (name.length === 15 && name.toLowerCase() === tokenHeader) {
      own = rawHeaders[index + 1] ?? '';
      owns++;
    }
  }
  if (own !== undefined && isOwn)
    return { shown: 'conflict', detail: 'X-Postern-Token and an Authorization with a token of ours came together.' };
  if (own !== undefined) {
    if (owns > 1 || !strictToken.test(own))
      return { shown: 'unreadable', detail: 'The X-Postern-Token header is not one token.' };
    return { shown: 'token', token: own, isPassword: false };
  }
  if (!isOwn || authorization === undefined) return { shown: 'nothing' };
  const read = authorizations === 1 ? readAuthorization(authorization) : undefined;
  const detail = 'The Authorization header is not one token, as Bearer or as the password of Basic.';
  return read ?? { shown: 'unreadable', detail };
}

function readAuthorization(authorization: string): ShownToken | undefined {
  const bearer = strictBearer.exec(authorization)?.[1];
  if (bearer !== undefined) return { shown: 'token', token: bearer, isPassword: false };
  if (!strictBasic.test(authorization)) return undefined;
  const password = strictPassword.exec(basicPair(authorization) ?? '')?.[1];
  return password === undefined ? undefined : { shown: 'token', token: password, isPassword: true };
}

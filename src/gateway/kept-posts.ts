import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import * as z from 'zod';

/** What another site's page posted, as it came. */
export interface KeptPost {
  readonly host: string;
  /** Path and query. */
  readonly target: string;
  readonly contentType: string;
  /** As the browser said it; the app may check it. */
  readonly origin: string;
  readonly body: Buffer;
  readonly keptAtMs: number;
}

/**
 * Seals a post into the page that asks about it, and opens it when that page's button is pressed. It lies with the browser:
 * a stranger who posts takes no room of ours, and every worker can open what another one sealed.
 */
export interface KeptPosts {
  seal(post: KeptPost): string;
  /** `undefined` for what was not sealed here, was altered, or is too old. */
  open(sealed: string, nowMs: number): KeptPost | undefined;
}

/** As long as a sign-in may take. */
const keptForMs = 10 * 60_000;

const lengths = { salt: 32, nonce: 12, tag: 16 };
const cipherName = 'aes-256-gcm';
const purpose = 'postern kept posts';

const sealedPost = z.strictObject({
  host: z.string(),
  target: z.string(),
  contentType: z.string(),
  origin: z.string(),
  body: z.base64().transform((text) => Buffer.from(text, 'base64')),
  keptAtMs: z.number(),
});

/** @param deps.key the secret of the state, the same in every worker; each post has a key of its own that is made from it */
export function createKeptPosts(deps: {
  readonly key: string;
  readonly randomBytes: (count: number) => Buffer;
}): KeptPosts {
  const keyOf = (salt: Buffer) => Buffer.from(hkdfSync('sha256', deps.key, salt, purpose, 32));

  return {
    seal(post) {
      const [salt, nonce] = [deps.randomBytes(lengths.salt), deps.randomBytes(lengths.nonce)];
      const cipher = createCipheriv(cipherName, keyOf(salt), nonce);
      const text = JSON.stringify({ ...post, body: post.body.toString('base64') });
      return Buffer.concat([salt, nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      );
    },
    open(sealed, nowMs) {
      const bytes = Buffer.from(sealed, 'base64url');
      const start = lengths.salt + lengths.nonce;
      if (bytes.length < start + lengths.tag) return undefined;
      const decipher = createDecipheriv(
        cipherName,
        keyOf(bytes.subarray(0, lengths.salt)),
        bytes.subarray(lengths.salt, start),
        {
          authTagLength: lengths.tag,
        },
      );
      decipher.setAuthTag(bytes.subarray(-lengths.tag));
      const post = readPost(() => [decipher.update(bytes.subarray(start, -lengths.tag)), decipher.final()]);
      const isFresh = post !== undefined && nowMs - post.keptAtMs <= keptForMs && post.keptAtMs <= nowMs + keptForMs;
      return isFresh ? post : undefined;
    },
  };
}

function readPost(decipher: () => readonly Buffer[]): KeptPost | undefined {
  try {
    return sealedPost.parse(JSON.parse(Buffer.concat(decipher()).toString()));
  } catch {
    return undefined;
  }
}

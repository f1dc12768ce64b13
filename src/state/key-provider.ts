import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { Fault } from '../decision/fault.ts';

/**
 * Keeps the data key of the state safe: a local secret today, a key management service where there is one.
 * Asked once, when the state is opened.
 */
export interface KeyProvider {
  /** Kept beside the wrapped key, so that a state made with another provider is refused by name. */
  readonly name: string;
  /** @param context what the wrapped key belongs to; the same must be given to unwrap. */
  wrap(dataKey: Buffer, context: string): Promise<Buffer>;
  /** Rejects when the secret, the context or the wrapped bytes are not the ones of `wrap`. */
  unwrap(wrapped: Buffer, context: string): Promise<Buffer>;
}

const secretBytes = 32;
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;

const deriveKey = promisify<string, Buffer, number, Buffer>(scrypt);

/**
 * Wraps with a key derived (scrypt, a salt per wrapping) from the first secret of `state.key`; unwraps with any of them.
 * @param secrets 32 bytes or more each; shorter is `Fault('config_invalid')`.
 */
export function createLocalKeyProvider(
  secrets: readonly [string, ...(readonly string[])],
  randomBytes: (count: number) => Buffer,
): KeyProvider {
  if (secrets.some((secret) => Buffer.byteLength(secret) < secretBytes)) {
    throw new Fault(
      'config_invalid',
      'The secret of state.key is shorter than 32 bytes. Make one with: openssl rand -base64 48',
    );
  }
  return {
    name: 'local',
    async wrap(dataKey, context) {
      const [secret] = secrets;
      const salt = randomBytes(saltBytes);
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', await deriveKey(secret, salt, 32), nonce);
      cipher.setAAD(Buffer.from(context));
      const sealed = Buffer.concat([cipher.update(dataKey), cipher.final()]);
      return Buffer.concat([salt, nonce, cipher.getAuthTag(), sealed]);
    },
    async unwrap(wrapped, context) {
      let refusal: unknown;
      for (const secret of secrets) {
        try {
          return await unwrapWith(secret, wrapped, context);
        } catch (thrown) {
          refusal = thrown;
        }
      }
      throw refusal;
    },
  };
}

async function unwrapWith(secret: string, wrapped: Buffer, context: string): Promise<Buffer> {
  const salt = wrapped.subarray(0, saltBytes);
  const nonce = wrapped.subarray(saltBytes, saltBytes + nonceBytes);
  const tag = wrapped.subarray(saltBytes + nonceBytes, saltBytes + nonceBytes + tagBytes);
  const cipher = createDecipheriv('aes-256-gcm', await deriveKey(secret, salt, 32), nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context));
  cipher.setAuthTag(tag);
  return Buffer.concat([cipher.update(wrapped.subarray(saltBytes + nonceBytes + tagBytes)), cipher.final()]);
}

/** What opens a state: the secret of `state.key`, two of them while it changes (the new one first), or who else keeps the data key. */
export type StateKey = string | readonly string[] | KeyProvider;

export function keyProviderOf(key: StateKey, randomBytes: (count: number) => Buffer): KeyProvider {
  if (typeof key !== 'string' && 'unwrap' in key) return key;
  const [first = '', ...rest] = [key].flat();
  return createLocalKeyProvider([first, ...rest], randomBytes);
}

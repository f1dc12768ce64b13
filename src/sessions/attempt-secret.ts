import { createHmac, hkdfSync } from 'node:crypto';
import { isSameSecret, isSecret } from '../state/secret.ts';

/** A browser that began a sign-in lately, as its attempt's secret shows: who it is, nobody knows. */
export interface Lineage {
  readonly id: string;
  /** When the first attempt of it was begun, to the second. */
  readonly begunAtMs: number;
}

/** Mints the secrets of attempts, and knows them again without a look at the state. */
export interface AttemptSecrets {
  /** @param parent another attempt of this browser: the new one counts with it */
  mint(parent?: string): string;
  /** `undefined` for text that no process with this key minted: it says nothing of a browser. */
  lineageOf(secret: string): Lineage | undefined;
}

/** 96 random bits that only the browser knows, and as many that only we could have added. */
const lengths = { time: 4, id: 4, random: 12, mark: 12 };
const markAt = lengths.time + lengths.id + lengths.random;

/**
 * Builds it. A secret looks like any other of ours: 32 bytes in base64url.
 * @param key the secret of the state, the same in every worker; only a key made from it is used
 */
export function createAttemptSecrets(deps: {
  readonly key: string;
  readonly randomBytes: (count: number) => Buffer;
  readonly now: () => number;
}): AttemptSecrets {
  const markKey = Buffer.from(hkdfSync('sha256', deps.key, '', 'postern attempts', 32));
  const markOf = (body: Buffer): Buffer =>
    createHmac('sha256', markKey).update(body).digest().subarray(0, lengths.mark);

  function open(secret: string): Buffer | undefined {
    if (!isSecret(secret)) return undefined;
    const bytes = Buffer.from(secret, 'base64url');
    const body = bytes.subarray(0, markAt);
    return isSameSecret(bytes.subarray(markAt), markOf(body)) ? body : undefined;
  }

  return {
    mint(parent) {
      const begun = Buffer.alloc(lengths.time);
      begun.writeUInt32BE(Math.floor(deps.now() / 1000) % 2 ** 32);
      const lineage = open(parent ?? '')?.subarray(0, lengths.time + lengths.id);
      const body = Buffer.concat([
        lineage ?? Buffer.concat([begun, deps.randomBytes(lengths.id)]),
        deps.randomBytes(lengths.random),
      ]);
      return Buffer.concat([body, markOf(body)]).toString('base64url');
    },
    lineageOf(secret) {
      const body = open(secret);
      if (body === undefined) return undefined;
      const id = body.subarray(0, lengths.time + lengths.id).toString('base64url');
      return { id, begunAtMs: body.readUInt32BE() * 1000 };
    },
  };
}

import { createHmac, createSecretKey } from 'node:crypto';

/** Hashes tags for the file: whoever reads it sees that two records share one, and not whose it is. */
export type TagHasher = (tags: readonly string[] | undefined) => Uint8Array | undefined;

/** 64 bits: two that meet cost a look at one record more. The triggers of the schema know this length, and the number. */
const hashBytes = 8;
const mostTags = 3;

/** @param key 32 random bytes */
export function createTagHasher(key: Buffer): TagHasher {
  const secret = createSecretKey(key);
  const hash = (tag: string): Buffer => createHmac('sha256', secret).update(tag).digest().subarray(0, hashBytes);
  return (tags) => {
    if (tags === undefined || tags.length === 0) return undefined;
    if (tags.length > mostTags) throw new RangeError(`A record has ${tags.length} tags; ${mostTags} is the most.`);
    return Buffer.concat(tags.map(hash));
  };
}

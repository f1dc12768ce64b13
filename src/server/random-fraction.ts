const poolBytes = 4096;
const bytesEach = 4;

/**
 * Numbers in [0, 1) from a cryptographic source, drawn from a pool: one call to the source costs more than a decision id
 * may, so it is made once per thousand numbers.
 */
export function createRandomFraction(randomBytes: (size: number) => Buffer): () => number {
  let pool: Buffer = Buffer.alloc(0);
  let offset = 0;
  return () => {
    if (offset + bytesEach > pool.length) {
      pool = randomBytes(poolBytes);
      offset = 0;
    }
    const value = pool.readUInt32LE(offset) / 2 ** 32;
    offset += bytesEach;
    return value;
  };
}

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createLocalKeyProvider } from '../../../src/state/key-provider.ts';

const secret = 'thirty-two bytes or more of secret';

describe('the local key provider', () => {
  test('unwraps what it wrapped, with the same secret and for the same context alone', async () => {
    const dataKey = randomBytes(32);
    const wrapped = await createLocalKeyProvider([secret], randomBytes).wrap(dataKey, 'file 1');
    const again = createLocalKeyProvider([secret], randomBytes);
    expect(await again.unwrap(wrapped, 'file 1')).toEqual(dataKey);
    await expect(again.unwrap(wrapped, 'file 2')).rejects.toBeDefined();
    await expect(createLocalKeyProvider([`${secret}!`], randomBytes).unwrap(wrapped, 'file 1')).rejects.toBeDefined();
    await expect(again.unwrap(wrapped.subarray(0, 20), 'file 1')).rejects.toBeDefined();
  });

  test('refuses a secret that is too short', () => {
    expect(() => createLocalKeyProvider(['x'.repeat(31)], randomBytes)).toThrow('32 bytes');
  });
});

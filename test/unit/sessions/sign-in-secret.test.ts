import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { loadSignInSecret } from '../../../src/sessions/sign-in-secret.ts';
import { createMemoryStore } from '../../support/judgement-memory-store.ts';

let store: ReturnType<typeof createMemoryStore>;
beforeEach(() => {
  store = createMemoryStore(() => 0);
});

const keep = (value: string) =>
  store.write({ kind: 'signing_key', key: 'sign-in-host', value, expectedVersion: 'any' });

describe('the secret of the sign-in host', () => {
  test('is made once, and is the same ever after', async () => {
    const made = await loadSignInSecret(store, randomBytes);
    expect(Buffer.byteLength(made)).toBeGreaterThanOrEqual(32);
    expect(await loadSignInSecret(store, randomBytes)).toBe(made);
  });

  test('is one for all processes that start at once', async () => {
    const [one, other] = await Promise.all([
      loadSignInSecret(store, randomBytes),
      loadSignInSecret(store, randomBytes),
    ]);
    expect(one).toBe(other);
  });

  test('survives a power failure once it was given out', async () => {
    const writes: unknown[] = [];
    const noting = {
      ...store,
      write: (write: Parameters<typeof store.write>[0]) => {
        writes.push(write);
        return store.write(write);
      },
    };
    await loadSignInSecret(noting, randomBytes);
    expect(writes).toMatchObject([{ isDurable: true }]);
  });

  test.each(['"too short to sign with"', `["${'x'.repeat(40)}"]`, '7'])(
    'is never taken from a damaged record: %s',
    async (value) => {
      await keep(value);
      await expect(loadSignInSecret(store, randomBytes)).rejects.toMatchObject({ code: 'state_corrupt' });
    },
  );

  test('may have 32 characters and no fewer', async () => {
    await keep(JSON.stringify('x'.repeat(32)));
    expect(await loadSignInSecret(store, randomBytes)).toBe('x'.repeat(32));
    await keep(JSON.stringify('x'.repeat(31)));
    await expect(loadSignInSecret(store, randomBytes)).rejects.toMatchObject({ code: 'state_corrupt' });
  });

  test('that the state does not keep is a fault, never one for this process alone', async () => {
    const forgetful = { ...store, write: async () => ({ outcome: 'buried' }) as const };
    await expect(loadSignInSecret(forgetful, randomBytes)).rejects.toMatchObject({ code: 'state_conflict' });
  });
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createAssertionKeys, keyOverlapMs, keyPeriodMs } from '../../../src/gateway/assertion/assertion-keys.ts';
import { createStateFolder, type StateFolder } from '../../support/state-folder.ts';

const midnight = Date.UTC(2026, 0, 6);

let folder: StateFolder;
let nowMs = 0;
beforeEach(() => {
  nowMs = midnight - 2 * keyOverlapMs;
  folder = createStateFolder(() => nowMs);
});
afterEach(() => folder.dispose());

describe('the keys that sign assertions', () => {
  test('change each day, and no app that keeps the set for an hour meets one that it does not know', async () => {
    const [one, other] = [createAssertionKeys(await folder.open()), createAssertionKeys(await folder.open())];
    const signed = new Set<string>();
    for (; nowMs <= midnight + 2 * keyOverlapMs; nowMs += keyOverlapMs / 4) {
      const { kid } = await one.signingKey(nowMs);
      signed.add(kid);
      // Fetched an hour ago, or in an hour, from whichever process.
      for (const fetchedAtMs of [nowMs - keyOverlapMs, nowMs, nowMs + keyOverlapMs]) {
        const published = (await other.publicKeys(fetchedAtMs)).map((jwk) => jwk.kid);
        expect(published).toContain(kid);
      }
    }
    expect(signed.size).toBe(2);
  });

  test('are the same for processes that need them at the same moment', async () => {
    const all = await Promise.all(
      Array.from({ length: 4 }, async () => createAssertionKeys(await folder.open()).publicKeys(midnight)),
    );
    expect(new Set(all.map((keys) => JSON.stringify(keys))).size).toBe(1);
  });

  test('are gone from the state when no assertion can name them', async () => {
    const store = await folder.open();
    const keys = createAssertionKeys(store);
    nowMs = midnight;
    await keys.publicKeys(nowMs);
    expect((await store.list('signing_key')).length).toBe(2);
    nowMs = midnight + keyPeriodMs + 3 * keyOverlapMs;
    expect(await store.list('signing_key')).toEqual([]);
  });
});

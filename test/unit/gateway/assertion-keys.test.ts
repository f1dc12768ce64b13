import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AssertionAlgorithm } from '../../../src/config/route.ts';
import { createAssertionKeys, keyOverlapMs, keyPeriodMs } from '../../../src/gateway/assertion/assertion-keys.ts';
import { createStateFolder, type StateFolder } from '../../support/state-folder.ts';

const only = (...names: readonly AssertionAlgorithm[]): ReadonlySet<AssertionAlgorithm> => new Set(names);
const both = only('ES256', 'EdDSA');
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
      const { kid } = await one.signingKey(nowMs, 'ES256');
      signed.add(kid);
      // Fetched an hour ago, or in an hour, from whichever process.
      for (const fetchedAtMs of [nowMs - keyOverlapMs, nowMs, nowMs + keyOverlapMs]) {
        const published = (await other.publicKeys(fetchedAtMs, both)).map((jwk) => jwk.kid);
        expect(published).toContain(kid);
      }
    }
    expect(signed.size).toBe(2);
  });

  test('are the same for processes that need them at the same moment', async () => {
    const all = await Promise.all(
      Array.from({ length: 4 }, async () => createAssertionKeys(await folder.open()).publicKeys(midnight, both)),
    );
    expect(new Set(all.map((keys) => JSON.stringify(keys))).size).toBe(1);
  });

  test('are gone from the state when no assertion can name them', async () => {
    const store = await folder.open();
    const keys = createAssertionKeys(store);
    nowMs = midnight;
    await keys.publicKeys(nowMs, only('ES256'));
    expect((await store.list('signing_key')).length).toBe(2);
    nowMs = midnight + keyPeriodMs + 3 * keyOverlapMs;
    expect(await store.list('signing_key')).toEqual([]);
  });

  test('of an algorithm that the configuration does not name are none, until it has been used', async () => {
    const keys = createAssertionKeys(await folder.open());
    const algorithms = async () =>
      new Set((await keys.publicKeys(nowMs, only('ES256'))).map(({ alg, kty, y }) => [alg, kty, typeof y].join(' ')));
    expect(await algorithms()).toEqual(new Set(['ES256 EC string']));
    const before = await keys.signingKey(nowMs, 'EdDSA');
    // What was signed before a reload is still valid for minutes.
    expect(await algorithms()).toEqual(new Set(['ES256 EC string', 'EdDSA OKP undefined']));
    const published = await createAssertionKeys(await folder.open()).publicKeys(nowMs, only('ES256'));
    expect(published.map(({ kid }) => kid)).toContain(before.kid);
  });

  test('are refused where the state has one of another kind under their name', async () => {
    const store = await folder.open();
    const made = await createAssertionKeys(store).signingKey(nowMs, 'EdDSA');
    const found = await store.read('signing_key', made.kid);
    const kid = (await createAssertionKeys(store).signingKey(nowMs, 'ES256')).kid;
    const value = found.found === 'record' ? found.record.value : '';
    await store.write({ kind: 'signing_key', key: kid, value, expectedVersion: 'any' });
    await expect(createAssertionKeys(store).signingKey(nowMs, 'ES256')).rejects.toMatchObject({
      code: 'state_corrupt',
    });
    // A damaged key of an algorithm that nothing is signed with keeps no app from the others.
    const others = await createAssertionKeys(store).publicKeys(nowMs, only('EdDSA'));
    expect(new Set(others.map(({ alg }) => alg))).toEqual(new Set(['EdDSA']));
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readBrowserKey } from '../../../src/devices/browser-key.ts';
import {
  createRegisteredBrowsers,
  mostBrowsers,
  type RegisteredBrowser,
  type RegisteredBrowsers,
} from '../../../src/devices/registered-browsers.ts';
import type { StateStore } from '../../../src/state/state-store.ts';
import { createStateFolder } from '../../support/state-folder.ts';

const ada = { issuer: 'https://idp.corp.example', subject: 'ada' };
const adaElsewhere = { issuer: 'https://other.corp.example', subject: 'ada' };

async function entry(): Promise<RegisteredBrowser> {
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const key = await readBrowserKey(jwk);
  if (key === undefined) throw new Error('The key of the test was refused.');
  return { keyId: key.keyId, jwk: key.jwk, name: 'Firefox, Linux', address: '203.0.113.7', registeredAtMs: 1 };
}

let folder: ReturnType<typeof createStateFolder>;
let store: StateStore;
let browsers: RegisteredBrowsers;
beforeEach(async () => {
  folder = createStateFolder();
  store = await folder.open();
  browsers = createRegisteredBrowsers(store);
});
afterEach(() => folder.dispose());

describe('the registered browsers of a person', () => {
  test('are known by their key, to nobody else', async () => {
    const own = await entry();
    expect(await browsers.register(ada, own)).toBe('registered');
    expect((await browsers.findKey(ada, own.keyId))?.keyId).toBe(own.keyId);
    expect(await browsers.findKey(adaElsewhere, own.keyId)).toBeUndefined();
    expect(await browsers.remove(adaElsewhere, own.keyId)).toBe(false);
    expect(await browsers.listOf(ada)).toEqual([own]);
  });

  test('are ten at most, also when two register at once; one that is there already may come again', async () => {
    const entries = await Promise.all(Array.from({ length: mostBrowsers + 1 }, entry));
    const [first, ...others] = entries;
    for (const one of others.slice(0, mostBrowsers - 1)) await browsers.register(ada, one);
    const [last] = others.slice(mostBrowsers - 1);
    if (first === undefined || last === undefined) throw new Error('Too few keys.');
    const outcomes = await Promise.all([browsers.register(ada, first), browsers.register(ada, last)]);
    expect(outcomes.toSorted()).toEqual(['registered', 'too_many']);
    const known = await browsers.listOf(ada);
    expect(known).toHaveLength(mostBrowsers);
    const [again] = known;
    if (again === undefined) throw new Error('None is there.');
    expect(await browsers.register(ada, { ...again, name: 'Edge, Windows' })).toBe('registered');
    expect(await browsers.listOf(ada)).toHaveLength(mostBrowsers);
  });

  test('that were removed prove nothing any more', async () => {
    const own = await entry();
    await browsers.register(ada, own);
    expect(await browsers.remove(ada, own.keyId)).toBe(true);
    expect(await browsers.findKey(ada, own.keyId)).toBeUndefined();
    expect(await browsers.remove(ada, own.keyId)).toBe(false);
  });

  test('that cannot be read are a fault, never none', async () => {
    await browsers.register(ada, await entry());
    const [record] = await store.list('registered_browsers');
    if (record === undefined) throw new Error('Nothing was kept.');
    await store.write({ kind: 'registered_browsers', key: record.key, value: '{}', expectedVersion: 'any' });
    await expect(browsers.listOf(ada)).rejects.toMatchObject({ code: 'state_corrupt' });
  });
});

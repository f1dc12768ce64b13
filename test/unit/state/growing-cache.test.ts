import { expect, test } from '@jest/globals';
import { createGrowingCache } from '../../../src/state/growing-cache.ts';

test('remembers as many entries as it may, and forgets the one that was used longest ago', () => {
  const cache = createGrowingCache<string, number>(2);
  cache.set('first', 1);
  cache.set('second', 2);
  cache.get('first');
  cache.set('third', 3);

  expect([...cache.keys()].toSorted()).toEqual(['first', 'third']);
});

test('an entry that is set again takes no further place', () => {
  const cache = createGrowingCache<string, number>(2);
  cache.set('first', 1);
  cache.set('second', 2);
  cache.set('second', 3);

  expect([cache.get('first'), cache.get('second')]).toEqual([1, 3]);
});

test('tells of what it forgets', () => {
  const forgotten: string[] = [];
  const cache = createGrowingCache<string, number>(1, { dispose: (_value, key) => void forgotten.push(key) });
  cache.set('first', 1);
  cache.set('second', 2);

  expect(forgotten).toEqual(['first']);
});

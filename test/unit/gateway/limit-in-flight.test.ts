import { expect, test } from '@jest/globals';
import { createInFlightLimit } from '../../../src/gateway/limit-in-flight.ts';
import type { Judged } from '../../../src/gateway/stages.ts';

let limited: number;

function limitOf(most: number) {
  limited = 0;
  return createInFlightLimit(
    () => most,
    () => {
      limited += 1;
    },
  );
}

const judged = (identity: object, address = '192.0.2.1') => ({ identity, received: { address } }) as unknown as Judged;
const stranger = (address?: string) => judged({}, address);
const person = (id: string) => judged({ session: { id } });
const service = (id: string) => judged({ service: { service: { id } } });

test('strangers behind an address never spend what people and services behind it have', () => {
  const limit = limitOf(2);
  expect([stranger(), stranger(), stranger()].map((one) => limit.enter(one) !== undefined)).toEqual([
    true,
    true,
    false,
  ]);
  for (const one of [person('a'), person('a'), person('b'), service('a')]) expect(limit.enter(one)).toBeDefined();
  expect(limit.enter(person('a'))).toBeUndefined();
  expect(limited).toBe(2);
});

test('an IPv6 network is one client', () => {
  const limit = limitOf(1);
  expect(limit.enter(stranger('2001:db8::1'))).toBeDefined();
  expect(limit.enter(stranger('2001:db8::2'))).toBeUndefined();
  expect(limit.enter(stranger('2001:db8:0:1::1'))).toBeDefined();
});

test('a place that is given back is given back once', () => {
  const limit = limitOf(1);
  const place = limit.enter(person('a'));
  place?.leave();
  expect(limit.enter(person('a'))).toBeDefined();
  place?.leave();
  expect(limit.enter(person('a'))).toBeUndefined();
});

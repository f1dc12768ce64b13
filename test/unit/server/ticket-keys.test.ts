import { expect, test } from '@jest/globals';
import { createTicketKeys, ticketSecretBytes } from '../../../src/server/ticket-keys.ts';

const secretOf = (byte: number) => Buffer.alloc(ticketSecretBytes, byte);

test('a ticket of before a new secret, or of another client_ca, is worth nothing', () => {
  const keys = createTicketKeys(secretOf(1));
  const [before, ofOtherAuthority] = [keys.keysFor('one'), keys.keysFor('other')];
  expect(before).toHaveLength(48);
  expect(ofOtherAuthority.equals(before)).toBe(false);
  let heard = 0;
  const stop = keys.onRenewed(() => {
    heard += 1;
  });
  keys.renew(secretOf(2));
  expect(keys.keysFor('one').equals(before)).toBe(false);
  stop();
  keys.renew(secretOf(1));
  expect([heard, keys.keysFor('one').equals(before)]).toEqual([1, true]);
});

test('every process with the same secret takes the others’ tickets', () => {
  const [one, other] = [createTicketKeys(secretOf(7)), createTicketKeys(secretOf(7))];
  expect(one.keysFor('ca').equals(other.keysFor('ca'))).toBe(true);
});

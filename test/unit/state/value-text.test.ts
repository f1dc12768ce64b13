import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { packText, unpackText } from '../../../src/state/value-text.ts';

const part = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 100 }),
  // Tokens, and what only looks like one: its last character may stand for bits that no bytes have.
  fc.uint8Array({ minLength: 90, maxLength: 700 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
  fc.stringMatching(/^[A-Za-z0-9_-]{120,300}$/),
);

test('whatever is packed comes back as it was', () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const value = JSON.stringify(parts);
      const packed = packText(value);
      expect(packed === undefined ? value : unpackText(packed.bytes, packed.isParted)).toBe(value);
    }),
    { numRuns: 500 },
  );
});

test('a signature takes the room of its bytes, not of its letters', () => {
  const text = JSON.stringify({ name: 'x'.repeat(300), signature: randomBytes(256).toString('base64url') });
  expect(packText(text)?.bytes.length).toBeLessThan(256 + 60);
});

test('bytes that were not packed are refused', () => {
  const packed = packText(JSON.stringify(['x'.repeat(200), randomBytes(256).toString('base64url')]));
  expect(packed?.isParted).toBe(true);
  const bytes = packed?.bytes ?? Buffer.alloc(0);
  expect(() => unpackText(bytes.subarray(0, 40), true)).toThrow('ends inside its run');
  expect(() => unpackText(Buffer.alloc(64, 0xff), false)).toThrow();
});

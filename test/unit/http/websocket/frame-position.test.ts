import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFramePosition, isAtBoundary, passFrames } from '../../../../src/http/websocket/frame-position.ts';

interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly isMasked: boolean;
  readonly rsv: number;
  readonly size: number;
  /** Longer forms than needed are allowed to be read. */
  readonly lengthForm: 0 | 2 | 8;
}

const frames = fc.array(
  fc.record<Frame>({
    opcode: fc.constantFrom(0, 1, 2, 9, 10),
    isFinal: fc.boolean(),
    isMasked: fc.boolean(),
    rsv: fc.integer({ min: 0, max: 7 }),
    size: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000)),
    lengthForm: fc.constantFrom(0, 2, 8),
  }),
  { minLength: 1, maxLength: 12 },
);

/** Payloads are full of bytes that look like headers. */
function encode({ opcode, isFinal, isMasked, rsv, size, lengthForm }: Frame): Buffer {
  const form = size > 65_535 ? 8 : size > 125 ? Math.max(2, lengthForm) : lengthForm;
  const first = (isFinal ? 0x80 : 0) | (rsv << 4) | opcode;
  const mask = isMasked ? 0x80 : 0;
  const length = Buffer.alloc(form);
  if (form === 2) length.writeUInt16BE(size);
  if (form === 8) length.writeBigUInt64BE(BigInt(size));
  const short = form === 0 ? size : form === 2 ? 126 : 127;
  return Buffer.concat([
    Buffer.of(first, mask | short),
    length,
    isMasked ? Buffer.of(0x88, 0x00, 0xff, 0x7f) : Buffer.alloc(0),
    Buffer.alloc(size, 0x88),
  ]);
}

/** Cuts bytes at these places, taken modulo the length. */
function split(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
}

const places = fc.array(fc.nat(1_000_000), { maxLength: 40 });

describe('the position in a stream of frames', () => {
  test('is at a boundary after each whole frame and nowhere else, however the bytes are cut', () => {
    fc.assert(
      fc.property(frames, places, (list, cuts) => {
        const encoded = list.map(encode);
        const bytes = Buffer.concat(encoded);
        const ends = new Set([0]);
        let total = 0;
        for (const one of encoded) {
          total += one.length;
          ends.add(total);
        }
        const position = createFramePosition();
        let passed = 0;
        for (const chunk of split(bytes, cuts)) {
          expect(passFrames(position, chunk)).toBe(chunk.length);
          passed += chunk.length;
          expect(isAtBoundary(position)).toBe(ends.has(passed));
        }
        expect(position.hasClosed).toBe(false);
      }),
    );
  });

  test('asked for the next boundary, stops at the very end of the frame that it stands in', () => {
    fc.assert(
      fc.property(frames, places, fc.nat(1_000_000), (list, cuts, from) => {
        const encoded = list.map(encode);
        const bytes = Buffer.concat(encoded);
        const start = from % bytes.length;
        const position = createFramePosition();
        passFrames(position, bytes.subarray(0, start));
        let end = 0;
        for (const one of encoded) if (end <= start) end += one.length;
        let passed = start;
        for (const chunk of split(bytes.subarray(start), cuts)) {
          if (chunk.length === 0) continue;
          passed += passFrames(position, chunk, true);
          if (isAtBoundary(position)) break;
        }
        expect(passed).toBe(end);
      }),
    );
  });

  test('knows that a close frame has passed only when it is whole', () => {
    const position = createFramePosition();
    passFrames(position, Buffer.from('8802', 'hex'));
    expect([isAtBoundary(position), position.hasClosed]).toEqual([false, false]);
    passFrames(position, Buffer.from('03e8', 'hex'));
    expect([isAtBoundary(position), position.hasClosed]).toEqual([true, true]);
  });

  test('takes any length that a peer claims, and waits', () => {
    const position = createFramePosition();
    passFrames(position, Buffer.from('82ffffffffffffffffff00000000', 'hex'));
    for (let count = 0; count < 100; count += 1) passFrames(position, Buffer.alloc(65_536, 0x88));
    expect(isAtBoundary(position)).toBe(false);
  });
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { waitAfterFailure, waitAfterSuccess } from '../../../../src/devices/providers/next-pull.ts';
import { readItem } from '../../../../src/devices/providers/read-item.ts';
import { readRetryAfter } from '../../../../src/devices/providers/retry-after.ts';
import { provider, startMs } from '../../../support/stage-device-pulls.ts';

const fraction = fc.double({ min: 0, max: 1, noNaN: true });

test('the next pull comes about when the file says, and after failures within a quarter of an hour, never sooner than asked', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fraction,
      fc.option(fc.integer({ min: 0, max: 3_600_000 })),
      (failures, part, asked) => {
        const waitMs = waitAfterFailure(failures, part, asked ?? undefined);
        expect(waitMs).toBeGreaterThanOrEqual(Math.max(2_500, asked ?? 0));
        expect(waitMs).toBeLessThanOrEqual(Math.max(900_000, asked ?? 0));
        expect(Math.abs(waitAfterSuccess(300_000, part) - 300_000)).toBeLessThanOrEqual(30_000);
      },
    ),
  );
});

test.each([
  ['120', 120_000],
  ['0', 0],
  ['999999', 3_600_000],
  [new Date(startMs + 5_000).toUTCString(), 5_000],
  [new Date(startMs - 5_000).toUTCString(), 0],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After %s is a wait of %s ms', (value, expected) => {
  expect(readRetryAfter(value, startMs)).toBe(expected);
});

const anything = fc.oneof(
  fc.jsonValue(),
  fc.double({ noNaN: true }),
  fc.constantFrom(1e300, 8.64e15, 8.64e15 + 1, -1, '0001-01-01T00:00:00Z', '9999-12-31', '2026-01-05T08:00:00Z'),
);

test('whatever a provider lists becomes typed facts or none, and never throws', () => {
  const types = ['text', 'number', 'boolean', 'version', 'date', undefined] as const;
  const facts = new Map(types.map((type) => [type ?? 'any', { path: ['a', 'b'], type, equals: undefined }]));
  fc.assert(
    fc.property(anything, anything, (value, seen) => {
      const item = { serial: 'x', a: { b: value }, seen };
      const listed = readItem(item, provider('https://x.example', { facts, asOf: ['seen'] }), startMs);
      if (listed === 'no_device') throw new Error('It is a device.');
      expect(listed.asOfMs).toBeLessThanOrEqual(startMs);
      for (const fact of listed.facts.values()) expect(['string', 'number', 'boolean']).toContain(typeof fact);
      readItem(value, provider('https://x.example'), startMs);
    }),
  );
  const inherited = readItem(
    { serial: 'x' },
    provider('https://x.example', {
      facts: new Map([['any', { path: ['constructor', 'name'], type: undefined, equals: undefined }]]),
    }),
    startMs,
  );
  expect(inherited).toMatchObject({ facts: new Map() });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSlots } from '../../../src/http/slots.ts';

describe('slots', () => {
  it('hold what a set would hold, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(8)), (steps) => {
        const slots = createSlots<{ readonly name: number }>();
        const inside = new Map<number, { readonly thing: { readonly name: number }; readonly slot: number }>();
        for (const name of steps) {
          const known = inside.get(name);
          if (known === undefined) {
            const thing = { name };
            inside.set(name, { thing, slot: slots.enter(thing) });
          } else {
            expect(slots.leave(known.slot, known.thing)).toBe(true);
            inside.delete(name);
          }
          expect(slots.count()).toBe(inside.size);
          expect(new Set(slots)).toEqual(new Set([...inside.values()].map(({ thing }) => thing)));
        }
      }),
    );
  });

  it('are not emptied twice, even when somebody else has the slot by then', () => {
    const slots = createSlots<object>();
    const [first, second] = [{}, {}];
    const slot = slots.enter(first);
    expect(slots.leave(slot, first)).toBe(true);
    expect(slots.leave(slot, first)).toBe(false);
    expect(slots.enter(second)).toBe(slot);
    expect(slots.leave(slot, first)).toBe(false);
    expect([...slots]).toEqual([second]);
  });

  it('are as many as were ever taken at once', () => {
    const slots = createSlots<object>();
    for (let turn = 0; turn < 100; turn += 1) {
      const thing = {};
      expect(slots.enter(thing)).toBe(0);
      slots.leave(0, thing);
    }
  });
});

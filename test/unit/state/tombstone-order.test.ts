import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StateStore } from '../../../src/state/state-store.ts';
import { createStateFolder, type StateFolder } from '../../support/state-folder.ts';

type Step =
  | { readonly do: 'write'; readonly process: 0 | 1; readonly expected: 'held' | 'any' | 'new' }
  | { readonly do: 'read'; readonly process: 0 | 1 }
  | { readonly do: 'write_owned'; readonly process: 0 | 1; readonly child: number }
  | { readonly do: 'take' | 'remove' | 'bury'; readonly process: 0 | 1 };

const process = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('write' as const),
    process,
    expected: fc.constantFrom('held' as const, 'any' as const, 'new' as const),
  }),
  fc.record({ do: fc.constant('read' as const), process }),
  fc.record({ do: fc.constant('write_owned' as const), process, child: fc.nat(2) }),
  fc.record({ do: fc.constantFrom('take' as const, 'remove' as const, 'bury' as const), process }),
);

describe('in whatever order two processes write, remove and bury', () => {
  let folder: StateFolder;
  let stores: readonly [StateStore, StateStore];
  let run = 0;
  beforeAll(async () => {
    folder = createStateFolder(() => 1_000);
    stores = [await folder.open(), await folder.open()];
  });
  afterAll(() => folder.dispose());

  test('nothing is found after the burial but the tombstone, and versions never lie', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        run += 1;
        const key = `s${run}`;
        const childKey = (child: number): string => `${key}-c${child}`;
        const held = [0, 0];
        let version = 0;
        let isBuried = false;
        for (const each of steps) {
          const store = stores[each.process];
          switch (each.do) {
            case 'read': {
              const found = await store.read('session', key);
              expect(found.found).toBe(isBuried ? 'tombstone' : version > 0 ? 'record' : 'nothing');
              if (found.found === 'record') {
                expect(found.record.version).toBe(version);
                held[each.process] = found.record.version;
              }
              break;
            }
            case 'write': {
              const expected = { held: held[each.process] ?? 0, any: 'any' as const, new: 0 }[each.expected];
              const written = await store.write({ kind: 'session', key, value: '1', expectedVersion: expected });
              const mayWrite = expected === 'any' || expected === version;
              expect(written.outcome).toBe(isBuried ? 'buried' : mayWrite ? 'written' : 'conflict');
              if (written.outcome === 'written') version = written.version;
              break;
            }
            case 'write_owned': {
              const write = { kind: 'credential', key: childKey(each.child), owner: key, value: '1' } as const;
              const written = await store.write({ ...write, expectedVersion: 'any' });
              expect(written.outcome).toBe(isBuried ? 'buried' : 'written');
              break;
            }
            case 'take':
              expect((await store.take('session', key)) !== undefined).toBe(version > 0);
              version = 0;
              break;
            case 'remove':
              await store.remove('session', key);
              version = 0;
              break;
            case 'bury':
              await store.bury('session', key, 'admin', 2_000);
              isBuried = true;
              version = 0;
              for (const child of [0, 1, 2]) {
                expect((await store.read('credential', childKey(child))).found).not.toBe('record');
              }
              break;
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

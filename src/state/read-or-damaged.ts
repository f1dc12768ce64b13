import { toFault } from '../decision/fault.ts';
import type { ReadResult, RecordKind, StateStore } from './state-store.ts';

/**
 * Reads a record that is about to be written among many. One that was altered or damaged must not keep the others from
 * being written, so it is answered and not thrown; any other fault rejects.
 */
export async function readOrDamaged(
  store: Pick<StateStore, 'read'>,
  kind: RecordKind,
  key: string,
): Promise<ReadResult | 'damaged'> {
  try {
    return await store.read(kind, key);
  } catch (thrown) {
    if (toFault(thrown).code === 'state_corrupt') return 'damaged';
    throw thrown;
  }
}

import { type Fault, toFault } from '../decision/fault.ts';
import type { Reserve } from './reserve.ts';

/** Hears once of each time that the disk takes nothing, and once that it does again. */
export type OnDisk = (news: { readonly isWritable: boolean; readonly fault?: Fault }) => void;

/** Tries to write, with the room of the reserve where there is no other. */
export interface DiskAttempts {
  /** Answers `undefined` where the disk takes nothing, also once the reserve has made room. */
  attempt<Result>(work: () => Promise<Result>): Promise<{ readonly result: Result } | undefined>;
  /** @param fault `undefined`: something was just written */
  noteDisk(fault: Fault | undefined): void;
}

export function createDiskAttempts(reserve: Pick<Reserve, 'free'>, onDisk: OnDisk): DiskAttempts {
  let isWritable = true;

  function noteDisk(fault: Fault | undefined): void {
    const wasWritable = isWritable;
    isWritable = fault === undefined;
    if (wasWritable !== isWritable) onDisk(fault === undefined ? { isWritable } : { isWritable, fault });
  }

  async function attempt<Result>(work: () => Promise<Result>): Promise<{ readonly result: Result } | undefined> {
    for (const isLast of [false, true]) {
      try {
        const result = await work();
        noteDisk(undefined);
        return { result };
      } catch (thrown) {
        const fault = toFault(thrown);
        if (fault.code !== 'state_unwritable') throw fault;
        noteDisk(fault);
        if (isLast || !reserve.free()) return undefined;
      }
    }
    return undefined;
  }

  return { attempt, noteDisk };
}

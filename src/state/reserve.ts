import { toFault } from '../decision/fault.ts';
import { type Closure, parseClosures } from './closure.ts';
import type { RecordCipher } from './record-cipher.ts';
import { openReserveFile } from './reserve-file.ts';
import type { RecordKind } from './state-store.ts';

/** What the reserve says that is not in the state file. */
export type ReserveNews =
  | { readonly kind: 'same' }
  | { readonly kind: 'closures'; readonly closures: readonly Closure[] }
  /** It is sealed with a data key that this process has not learned yet. */
  | { readonly kind: 'unlearned' }
  /** Something was not written at that time, and nobody knows any more what. */
  | { readonly kind: 'lost'; readonly atMs: number };

/** The closures in the reserve beside the state file, sealed as records are, and the room that it holds. */
export interface Reserve {
  /** @param isThorough also notices that the file was replaced */
  look(isThorough: boolean): ReserveNews;
  /** Puts this list in the place of the one before. False when it does not fit or nothing can be written. */
  write(closures: readonly Closure[]): boolean;
  /** Gives the room back to the file system; false when there was none. */
  free(): boolean;
  /** See `ReserveFile.mark`. */
  mark(): boolean;
  /** See `ReserveFile.restore`. */
  restore(): void;
  close(): void;
}

const label = { kind: 'reserve' satisfies RecordKind, key: 'reserve', version: 1 } as const;
const sealedWith = { ...label, owner: undefined, expiresAtMs: undefined };

/** @param path of the state file; the reserve stands beside it as `-reserve` */
export function openReserve(parts: {
  readonly path: string;
  readonly cipher: RecordCipher;
  readonly randomBytes: (count: number) => Buffer;
}): Reserve {
  const { cipher } = parts;
  const file = openReserveFile(`${parts.path}-reserve`, parts.randomBytes);
  return {
    look(isThorough) {
      const head = file.readNew(isThorough);
      if (head === 'same') return { kind: 'same' };
      if (head.kind === 'mark') return { kind: 'lost', atMs: head.atMs };
      if (head.kind !== 'bytes') return { kind: 'closures', closures: [] };
      try {
        return { kind: 'closures', closures: parseClosures(cipher.open(sealedWith, head.bytes)) };
      } catch (thrown) {
        file.readAgain();
        if (toFault(thrown).code === 'state_unavailable') return { kind: 'unlearned' };
        // Damaged, sealed with another key, or being written by another process at this moment: then it is whole soon.
        return { kind: 'lost', atMs: head.atMs };
      }
    },
    write: (closures) =>
      file.write(closures.length === 0 ? new Uint8Array() : cipher.seal(sealedWith, JSON.stringify(closures))),
    free: file.free,
    mark: file.mark,
    restore: file.restore,
    close: file.close,
  };
}

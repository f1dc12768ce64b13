import type { FactValue } from '../device-fact.ts';

/** What a provider says of one device. */
export interface ListedDevice {
  readonly deviceId: string;
  readonly asOfMs: number;
  readonly facts: ReadonlyMap<string, FactValue>;
}

/** What became of a listing. */
export interface AppliedListing {
  readonly changed: number;
  /** Devices that the provider does not list any more. */
  readonly gone: number;
  /** Devices whose record is broken or has too many facts of others, or that others kept writing. */
  readonly refused: number;
}

import { Fault } from '../decision/fault.ts';
import { mintSecret } from '../state/secret.ts';
import type { StateStore } from '../state/state-store.ts';

/** The record's key in the state. It shares its kind with the keys that sign assertions, so it has a name that no key id has. */
const secretName = 'sign-in-host';
const secretBytes = 32;

/**
 * What signs the sign-in host's cookies and forms: kept in the state, so that `state.key` can change without anybody's
 * browser noticing. Made on first use; of processes that start at once, all end with the same one.
 */
export async function loadSignInSecret(
  store: Pick<StateStore, 'read' | 'write'>,
  randomBytes: (size: number) => Buffer,
): Promise<string> {
  const existing = await read(store);
  if (existing !== undefined) return existing;
  const value = JSON.stringify(mintSecret(randomBytes));
  await store.write({ kind: 'signing_key', key: secretName, value, expectedVersion: 0, isDurable: true });
  const made = await read(store);
  if (made === undefined)
    throw new Fault('state_conflict', "The sign-in host's secret could not be kept in the state.");
  return made;
}

async function read(store: Pick<StateStore, 'read'>): Promise<string | undefined> {
  const found = await store.read('signing_key', secretName);
  if (found.found !== 'record') return undefined;
  const value: unknown = JSON.parse(found.record.value);
  if (typeof value === 'string' && Buffer.byteLength(value) >= secretBytes) return value;
  throw new Fault('state_corrupt', "The sign-in host's secret in the state is none.");
}

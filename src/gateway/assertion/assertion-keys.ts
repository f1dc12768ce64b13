import { createPrivateKey, generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { type AssertionAlgorithm, assertionAlgorithms } from '../../config/route.ts';
import { Fault, toFault } from '../../decision/fault.ts';
import type { StateStore } from '../../state/state-store.ts';

/** A key signs for a day. */
export const keyPeriodMs = 24 * 60 * 60_000;

/** How long a key is published before it signs and after it stopped: longer than any app may cache the set. */
export const keyOverlapMs = 60 * 60_000;

export interface SigningKey {
  readonly algorithm: AssertionAlgorithm;
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/** The keys that sign assertions. All processes on one state agree on them without talking. */
export interface AssertionKeys {
  /** Without a promise once it is known. */
  signingKey(nowMs: number, algorithm: AssertionAlgorithm): SigningKey | Promise<SigningKey>;
  /**
   * @param algorithms that may sign from now on. Keys of the other are published where some were made: what they signed
   *   before a change of the configuration is valid for minutes more.
   */
  publicKeys(nowMs: number, algorithms: ReadonlySet<AssertionAlgorithm>): Promise<readonly PublicJwk[]>;
}

/** What apps check an assertion with (RFC 7517, RFC 8037). */
export interface PublicJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y?: string;
  readonly kid: string;
  readonly alg: AssertionAlgorithm;
  readonly use: 'sig';
}

interface Slot extends SigningKey {
  readonly publicJwk: PublicJwk;
}

interface KeyKind {
  /** Before the number of its day. */
  readonly prefix: string;
  readonly kty: string;
  readonly crv: string;
  make(): Promise<KeyObject>;
}

const makePair = promisify(generateKeyPair);

const kinds: Readonly<Record<AssertionAlgorithm, KeyKind>> = {
  ES256: {
    prefix: 'assertion-',
    kty: 'EC',
    crv: 'P-256',
    make: async () => (await makePair('ec', { namedCurve: 'P-256' })).privateKey,
  },
  EdDSA: {
    prefix: 'assertion-ed25519-',
    kty: 'OKP',
    crv: 'Ed25519',
    make: async () => (await makePair('ed25519')).privateKey,
  },
};

/**
 * Each day has a slot with one key of an algorithm. Whoever needs a slot's key first makes it; the store lets one win, and
 * everybody reads the winner's. The next slot's key is published an hour early, the last one's an hour longer.
 */
export function createAssertionKeys(store: StateStore): AssertionKeys {
  const slotsOf = { ES256: createSlots(store, 'ES256'), EdDSA: createSlots(store, 'EdDSA') };

  return {
    signingKey: (nowMs, algorithm) => slotsOf[algorithm].use(Math.floor(nowMs / keyPeriodMs)),
    async publicKeys(nowMs, algorithms) {
      const first = Math.floor((nowMs - keyOverlapMs) / keyPeriodMs);
      const last = Math.floor((nowMs + keyOverlapMs) / keyPeriodMs);
      const numbers = Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
      const loading = assertionAlgorithms.flatMap((algorithm) => {
        const { use, find } = slotsOf[algorithm];
        return numbers.map((number) => (algorithms.has(algorithm) ? use(number) : findSound(find, number)));
      });
      const loaded = await Promise.all(loading);
      return loaded.flatMap((one) => one?.publicJwk ?? []);
    },
  };
}

/** A damaged key that nothing is signed with must not keep apps from the others. */
async function findSound(find: Slots['find'], number: number): Promise<Slot | undefined> {
  try {
    return await find(number);
  } catch (thrown) {
    if (toFault(thrown).code === 'state_corrupt') return undefined;
    throw thrown;
  }
}

interface Slots {
  /** Makes the key where there is none. */
  use(number: number): Slot | Promise<Slot>;
  find(number: number): Promise<Slot | undefined>;
}

function createSlots(store: StateStore, algorithm: AssertionAlgorithm): Slots {
  const slots = new Map<number, Slot | Promise<Slot>>();
  const keyOf = (number: number): string => `${kinds[algorithm].prefix}${number}`;

  const find = async (number: number): Promise<Slot | undefined> => {
    const found = await store.read('signing_key', keyOf(number));
    return found.found === 'record' ? asSlot(algorithm, keyOf(number), found.record.value) : undefined;
  };

  const findOrMake = async (number: number): Promise<Slot> => {
    const key = keyOf(number);
    const found = await find(number);
    if (found !== undefined) return found;
    const value = JSON.stringify((await kinds[algorithm].make()).export({ format: 'jwk' }));
    const written = await store.write({
      kind: 'signing_key',
      key,
      value,
      expectedVersion: 0,
      expiresAtMs: (number + 1) * keyPeriodMs + 2 * keyOverlapMs,
    });
    if (written.outcome === 'written') return asSlot(algorithm, key, value);
    const winner = await find(number);
    if (winner !== undefined) return winner;
    throw new Fault('state_conflict', `The signing key ${key} could neither be made nor read.`);
  };

  return {
    find,
    use(number) {
      const known = slots.get(number);
      if (known !== undefined) return known;
      const loading = findOrMake(number);
      slots.set(number, loading);
      loading.then(
        (loaded) => slots.set(number, loaded),
        () => slots.delete(number),
      );
      for (const old of slots.keys()) if (old < number - 2) slots.delete(old);
      return loading;
    },
  };
}

function asSlot(algorithm: AssertionAlgorithm, kid: string, value: string): Slot {
  const jwk: JsonWebKey = JSON.parse(value);
  const { kty, crv, x, y } = jwk;
  const kind = kinds[algorithm];
  if (kty !== kind.kty || crv !== kind.crv || x === undefined || (kty === 'EC' && y === undefined)) {
    throw new Fault('state_corrupt', `The signing key ${kid} lacks a part, or is of another kind.`);
  }
  try {
    const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
    const publicJwk = { kty, crv, x, ...(y === undefined ? {} : { y }), kid, alg: algorithm, use: 'sig' } as const;
    return { algorithm, kid, privateKey, publicJwk };
  } catch (cause) {
    throw new Fault('state_corrupt', `The signing key ${kid} cannot be read.`, { cause });
  }
}

import { createPrivateKey, generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { Fault } from '../../decision/fault.ts';
import type { StateStore } from '../../state/state-store.ts';

/** A key signs for a day. */
export const keyPeriodMs = 24 * 60 * 60_000;

/** How long a key is published before it signs and after it stopped: longer than any app may cache the set. */
export const keyOverlapMs = 60 * 60_000;

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/** The keys that sign assertions. All processes on one state agree on them without talking. */
export interface AssertionKeys {
  /** Without a promise once it is known. */
  signingKey(nowMs: number): SigningKey | Promise<SigningKey>;
  publicKeys(nowMs: number): Promise<readonly PublicJwk[]>;
}

/** What apps check an assertion with (RFC 7517). */
export interface PublicJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

interface Slot extends SigningKey {
  readonly publicJwk: PublicJwk;
}

/**
 * Each day has a slot with one key. Whoever needs a slot's key first makes it; the store lets one win, and everybody
 * reads the winner's. The next slot's key is published an hour early, the last one's an hour longer.
 */
export function createAssertionKeys(store: StateStore): AssertionKeys {
  const slots = new Map<number, Slot | Promise<Slot>>();

  function slot(number: number): Slot | Promise<Slot> {
    const known = slots.get(number);
    if (known !== undefined) return known;
    const loading = loadOrMake(store, number);
    slots.set(number, loading);
    loading.then(
      (loaded) => slots.set(number, loaded),
      () => slots.delete(number),
    );
    for (const old of slots.keys()) if (old < number - 2) slots.delete(old);
    return loading;
  }

  return {
    signingKey: (nowMs) => slot(Math.floor(nowMs / keyPeriodMs)),
    async publicKeys(nowMs) {
      const first = Math.floor((nowMs - keyOverlapMs) / keyPeriodMs);
      const last = Math.floor((nowMs + keyOverlapMs) / keyPeriodMs);
      const numbers = Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
      const loaded = await Promise.all(numbers.map(slot));
      return loaded.map((one) => one.publicJwk);
    },
  };
}

async function loadOrMake(store: StateStore, number: number): Promise<Slot> {
  const key = `assertion-${number}`;
  const found = await store.read('signing_key', key);
  if (found.found === 'record') return asSlot(key, found.record.value);
  const pair = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  const value = JSON.stringify(pair.privateKey.export({ format: 'jwk' }));
  const written = await store.write({
    kind: 'signing_key',
    key,
    value,
    expectedVersion: 0,
    expiresAtMs: (number + 1) * keyPeriodMs + 2 * keyOverlapMs,
  });
  if (written.outcome === 'written') return asSlot(key, value);
  const winner = await store.read('signing_key', key);
  if (winner.found === 'record') return asSlot(key, winner.record.value);
  throw new Fault('state_conflict', `The signing key ${key} could neither be made nor read.`);
}

function asSlot(kid: string, value: string): Slot {
  const jwk: JsonWebKey = JSON.parse(value);
  const { kty, crv, x, y } = jwk;
  if (kty === undefined || crv === undefined || x === undefined || y === undefined) {
    throw new Fault('state_corrupt', `The signing key ${kid} lacks a part.`);
  }
  try {
    const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
    return { kid, privateKey, publicJwk: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' } };
  } catch (cause) {
    throw new Fault('state_corrupt', `The signing key ${kid} is not an EC key.`, { cause });
  }
}

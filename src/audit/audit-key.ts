import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { Fault } from '../decision/fault.ts';
import type { StateStore } from '../state/state-store.ts';
import type { Checkpoint } from './audit-line.ts';

/** The public half of the key that signs checkpoints: an Ed25519 JWK (RFC 8037). Keep a copy where the proxy cannot write. */
export interface AuditPublicKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  /** The JWK thumbprint (RFC 7638). */
  readonly kid: string;
}

export interface AuditSigner {
  readonly publicKey: AuditPublicKey;
  sign(statement: CheckpointStatement): string;
}

/** What a checkpoint says; its signature covers all of it. */
export type CheckpointStatement = Pick<Checkpoint, 'chain' | 'sequence' | 'hash' | 'at_ms' | 'is_closing'>;

/** The record's key in the state. It shares its kind with the keys that sign assertions, so it has a name that no key id has. */
export const auditKeyName = 'audit-checkpoints';

const storedKey = z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string() });

/** Loads the signing key from the state, or makes it on first use. Of processes that start at once, all end with the same key. */
export async function loadAuditSigner(stateStore: Pick<StateStore, 'read' | 'write'>): Promise<AuditSigner> {
  const existing = await readKey(stateStore);
  if (existing !== undefined) return existing;
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const value = JSON.stringify({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, d: jwk.d });
  await stateStore.write({ kind: 'signing_key', key: auditKeyName, value, expectedVersion: 0 });
  const made = await readKey(stateStore);
  if (made === undefined) throw new Fault('state_conflict', 'The audit signing key could not be kept in the state.');
  return made;
}

async function readKey(stateStore: Pick<StateStore, 'read'>): Promise<AuditSigner | undefined> {
  const found = await stateStore.read('signing_key', auditKeyName);
  if (found.found === 'nothing') return undefined;
  if (found.found === 'tombstone') {
    throw new Fault('state_corrupt', 'The audit signing key was removed from the state; the trail cannot be signed.');
  }
  const parsed = storedKey.safeParse(JSON.parse(found.record.value));
  if (!parsed.success) throw new Fault('state_corrupt', 'The audit signing key in the state is not a key.');
  const privateKey = createPrivateKey({ key: parsed.data, format: 'jwk' });
  return {
    publicKey: describeKey(parsed.data.x),
    sign: (statement) => sign(null, Buffer.from(signedText(statement)), privateKey).toString('base64url'),
  };
}

function describeKey(x: string): AuditPublicKey {
  const kid = hash('sha256', `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`, 'base64url');
  return { kty: 'OKP', crv: 'Ed25519', x, kid };
}

function signedText({ chain, sequence, hash: lineHash, at_ms, is_closing }: CheckpointStatement): string {
  return `postern-audit-checkpoint-1\n${chain}\n${sequence}\n${lineHash}\n${at_ms}\n${is_closing}`;
}

/** True when the checkpoint's signature fits the key that it carries. Whether that key is ours is another question. */
export function isSignedByItsKey(checkpoint: Checkpoint): boolean {
  if (describeKey(checkpoint.public_key).kid !== checkpoint.key_id) return false;
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: checkpoint.public_key }, format: 'jwk' });
    const signature = Buffer.from(checkpoint.signature, 'base64url');
    return verify(null, Buffer.from(signedText(checkpoint)), key, signature);
  } catch {
    return false;
  }
}

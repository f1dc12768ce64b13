import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { Fault } from '../decision/fault.ts';
import type { StateStore } from '../state/state-store.ts';
import { type Checkpoint, type Introduction, introductionSchema } from './audit-line.ts';

/** The public half of a key that signs checkpoints: an Ed25519 JWK (RFC 8037). Keep a copy where the proxy cannot write. */
export interface AuditPublicKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  /** The JWK thumbprint (RFC 7638). */
  readonly kid: string;
}

export interface AuditSigner {
  readonly publicKey: AuditPublicKey;
  /** The keys of before, each of which signed for the next: oldest first. */
  readonly introductions: readonly Introduction[];
  /** When the first key of this state was made; `undefined` for a state from before this was kept. */
  readonly keysSinceMs: number | undefined;
  sign(statement: CheckpointStatement): string;
}

/** What a checkpoint says; its signature covers all of it. */
export type CheckpointStatement = Pick<Checkpoint, 'chain' | 'sequence' | 'hash' | 'at_ms' | 'is_closing'>;

/** The record's key in the state. It shares its kind with the keys that sign assertions, so it has a name that no key id has. */
export const auditKeyName = 'audit-checkpoints';

const storedKey = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
  since_ms: z.number().optional(),
  introductions: z.array(introductionSchema).optional(),
});
type StoredKey = z.infer<typeof storedKey>;

/** Loads the signing key from the state, or makes it on first use. Of processes that start at once, all end with the same key. */
export async function loadAuditSigner(
  stateStore: Pick<StateStore, 'read' | 'write'>,
  nowMs: number,
): Promise<AuditSigner> {
  const existing = await readKey(stateStore);
  if (existing !== undefined) return signerOf(existing.key);
  const value = JSON.stringify({ ...makeKey(), since_ms: nowMs });
  await stateStore.write({ kind: 'signing_key', key: auditKeyName, value, expectedVersion: 0 });
  const made = await readKey(stateStore);
  if (made === undefined) throw new Fault('state_conflict', 'The audit signing key could not be kept in the state.');
  return signerOf(made.key);
}

/** The signer that the state holds now; `undefined` when it is the given one still. */
export async function loadNextSigner(
  stateStore: Pick<StateStore, 'read'>,
  { publicKey }: AuditSigner,
): Promise<AuditSigner | undefined> {
  const found = await readKey(stateStore);
  return found === undefined || found.key.x === publicKey.x ? undefined : signerOf(found.key);
}

/**
 * Makes a new signing key, for which the one of before signs; that one is gone then. Whoever runs takes it up within
 * seconds. Rejects with `Fault('state_conflict')` when somebody else changed it meanwhile.
 */
export async function replaceAuditKey(
  stateStore: Pick<StateStore, 'read' | 'write'>,
  nowMs: number,
): Promise<{ readonly from: AuditPublicKey; readonly to: AuditPublicKey }> {
  await loadAuditSigner(stateStore, nowMs);
  const found = await readKey(stateStore);
  if (found === undefined) throw new Fault('state_conflict', 'The audit signing key is gone from the state.');
  const { key, version } = found;
  const made = makeKey();
  const [from, to] = [describeKey(key.x), describeKey(made.x)];
  const statement = { key_id: to.kid, public_key: to.x, by_key_id: from.kid, by_public_key: from.x, at_ms: nowMs };
  const signature = sign(null, Buffer.from(introducedText(statement)), privateKeyOf(key)).toString('base64url');
  const introductions = [...(key.introductions ?? []), { ...statement, signature }];
  const value = JSON.stringify({
    ...made,
    ...(key.since_ms === undefined ? {} : { since_ms: key.since_ms }),
    introductions,
  });
  const write = { kind: 'signing_key', key: auditKeyName, value, expectedVersion: version, isDurable: true } as const;
  const { outcome } = await stateStore.write(write);
  if (outcome === 'written') return { from, to };
  throw new Fault('state_conflict', 'Somebody else changed the audit signing key just now. Look at it, and try again.');
}

function makeKey() {
  const { kty, crv, x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return storedKey.parse({ kty, crv, x, d });
}

async function readKey(
  stateStore: Pick<StateStore, 'read'>,
): Promise<{ readonly key: StoredKey; readonly version: number } | undefined> {
  const found = await stateStore.read('signing_key', auditKeyName);
  if (found.found === 'nothing') return undefined;
  if (found.found === 'tombstone') {
    throw new Fault('state_corrupt', 'The audit signing key was removed from the state; the trail cannot be signed.');
  }
  const parsed = storedKey.safeParse(JSON.parse(found.record.value));
  if (!parsed.success) throw new Fault('state_corrupt', 'The audit signing key in the state is not a key.');
  return { key: parsed.data, version: found.record.version };
}

function privateKeyOf({ kty, crv, x, d }: StoredKey) {
  return createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' });
}

function signerOf(key: StoredKey): AuditSigner {
  const privateKey = privateKeyOf(key);
  return {
    publicKey: describeKey(key.x),
    introductions: key.introductions ?? [],
    keysSinceMs: key.since_ms,
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

function introducedText({ key_id, public_key, by_key_id, at_ms }: Omit<Introduction, 'signature'>): string {
  return `postern-audit-key-1\n${key_id}\n${public_key}\n${by_key_id}\n${at_ms}`;
}

/** True when the checkpoint's signature fits the key that it carries. Whether that key is ours is another question. */
export function isSignedByItsKey(checkpoint: Checkpoint): boolean {
  return isSigned(checkpoint.public_key, checkpoint.key_id, signedText(checkpoint), checkpoint.signature);
}

/** True when the key of before signed for the new one, and both are called by their own names. */
export function isIntroducedByItsKey(introduction: Introduction): boolean {
  const { by_public_key, by_key_id, signature } = introduction;
  return (
    describeKey(introduction.public_key).kid === introduction.key_id &&
    isSigned(by_public_key, by_key_id, introducedText(introduction), signature)
  );
}

function isSigned(x: string, keyId: string, text: string, signature: string): boolean {
  if (describeKey(x).kid !== keyId) return false;
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}

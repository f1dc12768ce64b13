import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { Fault } from '../decision/fault.ts';
import type { DataKeys } from './data-keys.ts';
import type { StoredRecord } from './state-store.ts';
import { packText, unpackText } from './value-text.ts';

/** Everything of a record that stands in clear columns: bound to the sealed value, so that none of it can be altered or swapped in the file. */
export type RecordLabel = Omit<StoredRecord, 'value'> & RecordMarks;

/** What finds, counts and calls up a record, as it stands in the file. */
export interface RecordMarks {
  /** Hashes of its tags, one behind the other. */
  readonly tags?: Uint8Array | undefined;
  readonly countedAs?: string | undefined;
  readonly dueAtMs?: number | undefined;
}

/** Seals and opens record values: AES-256-GCM (NIST SP 800-38D). */
export interface RecordCipher {
  seal(label: RecordLabel, value: string): Buffer;
  /** Seals with the key of this moment: for many writes of one transaction, and for no longer than that. */
  sealer(): RecordCipher['seal'];
  /** Throws `Fault('state_corrupt')` when value or label are not the ones that were sealed. */
  open(label: RecordLabel, sealed: Uint8Array): string;
}

/** The value as it is. */
const plainFormat = 1;
/** The value packed by `packText`. */
const packedFormat = 2;
/** The same, with a run of bytes before it. */
const partedFormat = 3;
/** Added to the format where the id of the key follows; without it the key is the first one of the file. */
const namesKey = 0x10;
const idBytes = 4;
const nonceBytes = 12;
const tagBytes = 16;
const noncesAtOnce = 64;
/** An end of what a key may seal (SP 800-38D); the version of a record counts how often its key has. */
const mostVersions = 2 ** 32;

/** Which key sealed this. */
export function keyIdOf(sealed: Uint8Array): number {
  if (((sealed[0] ?? 0) & namesKey) === 0) return 1;
  return Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength).readUInt32BE(1);
}

function labelBytes({ kind, key, version, owner, expiresAtMs, tags, countedAs, dueAtMs }: RecordLabel): Buffer {
  const always = [kind, key, version, owner ?? null, expiresAtMs ?? null];
  const isMarked = tags !== undefined || countedAs !== undefined || dueAtMs !== undefined;
  // Records of before there were marks are read as they were sealed.
  if (!isMarked) return Buffer.from(JSON.stringify(always));
  const marks = [tags === undefined ? null : Buffer.from(tags).toString('hex'), countedAs ?? null, dueAtMs ?? null];
  return Buffer.from(JSON.stringify([...always, ...marks]));
}

/**
 * Builds the cipher of a state's data keys. Each record has a key of its own, derived from the data key, so that random
 * nonces stay safe however many records are written (SP 800-38D allows 2^32 a key, security-rules.md 56).
 */
export function createRecordCipher(keys: DataKeys, randomBytes: (count: number) => Buffer): RecordCipher {
  // As an object: a cipher of Node 24 takes 10 µs with the bytes of a key, and 3 with this.
  const keyOf = (secret: KeyObject, label: RecordLabel): KeyObject =>
    createSecretKey(
      createHmac('sha256', secret)
        .update(JSON.stringify(['record', label.kind, label.key]))
        .digest(),
    );

  /** A call for a few random bytes costs as much as one for many. */
  let nonces: Buffer = Buffer.alloc(0);
  const nextNonce = (): Buffer => {
    if (nonces.length === 0) nonces = randomBytes(nonceBytes * noncesAtOnce);
    const nonce = nonces.subarray(0, nonceBytes);
    nonces = nonces.subarray(nonceBytes);
    return nonce;
  };

  const sealer = (): RecordCipher['seal'] => {
    const { id, secret } = keys.current();
    return (label, value) => {
      if (label.version >= mostVersions)
        throw new Fault('state_unavailable', `A ${label.kind} record was written too often for its key.`);
      const nonce = nextNonce();
      const cipher = createCipheriv('aes-256-gcm', keyOf(secret, label), nonce);
      cipher.setAAD(labelBytes(label));
      const packed = packText(value);
      const text = packed === undefined ? cipher.update(value, 'utf8') : cipher.update(packed.bytes);
      const last = cipher.final();
      const format = packed === undefined ? plainFormat : packed.isParted ? partedFormat : packedFormat;
      return Buffer.concat([headOf(format, id), nonce, cipher.getAuthTag(), text, last]);
    };
  };

  return {
    sealer,
    seal: (label, value) => sealer()(label, value),
    open(label, sealed) {
      const { secret } = keys.byId(keyIdOf(sealed));
      try {
        const format = (sealed[0] ?? 0) & ~namesKey;
        if (format < plainFormat || format > partedFormat) throw new TypeError(`unknown format ${sealed[0]}`);
        const start = sealed[0] === format ? 1 : 1 + idBytes;
        const nonce = sealed.subarray(start, start + nonceBytes);
        const cipher = createDecipheriv('aes-256-gcm', keyOf(secret, label), nonce, { authTagLength: tagBytes });
        cipher.setAAD(labelBytes(label));
        const tagStart = start + nonceBytes;
        cipher.setAuthTag(sealed.subarray(tagStart, tagStart + tagBytes));
        const text = sealed.subarray(tagStart + tagBytes);
        if (format === plainFormat) return cipher.update(text, undefined, 'utf8') + cipher.final('utf8');
        return unpackText(Buffer.concat([cipher.update(text), cipher.final()]), format === partedFormat);
      } catch (cause) {
        throw new Fault('state_corrupt', `A ${label.kind} record in the state file was altered or damaged.`, { cause });
      }
    },
  };
}

function headOf(format: number, keyId: number): Buffer {
  if (keyId === 1) return Buffer.of(format);
  const head = Buffer.alloc(1 + idBytes);
  head.writeUInt8(format | namesKey);
  head.writeUInt32BE(keyId, 1);
  return head;
}

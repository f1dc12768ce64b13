import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { Fault } from '../decision/fault.ts';
import type { StoredRecord } from './state-store.ts';

/** Everything of a record that stands in clear columns: bound to the sealed value, so that none of it can be altered or swapped in the file. */
export type RecordLabel = Omit<StoredRecord, 'value'>;

/** Seals and opens record values: AES-256-GCM (NIST SP 800-38D). */
export interface RecordCipher {
  seal(label: RecordLabel, value: string): Buffer;
  /** Throws `Fault('state_corrupt')` when value or label are not the ones that were sealed. */
  open(label: RecordLabel, sealed: Uint8Array): string;
}

const format = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + nonceBytes + tagBytes;

const labelBytes = (label: RecordLabel): Buffer =>
  Buffer.from(JSON.stringify([label.kind, label.key, label.version, label.owner ?? null, label.expiresAtMs ?? null]));

/**
 * Builds the cipher of one data key. Each record has a key of its own, derived from the data key, so that random
 * nonces stay safe however many records are written (SP 800-38D allows 2^32 a key).
 */
export function createRecordCipher(dataKey: Buffer, randomBytes: (count: number) => Buffer): RecordCipher {
  const keyOf = (label: RecordLabel): Buffer =>
    createHmac('sha256', dataKey)
      .update(JSON.stringify(['record', label.kind, label.key]))
      .digest();

  return {
    seal(label, value) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', keyOf(label), nonce);
      cipher.setAAD(labelBytes(label));
      const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(format), nonce, cipher.getAuthTag(), text]);
    },
    open(label, sealed) {
      try {
        if (sealed[0] !== format) throw new TypeError(`unknown format ${sealed[0]}`);
        const nonce = sealed.subarray(1, 1 + nonceBytes);
        const cipher = createDecipheriv('aes-256-gcm', keyOf(label), nonce, { authTagLength: tagBytes });
        cipher.setAAD(labelBytes(label));
        cipher.setAuthTag(sealed.subarray(1 + nonceBytes, headBytes));
        return cipher.update(sealed.subarray(headBytes), undefined, 'utf8') + cipher.final('utf8');
      } catch (cause) {
        throw new Fault('state_corrupt', `A ${label.kind} record in the state file was altered or damaged.`, { cause });
      }
    },
  };
}

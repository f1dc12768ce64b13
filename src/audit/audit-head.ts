import { z } from 'zod';
import type { StateStore } from '../state/state-store.ts';
import { runIdentitySchema } from './run-identity.ts';

/**
 * The newest signed point of a chain, kept in the state: a file that ends before it was cut, a file that says something
 * else at that point was rewritten (security-rules.md 29).
 */
const headSchema = z.strictObject({
  chain: z.string(),
  file: z.string(),
  sequence: z.int().nonnegative(),
  hash: z.string(),
  atMs: z.int().nonnegative(),
  run: runIdentitySchema,
  /** `closed`: stopped in an orderly way. `succeeded`: a later run has recorded where it ended. */
  status: z.enum(['open', 'closed', 'succeeded']),
});

export type AuditHead = z.infer<typeof headSchema>;

/** Keeps a head. Not in the change log: nobody remembers heads. */
export async function saveAuditHead(stateStore: Pick<StateStore, 'write'>, head: AuditHead): Promise<void> {
  await stateStore.write({
    kind: 'audit_head',
    key: head.chain,
    value: JSON.stringify(head),
    expectedVersion: 'any',
    isLogged: false,
  });
}

/** Every head that is kept: for the next run, and for `verifyAudit`. */
export async function readAuditHeads(stateStore: Pick<StateStore, 'list'>): Promise<readonly AuditHead[]> {
  const records = await stateStore.list('audit_head');
  return records.map((record) => headSchema.parse(JSON.parse(record.value)));
}

/**
 * Writes heads as people keep them: a line for each chain, to be printed or sent where the proxy cannot write.
 * `chain:sequence:recorded_at_ms:hash`
 */
export function printHead({
  chain,
  sequence,
  atMs,
  hash,
}: Pick<AuditHead, 'chain' | 'sequence' | 'atMs' | 'hash'>): string {
  return `${chain}:${sequence}:${atMs}:${hash}`;
}

const printed = /^([0-7][0-9A-HJKMNP-TV-Z]{25}):(\d{1,15}):(\d{1,15}):([0-9a-f]{64})$/;

/** Reads a printed head; `undefined` when it is none. */
export function readPrintedHead(
  text: string,
): Pick<AuditHead, 'chain' | 'file' | 'sequence' | 'atMs' | 'hash'> | undefined {
  const [, chain, sequence, atMs, hash] = printed.exec(text.trim()) ?? [];
  if (chain === undefined || hash === undefined) return undefined;
  return { chain, file: `${chain}-*.jsonl`, sequence: Number(sequence), atMs: Number(atMs), hash };
}
